"""Do properties make sense: kinds of expressions, and what a program must have for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from tpc.diagnostics import TpcError, did_you_mean, quoted
from tpc.ir.program import Program
from tpc.properties import syntax as tree
from tpc.properties.words import ranked

Kind: TypeAlias = Literal["formula", "position", "number", "word"]
"""A position is a number that follows from the positions and the length alone."""

_SAID: Mapping[str, str] = {
    "formula": "a statement that holds or not",
    "position": "a number",
    "number": "a number that is counted",
    "word": "a token or label",
}


@dataclass(frozen=True)
class _Scope:
    """What may stand where an expression stands.

    Args:
        kinds: Of the variables.
        defined: The definitions that may be called: those above.
        changed: Whether `in'` and `out'` are there.
        outermost: Whether only `forall`, `and` and premises are around it.
    """

    kinds: Mapping[str, Kind]
    defined: tuple[str, ...]
    changed: bool = False
    outermost: bool = False


def check_properties(
    file: tree.PropertyFile, program: Program, names: Collection[str] = ()
) -> None:
    """Check that a file's properties can be asked of a program.

    Args:
        file: The properties.
        program: The program.
        names: Of those that are asked; all of them if none is named.

    Raises:
        TpcError: They do not make sense, or speak of what the program does not have.
    """
    checker = _Checker(file, program)
    scope = _Scope({}, tuple(file.definitions), outermost=True)
    for prop in file.properties:
        if not names or prop.name in names:
            _require(prop.body, checker.kind(prop.body, scope), "formula")


class _Checker:
    def __init__(self, file: tree.PropertyFile, program: Program) -> None:
        self.file, self.program = file, program
        self.words = {*program.vocabulary, *program.classes}
        self.ranked = bool(ranked(file.order, self.words))

    def kind(self, node: tree.Expression, scope: _Scope) -> Kind:
        inner = replace(scope, outermost=False)
        match node:
            case tree.Truth():
                return "formula"
            case tree.Number() | tree.Length():
                return "position"
            case tree.Word():
                return self._word(node)
            case tree.Variable():
                return self._variable(node, scope)
            case tree.Input() | tree.Output():
                return self._read(node, inner)
            case tree.Arithmetic():
                return self._arithmetic(node, inner)
            case tree.Count():
                self._expect(node.body, self._bound(node, inner), "formula")
                return "number"
            case tree.Call():
                return self._call(node, scope)
            case _:
                self._check_formula(node, scope)
                return "formula"

    def _check_formula(self, node: tree.Expression, scope: _Scope) -> None:
        inner = replace(scope, outermost=False)
        match node:
            case tree.Scored():
                self._expect(node.position, inner, "position")
            case tree.Comparison():
                self._check_comparison(node, inner)
            case tree.Not():
                self._expect(node.operand, inner, "formula")
            case tree.Connective():
                left = scope if node.operator == "and" else inner
                self._expect(node.left, left, "formula")
                right = scope if node.operator in ("and", "implies") else inner
                self._expect(node.right, right, "formula")
            case tree.Quantified():
                self._expect(node.body, self._bound(node, scope), "formula")
            case tree.After():
                self._check_after(node, scope)
            case _:
                raise AssertionError(node)

    def _expect(self, node: tree.Expression, scope: _Scope, kind: Kind) -> None:
        _require(node, self.kind(node, scope), kind)

    def _word(self, node: tree.Word) -> Kind:
        if node.text not in self.words:
            hint = did_you_mean(node.text, self.words)
            raise TpcError(
                f"%{self.program.name} has no token or label {quoted(node.text)}",
                location=node.place,
                hint=hint or f"its labels are {' '.join(self.program.classes[:20])}",
            )
        return "word"

    def _variable(self, node: tree.Variable, scope: _Scope) -> Kind:
        if node.name in scope.kinds:
            return scope.kinds[node.name]
        if node.name in self.file.definitions:
            return self._call(tree.Call(node.place, node.name, ()), scope)
        hint = did_you_mean(node.name, [*scope.kinds, *self.file.definitions])
        raise TpcError(
            f"there is no {node.name} here",
            location=node.place,
            hint=hint or f"forall {node.name}: ... makes it a position; tokens are quoted",
        )

    def _read(self, node: tree.Input | tree.Output, scope: _Scope) -> Kind:
        if node.changed and not scope.changed:
            hint = "after changing in[i]: ... says which changed input is meant"
            raise TpcError("there is no changed input here", location=node.place, hint=hint)
        if isinstance(node, tree.Output):
            pooled = self.program.label_type.pooled
            if pooled != (node.position is None):
                message = f"%{self.program.name} has one label for " + (
                    "the whole input" if pooled else "each position"
                )
                hint = "write out" if pooled else "write out[i]"
                raise TpcError(message, location=node.place, hint=hint)
        if node.position is not None:
            self._expect(node.position, scope, "position")
        return "word"

    def _arithmetic(self, node: tree.Arithmetic, scope: _Scope) -> Kind:
        kinds = [self.kind(part, scope) for part in (node.left, node.right)]
        for part, kind in zip((node.left, node.right), kinds, strict=True):
            _require(part, kind, "number")
        if node.operator == "*" and kinds == ["number", "number"]:
            hint = "one of the factors has to follow from positions alone"
            raise TpcError("this multiplies two counts", location=node.place, hint=hint)
        return "number" if "number" in kinds else "position"

    def _check_comparison(self, node: tree.Comparison, scope: _Scope) -> None:
        kinds = [self.kind(node.left, scope), self.kind(node.right, scope)]
        if "formula" in kinds:
            culprit = node.left if kinds[0] == "formula" else node.right
            raise TpcError(
                "a statement cannot be compared", location=culprit.place, hint="write iff for ="
            )
        if kinds == ["word", "word"] and node.operator not in ("=", "!=") and not self.ranked:
            raise TpcError(
                f"no token or label of %{self.program.name} is in the order",
                location=node.place,
                hint='say it above: order "a" < "b" < "c", or order alphabetic',
            )

    def _bound(self, node: tree.Quantified | tree.Count, scope: _Scope) -> _Scope:
        over = node.over if isinstance(node, tree.Quantified) else "positions"
        kind: Kind = "word" if over == "tokens" else "position"
        outermost = scope.outermost and getattr(node, "kind", "") == "forall"
        return replace(scope, kinds={**scope.kinds, node.variable: kind}, outermost=outermost)

    def _call(self, node: tree.Call, scope: _Scope) -> Kind:
        found = self.file.definitions.get(node.name)
        if found is None:
            hint = did_you_mean(node.name, self.file.definitions)
            raise TpcError(f"{node.name} is not defined", location=node.place, hint=hint)
        names = tuple(self.file.definitions)
        if node.name not in scope.defined:
            raise TpcError(
                f"{node.name} is defined later, or by itself",
                location=node.place,
                hint="a definition may use those above it",
            )
        if len(node.arguments) != len(found.parameters):
            raise TpcError(
                f"{node.name} takes {len(found.parameters)}, not {len(node.arguments)}",
                location=node.place,
            )
        inner = replace(scope, outermost=False)
        kinds = [self.kind(argument, inner) for argument in node.arguments]
        for argument, kind in zip(node.arguments, kinds, strict=True):
            if kind == "formula":
                raise TpcError("this is no position or token", location=argument.place)
        above = names[: names.index(node.name)]
        body = _Scope(dict(zip(found.parameters, kinds, strict=True)), above, scope.changed)
        return self.kind(found.body, body)

    def _check_after(self, node: tree.After, scope: _Scope) -> None:
        if not scope.outermost:
            raise TpcError(
                "a change can only be under forall, and, and the right side of implies",
                location=node.place,
            )
        inner = replace(scope, outermost=False)
        change = node.change
        if isinstance(change, tree.Changing):
            self._expect(change.position, inner, "position")
        else:
            self._exchanged(change, inner)
        self._expect(node.body, replace(inner, changed=True), "formula")

    def _exchanged(self, change: tree.Exchanging, scope: _Scope) -> None:
        for part in (change.left, change.right):
            self._expect(part, scope, "word")
            if isinstance(part, tree.Variable) and part.name not in scope.kinds:
                raise TpcError("a definition cannot be exchanged", location=part.place)
            if isinstance(part, tree.Word) and part.text not in self.program.token_ids:
                text = f"{quoted(part.text)} is a label of %{self.program.name}, and no token"
                raise TpcError(text, location=part.place, hint="tokens are exchanged")
            if not isinstance(part, tree.Input | tree.Variable | tree.Word):
                raise TpcError("only tokens of the input are exchanged", location=part.place)
        positions = [isinstance(part, tree.Input) for part in (change.left, change.right)]
        if positions[0] != positions[1]:
            hint = 'exchanging in[i] with in[j], or exchanging "a" with "b"'
            raise TpcError("these are not two of a kind", location=change.place, hint=hint)


def _require(node: tree.Expression, kind: Kind, expected: Kind) -> None:
    if kind == expected or (expected == "number" and kind == "position"):
        return
    if expected == "position" and kind == "number":
        raise TpcError("a position may not depend on a count", location=node.place)
    raise TpcError(f"this is {_SAID[kind]}, where {_SAID[expected]} should be", location=node.place)
