"""From the parse tree of `.tpir` text to program objects: names resolved, literals indexed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, cast

from lark import Token, Tree

from tpc.diagnostics import Location, did_you_mean, quoted, shortened
from tpc.files import JsonError, parse_json
from tpc.ir import nodes as ir
from tpc.ir.language import Group, Language, Slot
from tpc.ir.numbers import parse_binary32, parse_floats
from tpc.ir.program import Contract, Metadata, Program
from tpc.ir.scope import Branch, Scope, string, strings
from tpc.ir.types import Cat, Domain, Label, Num, Pattern, Real, Type
from tpc.ir.verifier import MAX_DOMAIN
from tpc.ir.words import Rewrite


class Reader(Scope):
    """One file's reader. `locate` tells the verifier where each definition stands."""

    #: The first place that no file of IR 1.0 can have.
    newer: Location | None = None
    #: The digest that the file states, and where.
    seal: tuple[str, Location] | None = None

    def program(self, tree: Branch) -> Program:
        """The program of a whole file, not yet verified.

        Raises:
            TpcError: A name, literal or list does not fit where it stands.
        """
        parts: dict[str, Branch] = {}
        for child in tree.children:
            if child.data == "domain":
                self._domain(child)
            else:
                parts[child.data] = child
        header = parts["program"].children
        name = str(header[0])[1:]
        tokens = self._cat(header[2])
        if str(header[1])[1:] != ir.TOKENS:
            self._fail(header[1], "the parameter of a program is called %tokens")
        self._types[ir.TOKENS] = tokens
        # The label's type is written twice: here and at its node; the verifier compares them.
        answer, result = self._type(header[3]), header[-1]
        nodes = tuple(self._node(node) for node in header[4:-1])
        returned = self._use(result)
        if self._types[returned] != answer:
            self._fail(result, f"%{returned} is not of the type that the program declares")
        if "seal" in parts:
            self.seal = (string(parts["seal"].children[0]), self._location(parts["seal"]))
        return Program(
            name=name,
            domains=tuple(self._domains.values()),
            tokens=tokens,
            max_length=self._int(parts["max_length"].children[0]),
            nodes=nodes,
            result=returned,
            language=self._language(parts["language"], self._domains[tokens.domain]),
            rewrite=self._rewrite(parts.get("rewrite")),
            contract=self._contract(parts.get("contract")),
            metadata=self._metadata(parts.get("metadata")),
        )

    # Header.

    def _domain(self, tree: Branch) -> None:
        token, *rest = tree.children
        name = str(token)[1:]
        if name in self._domains:
            self._fail(token, f"@{name} is defined twice", "rename one of them")
        if len(rest) == 1:
            labels = strings(rest[0])
            domain = Domain(name, len(labels), labels)
        else:
            if str(rest[0]) != "0":
                self._fail(rest[0], "a domain of integers starts at 0")
            domain = Domain(name, self._int(rest[1]) + 1)
            if domain.size > MAX_DOMAIN:
                self._fail(rest[1], f"a domain has at most {MAX_DOMAIN} values")
        self._domains[name] = domain
        self._where[f"@{name}"] = self._location(token)

    def _type(self, tree: Branch) -> Type:
        match tree.data:
            case "cat":
                return Cat(self._domain_named(tree.children[0]).name)
            case "num":
                return Num(self._int(tree.children[0]), self._int(tree.children[1]))
            case "real":
                return Real()
            case _:
                domain = self._domain_named(tree.children[0])
                return Label(domain.name, pooled=tree.data == "pooled")

    def _cat(self, tree: Branch) -> Cat:
        kind = self._type(tree)
        if not isinstance(kind, Cat):
            self._fail(tree, "the tokens are categorical", "write cat<@token>")
        return kind

    def _rewrite(self, tree: Branch | None) -> tuple[Rewrite, ...]:
        for token in tree.children if tree else []:
            if str(token) not in ("lower", "digits"):
                self._fail(
                    token, f"unknown rewriting {quoted(token)}", "there are lower and digits"
                )
        return tuple(cast("Rewrite", str(token)) for token in (tree.children if tree else []))

    def _contract(self, tree: Branch | None) -> Contract:
        if tree is None or tree.children[0].type == "EVERY_STRING":
            return Contract()
        if tree.children[0].type == "DATA":
            return Contract("data", string(tree.children[1]) or None)
        return Contract("language", string(tree.children[0]) or None)

    def _language(self, tree: Branch, domain: Domain) -> Language[int]:
        index = {word: i for i, word in enumerate(domain.labels or ())}
        return Language(
            tuple(
                tuple(self._group(group, index) for group in alternative.children)
                for alternative in tree.children
            )
        )

    def _group(self, tree: Branch, index: dict[str, int]) -> Group[int]:
        slots, least, most = [], 1, 1
        for child in tree.children:
            if child.data == "repeat":
                bounds = [self._int(token) for token in child.children]
                least, most = bounds[0], bounds[-1]
            else:
                slots.append(self._slot(child, index))
        return Group(tuple(slots), least, most)

    def _slot(self, tree: Branch, index: dict[str, int]) -> Slot[int]:
        scored = len(tree.children) == 1
        body = tree.children[-1]
        if body.data == "any":
            excluded = set(strings(body.children[0])) if body.children else set()
            words = [word for word in index if word not in excluded]
        else:
            token = body.children[0]
            words = [string(token)] if token.type == "STRING" else list(strings(token))
            excluded = set(words)
        for word in excluded - index.keys():
            self._fail(
                body, f"{shortened(json.dumps(word))} is not a token", did_you_mean(word, index)
            )
        return Slot(tuple(sorted({index[word] for word in words})), scored)

    def _metadata(self, tree: Branch | None) -> Metadata:
        if tree is None:
            return {}
        try:
            return cast("Metadata", self._json(tree.children[0]))
        except ValueError as error:
            self._fail(tree, f"a number in the metadata cannot be read: {error}")

    # Nodes.

    def _node(self, tree: Branch) -> ir.Node:
        token, operation, *rest = tree.children
        name = self._define(token)
        kind: Type | None = None
        origin: tuple[str, ...] | None = None
        for child in rest:
            if child.data == "origin":
                origin = tuple(string(t) for t in child.children if t.type == "STRING")
            else:
                kind = self._type(child)
        if operation.data == "select":
            if kind is not None or origin is not None:
                self._fail(token, "a select has neither a type nor an origin")
            node: ir.Node = self._select(operation, name)
        else:
            if kind is None:
                self._fail(token, f"%{name} has no type", "write ': cat<@domain>' or the like")
            build = cast("Callable[..., ir.Node]", getattr(self, f"_{operation.data}"))
            node = build(operation, name, kind, (name,) if origin is None else origin)
        self._types[name] = node.type
        return node

    def _positions(self, tree: Branch, name: str, kind: Type, origin: tuple[str, ...]) -> ir.Node:
        if not isinstance(kind, Cat):
            self._fail(tree, "positions are categorical", "write ': cat<@position>'")
        return ir.Positions(name, kind, origin)

    def _ones(self, tree: Branch, name: str, kind: Type, origin: tuple[str, ...]) -> ir.Node:
        if kind != Num(1, 1):
            self._fail(tree, "ones are of type num<1..1>")
        return ir.Ones(name, origin)

    def _embed(self, tree: Branch, name: str, kind: Type, origin: tuple[str, ...]) -> ir.Node:
        operand, body = tree.children
        if self._use(operand) != ir.TOKENS:
            self._fail(operand, "embed reads %tokens", "use a lookup for other variables")
        if not isinstance(kind, Cat | Real):
            self._fail(tree, "an embedding is categorical or real")
        vocabulary = self._domains[cast("Cat", self._types[ir.TOKENS]).domain]
        if isinstance(body, Token):
            numbers = self._numbers(body, parse_floats)
            values: dict[int, float] = dict(enumerate(numbers))
        else:
            values = {}
            for case in body.children:
                value = self._embedded(case.children[1], kind)
                for token in self._single(case.children[0], vocabulary, values):
                    values[token] = value
        if set(values) != set(range(vocabulary.size)):
            self._fail(tree, "an embedding has one value for each token of the vocabulary")
        ordered = tuple(values[token] for token in range(vocabulary.size))
        if isinstance(kind, Real):
            return ir.Embed(name, ordered, kind, origin)
        if not all(value.is_integer() for value in map(float, ordered)):
            self._fail(tree, "the values of a categorical embedding are indices")
        return ir.Embed(name, tuple(map(int, ordered)), kind, origin)

    def _embedded(self, tree: Branch, kind: Cat | Real) -> float:
        if isinstance(kind, Cat):
            return self._literal(tree, self._domains[kind.domain])
        token = tree.children[0]
        if token.type != "SIGNED":
            self._fail(tree, "a real number is expected here")
        return float(token)

    def _select(self, tree: Branch, name: str) -> ir.Select:
        tokens = [child for child in tree.children if isinstance(child, Token)]
        attention = next(child for child in tree.children if isinstance(child, Tree))
        rule = str(tokens[0]).removeprefix("select.")
        if rule not in ir.RULES:
            self._fail(tokens[0], f"unknown rule {quoted(rule)}", did_you_mean(rule, ir.RULES))
        query, key = self._use(tokens[-2]), self._use(tokens[-1])
        queries, keys = self._categorical(tokens[-2]), self._categorical(tokens[-1])
        predicate, offsets, scores = None, None, None
        for part in attention.children:
            if part.data == "scores":
                scores = self._scores(part, queries, keys)
            elif part.data == "preference":
                offsets = self._preference(part)
            else:
                predicate = self._predicate(part, queries, keys)
        causal = any(token.type == "CAUSAL" for token in tokens)
        return ir.Select(name, rule, query, key, predicate, causal, offsets, scores)

    def _predicate(self, tree: Branch, queries: Domain, keys: Domain) -> ir.Predicate:
        if tree.data == "formula_predicate":
            predicate = ir.predicate_of(self._formula(tree.children[0], ("query",)))
            if isinstance(predicate, ir.FormulaPredicate):
                self._newer(tree)
            return predicate
        matched: dict[int, int] = {}
        for case in tree.children[0].children:
            target = self._literal(case.children[1], keys)
            for query in self._single(case.children[0], queries, matched):
                if query in matched:
                    self._fail(case, "two cases cover the same query value")
                matched[query] = target
        return ir.TablePredicate(tuple(map(matched.get, range(queries.size))))

    def _preference(self, tree: Branch) -> tuple[int, ...]:
        offsets, ranks = self._ranking(tree.children, self._int)
        last = len(offsets) // 2
        by_offset = dict(zip(offsets, ranks, strict=True))
        if set(by_offset) != set(range(-last, last + 1)) or len(offsets) % 2 == 0:
            self._fail(tree, "every offset from -n to n is ranked exactly once")
        return tuple(by_offset[offset] for offset in range(-last, last + 1))

    def _scores(self, tree: Branch, queries: Domain, keys: Domain) -> tuple[tuple[int, ...], ...]:
        rows: dict[int, tuple[int, ...]] = {}
        for score in tree.children:
            covered, *ranked = score.children
            indices, ranks = self._ranking(ranked, lambda tree: self._literal(tree, keys))
            by_key = dict(zip(indices, ranks, strict=True))
            if len(by_key) != len(indices) or len(by_key) != keys.size:
                self._fail(score, "every key value is ranked exactly once")
            for query in self._set(covered, queries, rows):
                rows[query] = tuple(by_key[key] for key in range(keys.size))
        if set(rows) != set(range(queries.size)):
            self._fail(tree, "every query value has its ranking of the keys")
        return tuple(rows[query] for query in range(queries.size))

    def _ranking(
        self, items: list[Any], index: Callable[[Any], int]
    ) -> tuple[list[int], list[int]]:
        indices, ranks = [index(items[0])], [0]
        for relation, item in zip(items[1::2], items[2::2], strict=True):
            indices.append(index(item))
            ranks.append(ranks[-1] + (str(relation) == ">"))
        return indices, ranks

    def _aggregate(self, tree: Branch, name: str, kind: Type, origin: tuple[str, ...]) -> ir.Node:
        pattern, value = (self._use(token) for token in tree.children)
        if not isinstance(kind, Cat | Num | Real):
            self._fail(tree, "an aggregate is cat, num or real")
        return ir.Aggregate(name, pattern, value, kind, origin)

    def _lookup(self, tree: Branch, name: str, kind: Type, origin: tuple[str, ...]) -> ir.Node:
        if isinstance(kind, Real | Pattern):
            self._fail(tree, "a lookup gives a categorical value or an integer")
        if isinstance(kind, Num):
            self._newer(tree)
        tokens = tree.children[0].children
        domains = [self._operand(token) for token in tokens]
        names, target = tuple(map(self._use, tokens)), self._target(kind)
        cases = tuple(
            self._case(case, domains, self._outcome(case.children[1], names, target))
            for case in tree.children[1].children
        )
        return ir.Lookup(name, names, cases, kind, origin)

    def _target(self, kind: Cat | Label | Num) -> Domain | None:
        return None if isinstance(kind, Num) else self._domains[kind.domain]

    def _outcome(
        self, item: Branch | Token, names: tuple[str, ...], target: Domain | None
    ) -> ir.Outcome:
        if isinstance(item, Token) and item.type in ("STRING", "SIGNED"):
            return self._value(item, item, target)
        self._newer(item)
        return self._formula(item, tuple(f"%{name}" for name in names))

    def _case(self, tree: Branch, domains: list[Domain | None], outcome: ir.Outcome) -> ir.Case:
        pattern = tree.children[0]
        if pattern.data == "single" and pattern.children[0].data == "any_value":
            return ir.Case((None,) * len(domains), outcome)
        if len(pattern.children) != len(domains):
            self._fail(pattern, f"this lookup has {len(domains)} operands, the case another number")
        return ir.Case(
            tuple(
                None if child.data == "any_value" else self._values(child, domain)
                for child, domain in zip(pattern.children, domains, strict=True)
            ),
            outcome,
        )

    def _newer(self, item: Branch | Token) -> None:
        self.newer = self.newer or self._location(item)

    def _mlp(self, tree: Branch, name: str, kind: Type, origin: tuple[str, ...]) -> ir.Node:
        if not isinstance(kind, Cat):
            self._fail(tree, "an mlp is categorical")
        operands, hidden, *numbers = tree.children
        w_in, b_in, w_out, b_out = (self._numbers(token, parse_binary32) for token in numbers)
        weights = ir.Weights(self._int(hidden), w_in, b_in, w_out, b_out)
        return ir.Mlp(name, tuple(map(self._use, operands.children)), weights, kind, origin)

    def _classify(self, tree: Branch, name: str, kind: Type, origin: tuple[str, ...]) -> ir.Node:
        if not isinstance(kind, Label):
            self._fail(tree, "classify gives a label", "write ': label<@domain>' or pooled<...>")
        classes = self._domains[kind.domain]
        head, *rest = tree.children
        pool = str(head).removeprefix("classify").removeprefix(".") or "none"
        if pool not in ("none", "sum", "first"):
            self._fail(head, f"unknown pooling {quoted(pool)}", "there are classify.sum and .first")
        never: tuple[int, ...] = ()
        if rest and isinstance(rest[0], Token):
            names = strings(rest.pop(0))
            never = tuple(self._index(head, word, classes) for word in names)
        features = tuple(self._feature(feature) for feature in rest)
        return ir.Classify(name, features, kind, never, cast("ir.Pool", pool), origin)

    def _feature(self, tree: Branch) -> ir.Feature:
        token, body = tree.children
        name = self._use(token)
        if isinstance(body, Token):
            return ir.Feature(name, (self._numbers(body, parse_floats),))
        domain = self._categorical(token)
        rows: dict[int, tuple[float, ...]] = {}
        for row in body.children:
            weights = self._numbers(row.children[1], parse_floats)
            for value in self._set(row.children[0], domain, rows):
                if value in rows:
                    self._fail(row, "two rows are for the same value")
                rows[value] = weights
        if len(rows) != domain.size:
            self._fail(tree, f"every value of @{domain.name} has its row of weights")
        return ir.Feature(name, tuple(rows[value] for value in range(domain.size)))

    def _json(self, tree: Branch) -> object:
        match tree.data:
            case "object":
                members = (member.children for member in tree.children)
                return {string(key): self._json(value) for key, value in members}
            case "array":
                return [self._json(child) for child in tree.children]
            case "json_true" | "json_false":
                return tree.data == "json_true"
            case "json_null":
                return None
        token = tree.children[0]
        try:
            value = parse_json(str(token))
        except JsonError as error:
            self._fail(token, f"this cannot be read: {error.message}")
        numbers = value if isinstance(value, list) else [value]
        if any(isinstance(number, float) and math.isinf(number) for number in numbers):
            self._fail(token, "a number here is too large")
        return value
