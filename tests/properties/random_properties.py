"""Random properties for programs, as the text of a file."""

from __future__ import annotations

import json
from random import Random

from tpc.ir.program import Program
from tpc.properties.frames import body_tokens

COMPARATORS = ("=", "!=", "<", "<=", ">", ">=")
Positions = tuple[str, ...]


def random_property(random: Random, program: Program, changes: bool = True) -> str:
    """A file of one property that can be asked of a program, with an order and a definition."""
    return _Writer(random, program).file(changes)


class _Writer:
    def __init__(self, random: Random, program: Program) -> None:
        self.random, self.program = random, program
        self.tokens = body_tokens(program)
        self.words = list(dict.fromkeys([*self.tokens, *program.classes]))

    def file(self, changes: bool) -> str:
        choice = self.random.choice
        positions = choice([("i",), ("i",), ("i", "j"), ()])
        change = self.change(positions) if changes and self.random.random() < 0.4 else ""
        body = self.formula(positions, self.random.randint(1, 3), bool(change))
        binders = "".join(f"forall {name}: " for name in positions)
        listed = " < ".join(map(json.dumps, self.words))
        order = "alphabetic" if len(self.words) < 2 else choice(["alphabetic", listed])
        return (
            f"order {order}\ndefine often(i) = count(k: in[k] = in[i])\n"
            f"property random: {binders}{change}{body}\n"
        )

    def change(self, positions: Positions) -> str:
        left, right = (self.random.choice([*positions, "0", "length - 1"]) for _ in range(2))
        tokens = [json.dumps(self.random.choice(self.tokens)) for _ in range(2)]
        return self.random.choice(
            [
                f"after changing in[{left}]: ",
                f"after exchanging in[{left}] with in[{right}]: ",
                f"after exchanging {tokens[0]} with {tokens[1]}: ",
            ]
        )

    def position(self, positions: Positions) -> str:
        base = self.random.choice([*positions * 2, "0", "length - 1"])
        return base + self.random.choice(["", "", "", " + 1", " - 1"])

    def word(self, positions: Positions, changed: bool) -> str:
        prime = self.random.choice(["", "'"]) if changed else ""
        kind = self.random.choice(["in", "in", "out", "out", "word"])
        if kind == "word":
            return json.dumps(self.random.choice(self.words))
        if kind == "out" and self.program.label_type.pooled:
            return f"out{prime}"
        return f"{kind}{prime}[{self.position(positions)}]"

    def number(self, positions: Positions, depth: int, changed: bool) -> str:
        kind = self.random.choice(["position", "count", "often", "sum"])
        if kind == "position" or depth <= 0:
            return self.random.choice([*positions, "0", "1", "length"])
        if kind == "often":
            return f"often({self.position(positions)})"
        if kind == "count":
            name = self.random.choice("jkm")
            return f"count({name}: {self.formula((*positions, name), depth - 1, changed)})"
        left, right = (self.number(positions, depth - 1, changed) for _ in range(2))
        return f"({left} {self.random.choice('+-')} 2 * {right})"

    def formula(self, positions: Positions, depth: int, changed: bool) -> str:
        kinds = ["words", "words", "words", "numeral", "numbers", "scored"]
        if depth > 0:
            kinds = ["words", "quantified", "tokens", "connective", "connective", "not", "numbers"]
        kind = self.random.choice(kinds)
        if kind == "scored":
            return f"scored({self.position(positions)})"
        if kind in ("words", "numeral", "numbers"):
            return self.comparison(kind, positions, depth, changed)
        if kind == "not":
            return f"(not {self.formula(positions, depth - 1, changed)})"
        if kind == "connective":
            left, right = (self.formula(positions, depth - 1, changed) for _ in range(2))
            return f"({left} {self.random.choice(['and', 'or', 'implies', 'iff'])} {right})"
        quantifier = self.random.choice(["forall", "exists"])
        if kind == "tokens":
            word = self.word(positions, changed)
            rest = self.formula(positions, depth - 1, changed)
            return f"({quantifier} tokens t: t = {word} or {rest})"
        name = self.random.choice("jkm")
        bound = self.random.choice(["", f" < {self.position(positions)}"])
        return (
            f"({quantifier} {name}{bound}: {self.formula((*positions, name), depth - 1, changed)})"
        )

    def comparison(self, kind: str, positions: Positions, depth: int, changed: bool) -> str:
        sides = [
            self.word(positions, changed)
            if kind == "words" or (kind == "numeral" and side == 0)
            else self.number(positions, depth, changed)
            for side in range(2)
        ]
        return f"{sides[0]} {self.random.choice(COMPARATORS)} {sides[1]}"
