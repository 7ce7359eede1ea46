"""C code that goes through all strings of a shape and compares two answers of one program.

Strings are gone through as a tree, so that what looks to the left alone is computed once for all
strings with the same beginning. For each key variable the positions with each of its values are
bits of a word: counts, nearest and first matches take an instruction or two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from tpc.ir.nodes import (
    TOKENS,
    Aggregate,
    Classify,
    Embed,
    Lookup,
    Mlp,
    Node,
    Ones,
    Positions,
    Select,
)
from tpc.ir.program import Program, matched_keys
from tpc.ir.types import Cat, Real
from tpc.semantics.arrays import Array
from tpc.semantics.dense_tables import MAX_DENSE, dense_table, entries
from tpc.semantics.layers import perceptron

#: Positions are the bits of a word.
MAX_LENGTH = 64

_FRAME = """#include <stdint.h>
#define BIT(i) ((uint64_t)1 << (i))
#define UP_TO(i) (~(uint64_t)0 >> (63 - (i)))
static int length;
static const int32_t *counts, *slots;
static const uint8_t *scored;
static int width;
static uint64_t steps;

static inline int closest(uint64_t found, int i)
{
    uint64_t left = found & (BIT(i) - 1), right = i < 63 ? found >> (i + 1) << (i + 1) : 0;
    if (left && right) {
        int l = 63 - __builtin_clzll(left), r = __builtin_ctzll(right);
        return i - l <= r - i ? l : r;
    }
    if (left) return 63 - __builtin_clzll(left);
    if (right) return __builtin_ctzll(right);
    return found & BIT(i) ? i : 0;
}

static inline int closest_left(uint64_t found, int i)
{
    uint64_t left = found & (BIT(i) - 1);
    if (left) return 63 - __builtin_clzll(left);
    return found & BIT(i) ? i : 0;
}

static inline int best(uint64_t found, int i, int visible, const int32_t *offsets, int size)
{
    if (!found) return 0;
    for (int n = 0; n < size; n++) {
        int j = i + offsets[n];
        if (j >= 0 && j < visible && found & BIT(j)) return j;
    }
    return 0;
}

static inline int best_scored(const int32_t *ranks, const int *keys, int visible)
{
    int chosen = 0;
    for (int j = 1; j < visible; j++)
        if (ranks[keys[j]] < ranks[keys[chosen]]) chosen = j;
    return chosen;
}
"""

_WALK = """
static int walk(int i)
{
    for (int n = 0; n < counts[i]; n++) {
        v_tokens[i] = slots[i * width + n];
        steps++;
        if (step(i) || (i + 1 < length ? walk(i + 1) : last())) return 1;
        undo(i);
    }
    return 0;
}

/* 1 if the answers differ on a string, whose ids are then in `found`. */
int tpc_compare(const void **given, int strings_length, int slot_width, const int32_t *slot_counts,
                const int32_t *slot_tokens, const uint8_t *is_scored, int32_t *found,
                uint64_t *taken)
{
    set_tables(given);
    length = strings_length, width = slot_width;
    counts = slot_counts, slots = slot_tokens, scored = is_scored;
    steps = 0;
    clear();
    for (int i = 0; i < length; i++) v_tokens[i] = slots[i * width];
    int different = walk(0);
    for (int i = 0; i < length; i++) found[i] = v_tokens[i];
    *taken = steps;
    return different;
}
"""


class NotEnumerableError(Exception):
    """The program has something that this code is not made for."""


@dataclass
class Enumerator:
    """The C code of a program with two results, and its tables.

    Args:
        program: The program.
        results: The two results that are compared.

    Raises:
        NotEnumerableError: A string is too long, or a table too large.
    """

    program: Program
    results: tuple[str, str]
    tables: list[Array] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        if self.program.max_length > MAX_LENGTH:
            raise NotEnumerableError("strings of more than 64 positions")
        selects = [node for node in self.program.nodes if isinstance(node, Select)]
        self.keys = list(dict.fromkeys(s.key for s in selects if s.predicate is not None))
        self.early = self._early()
        names = [TOKENS, *(node.name for node in self.program.nodes)]
        self.columns = {name: f"v_{number}" for number, name in enumerate(names)}
        self.columns[TOKENS] = "v_tokens"
        self.masks = {key: f"m_{number}" for number, key in enumerate(self.keys)}
        functions = [self._function("step", early=True), self._last()]
        declared = "".join(f"static const {_c(t)} *t_{n};\n" for n, t in enumerate(self.tables))
        self.text = "".join(
            [_FRAME, declared, *self._variables(), *functions, *self._rest(), _WALK]
        )

    def _early(self) -> set[str]:
        """The variables that follow from a string's beginning."""
        early = {TOKENS}
        for node in self.program.nodes:
            match node:
                case Select():
                    if node.causal and early.issuperset((node.query, node.key)):
                        early.add(node.name)
                case Aggregate():
                    if early.issuperset((node.pattern, node.value)):
                        early.add(node.name)
                case Lookup() | Mlp():
                    if early.issuperset(node.operands):
                        early.add(node.name)
                case Classify():
                    if node.pool == "none" and early.issuperset(f.variable for f in node.features):
                        early.add(node.name)
                case _:
                    early.add(node.name)
        return early

    def _variables(self) -> Iterator[str]:
        for node in self.program.nodes:
            if not isinstance(node, Select):
                kind = "double" if isinstance(node.type, Real) else "int"
                yield f"static {kind} {self.columns[node.name]}[{MAX_LENGTH}];\n"
        yield f"static int v_tokens[{MAX_LENGTH}];\n"
        for key in self.keys:
            yield f"static uint64_t {self.masks[key]}[{self.program.domain_of(key).size}];\n"

    def _rest(self) -> Iterator[str]:
        tables = "".join(f" t_{n} = given[{n}];" for n in range(len(self.tables)))
        yield f"static void set_tables(const void **given)\n{{{tables}\n}}\n"
        lines = []
        for key in self.keys:
            size = self.program.domain_of(key).size
            lines.append(f" for (int k = 0; k < {size}; k++) {self.masks[key]}[k] = 0;")
        yield "static void clear(void)\n{\n" + "\n".join(lines) + "\n}\n"
        undone = (
            f" {self.masks[key]}[{self.columns[key]}[i]] &= ~BIT(i);"
            for key in self.keys
            if key in self.early
        )
        yield "static inline void undo(int i)\n{\n" + "\n".join(undone) + "\n}\n"

    def _function(self, name: str, *, early: bool) -> str:
        """What is computed at one position as soon as the string is known up to it."""
        lines = [f"static inline int {name}(int i)\n{{"]
        if TOKENS in self.keys:
            lines.append(f" {self.masks[TOKENS]}[v_tokens[i]] |= BIT(i);")
        for node in self.program.nodes:
            if not isinstance(node, Select) and (node.name in self.early) == early:
                lines += self._node(node)
        if self._compares_early():
            one, other = (self.columns[result] for result in self.results)
            lines.append(f" return scored[i] && {one}[i] != {other}[i];\n}}\n")
        else:
            lines.append(" return 0;\n}\n")
        return "\n".join(lines)

    def _compares_early(self) -> bool:
        return self.early.issuperset(self.results)

    def _last(self) -> str:
        """What needs the whole string, variable by variable."""
        lines = ["static int last(void)\n{"]
        for node in self.program.nodes:
            if isinstance(node, Select) or node.name in self.early:
                continue
            if node.name in self.keys:
                size = self.program.domain_of(node.name).size
                lines.append(f" for (int k = 0; k < {size}; k++) {self.masks[node.name]}[k] = 0;")
            if isinstance(node, Classify) and node.pool != "none":
                lines += self._pooled(node)
                continue
            lines += [" for (int i = 0; i < length; i++) {", *self._node(node), " }"]
        if not self._compares_early():
            one, other = (self.columns[result] for result in self.results)
            if self.program.label_type.pooled:
                lines.append(f" if ({one}[0] != {other}[0]) return 1;")
            else:
                different = f"scored[i] && {one}[i] != {other}[i]"
                lines.append(f" for (int i = 0; i < length; i++) if ({different}) return 1;")
        return "\n".join([*lines, " return 0;\n}\n"])

    def _table(self, values: Array, kind: type[np.generic] = np.int32) -> str:
        self.tables.append(np.ascontiguousarray(values, dtype=kind))
        return f"t_{len(self.tables) - 1}"

    def _node(self, node: Node) -> list[str]:
        """The statements that compute a variable at position `i`."""
        target = f"{self.columns[node.name]}[i]"
        match node:
            case Positions():
                lines = [f" {target} = i;"]
            case Ones():
                lines = [f" {target} = 1;"]
            case Embed():
                kind = np.float64 if isinstance(node.type, Real) else np.int32
                lines = [f" {target} = {self._table(np.array(node.values), kind)}[v_tokens[i]];"]
            case Aggregate():
                lines = self._aggregate(node, target)
            case Lookup() | Mlp():
                lines = [f" {target} = {self._lookup(node)};"]
            case Classify():
                lines = [" {", *self._scores(node), *self._best(node, target), " }"]
            case _:
                raise AssertionError("patterns are part of their heads")
        if node.name in self.keys:
            lines.append(f" {self.masks[node.name]}[{target}] |= BIT(i);")
        return lines

    def _aggregate(self, node: Aggregate, target: str) -> list[str]:
        select = self.program.by_name[node.pattern]
        assert isinstance(select, Select), "verified"
        query, value = f"{self.columns[select.query]}[i]", self.columns[node.value]
        visible = "i + 1" if select.causal else "length"
        if select.rule == "score":
            ranks = np.array(select.scores)
            row = f"{self._table(ranks)} + {query} * {ranks.shape[1]}"
            chosen = f"best_scored({row}, {self.columns[select.key]}, {visible})"
            return [f" {target} = {value}[{chosen}];"]
        matched = [-1 if key is None else key for key in matched_keys(self.program, select)]
        lines = [f" {{ int key = {self._table(np.array(matched))}[{query}];"]
        found = f"(key < 0 ? 0 : {self.masks[select.key]}[key])"
        lines.append(f" uint64_t found = {found} & UP_TO({visible} - 1);")
        if select.rule == "all":
            return [*lines, *self._sum(node, target, value), " }"]
        return [*lines, f" {target} = {value}[{self._chosen(select, visible)}]; }}"]

    def _sum(self, node: Aggregate, target: str, value: str) -> list[str]:
        if isinstance(self.program.by_name.get(node.value), Ones):
            return [f" {target} = __builtin_popcountll(found);"]
        kind = "double" if isinstance(node.type, Real) else "int"
        added = f"sum += {value}[__builtin_ctzll(b)]"
        loop = f" for (uint64_t b = found; b; b &= b - 1) {added};"
        return [f" {kind} sum = 0;", loop, f" {target} = sum;"]

    def _chosen(self, select: Select, visible: str) -> str:
        match select.rule:
            case "closest":
                return f"{'closest_left' if select.causal else 'closest'}(found, i)"
            case "best":
                assert select.offsets is not None, "verified"
                last = len(select.offsets) // 2
                order = sorted(range(len(select.offsets)), key=select.offsets.__getitem__)
                offsets = np.array([index - last for index in order])
                return f"best(found, i, {visible}, {self._table(offsets)}, {len(offsets)})"
            case _:
                return "(found ? __builtin_ctzll(found) : 0)"

    def _lookup(self, node: Lookup | Mlp) -> str:
        if any(isinstance(self.program.type_of(name), Real) for name in node.operands):
            raise NotEnumerableError(f"%{node.name} reads real numbers")
        axes = [self.program.range_of(name) for name in node.operands]
        if np.prod([float(len(axis)) for axis in axes]) > MAX_DENSE:
            raise NotEnumerableError(f"%{node.name} is too large a table")
        if isinstance(node, Lookup):
            assert entries(self.program, node) <= MAX_DENSE, "checked above"
            table = dense_table(self.program, node)
        else:
            grid = np.meshgrid(*(np.array(axis) for axis in axes), indexing="ij")
            table = perceptron(self.program, node, [part.reshape(-1) for part in grid])
        index = "0"
        for name, axis in zip(node.operands, axes, strict=True):
            index = f"({index}) * {len(axis)} + {self.columns[name]}[i] - {axis.start}"
        return f"{self._table(table)}[{index}]"

    # Classes: sums in binary64 and in the interpreter's order.

    def _answers(self, node: Classify) -> list[int]:
        classes = self.program.domain_of_type(node.type).size
        return [c for c in range(classes) if c not in node.never]

    def _scores(self, node: Classify, at: str = "i") -> list[str]:
        answers = self._answers(node)
        lines = [f" double s[{len(answers)}] = {{0}};"]
        for feature in node.features:
            rows = self._table(np.array(feature.rows)[:, answers], np.float64)
            value = f"{self.columns[feature.variable]}[{at}]"
            if isinstance(self.program.type_of(feature.variable), Cat):
                added = f"{rows}[{value} * {len(answers)} + c]"
            else:
                added = f"{rows}[c] * (double){value}"
            lines.append(f" for (int c = 0; c < {len(answers)}; c++) s[c] += {added};")
        return lines

    def _best(self, node: Classify, target: str) -> list[str]:
        answers = self._answers(node)
        return [
            f" int top = 0; for (int c = 1; c < {len(answers)}; c++) if (s[c] > s[top]) top = c;",
            f" {target} = {self._table(np.array(answers))}[top];",
        ]

    def _pooled(self, node: Classify) -> list[str]:
        count = len(self._answers(node))
        positions = "length" if node.pool == "sum" else "1"
        return [
            f" {{ double sums[{count}] = {{0}};",
            f" for (int i = 0; i < {positions}; i++) {{",
            *self._scores(node),
            f" for (int c = 0; c < {count}; c++) sums[c] += s[c]; }}",
            " double *s = sums;",
            *self._best(node, f"{self.columns[node.name]}[0]"),
            " }",
        ]


def _c(table: Array) -> str:
    return "double" if table.dtype == np.float64 else "int32_t"


def slot_arrays(shape: Sequence[Sequence[int]]) -> tuple[Array, Array]:
    """The number of tokens at each position, and the tokens in rows."""
    counts = np.array([len(tokens) for tokens in shape], dtype=np.int32)
    rows = np.zeros((len(shape), int(counts.max())), dtype=np.int32)
    for position, tokens in enumerate(shape):
        rows[position, : len(tokens)] = tokens
    return counts, rows
