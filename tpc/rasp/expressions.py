"""Evaluation of expressions to values: atoms, lists, dicts, functions, s-ops and selectors.

As in the reference interpreter every s-op and selector is tried on the running example as soon as
it is built, so that a program which cannot work says so when it is loaded, at the subexpression at
fault.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from tpc.diagnostics import TpcError
from tpc.rasp import operations as ops
from tpc.rasp import syntax as tree
from tpc.rasp import values as rasp
from tpc.rasp.session import Session, Undefaulted
from tpc.rasp.source import Source

PARENTHESISED = "a parenthesised {} of [...] crashes the reference interpreter"
PARENTHESISED_HINT = "name the parenthesised part first"


class Expressions:
    """Evaluates the expressions of one scope.

    Args:
        session: State shared by the whole load.
        source: The text the expressions come from, for error places.
        scope: Where names are looked up.
    """

    def __init__(self, session: Session, source: Source, scope: rasp.Scope) -> None:
        self.session = session
        self.source = source
        self.scope = scope

    def value(self, expression: tree.Expression) -> rasp.Value:
        """The value of an expression.

        Raises:
            TpcError: It breaks a rule of the language, or fails on the running example.
        """
        if type(expression) is tree.Atom:
            return expression.value
        try:
            result = _HANDLERS[type(expression)](self, expression)
        except rasp.EvaluationError as error:
            raise self.source.error(str(error), expression.place) from error
        try:
            self.session.steps.of_value(result, made=type(expression) is not tree.Name)
            return self._tried(result)
        except rasp.EvaluationError as error:
            raise self.source.error(str(error), expression.place) from error
        except TpcError as error:
            if error.location is not None:
                raise
            raise self.source.error(error.message, expression.place) from error

    def values(self, expressions: tuple[tree.Expression, ...]) -> list[Any]:
        """The values of several expressions, from the left."""
        return [self.value(expression) for expression in expressions]

    def _tried(self, value: rasp.Value) -> rasp.Value:
        if isinstance(value, rasp.Node):
            column = self.session.example.value(value)
            if isinstance(value, rasp.Sop):
                for item in column:
                    ops.require_bounded(item)
                if type(column[0]) is str and (length := sum(map(len, column))) >= 64:
                    self.session.steps.spend(length // 64)
        return value

    def _fault(self, expression: tree.Expression) -> rasp.Fault:
        return partial(self.source.error, place=expression.place)

    # Names and literals -----------------------------------------------------------------------

    def _dict(self, expression: tree.DictLiteral) -> dict[Any, Any]:
        return {self._key(key): self.value(value) for key, value in expression.entries}

    def _key(self, expression: tree.Expression) -> rasp.Value:
        key = self.value(expression)
        if not rasp.is_atom(key):
            message = f"a dict key is a string or a number, not {rasp.describe(key)}"
            raise self.source.error(message, expression.place)
        return key

    def _list_comprehension(self, expression: tree.ListComprehension) -> list[Any]:
        scopes = self._inner_scopes(expression.names, expression.iterable)
        return [inner.value(expression.value) for inner in scopes]

    def _dict_comprehension(self, expression: tree.DictComprehension) -> dict[Any, Any]:
        scopes = self._inner_scopes(expression.names, expression.iterable)
        return {inner._key(expression.key): inner.value(expression.value) for inner in scopes}

    def _inner_scopes(
        self, names: tuple[tree.Name, ...], iterable: tree.Expression
    ) -> list[Expressions]:
        inners = []
        for item in self.iterable(iterable):
            inner = type(self)(self.session, self.source, rasp.Scope(self.scope))
            self.bind(inner.scope, names, item)
            inners.append(inner)
        return inners

    def iterable(self, expression: tree.Expression) -> list[Any]:
        """What a loop or comprehension runs over: a list's items or a dict's keys."""
        value = self.value(expression)
        if not isinstance(value, list | dict):
            message = f"a loop runs over a list or a dict, not {rasp.describe(value)}"
            raise self.source.error(message, expression.place)
        self.session.steps.spend(len(value))
        return list(value)

    def bind(self, scope: rasp.Scope, names: tuple[tree.Name, ...], item: rasp.Value) -> None:
        """Bind one name to `item`, or several names to its parts."""
        if len(names) == 1:
            self.bind_one(scope, names[0], item)
            return
        if not isinstance(item, list | dict | str):
            message = f"{len(names)} names cannot be bound to {rasp.describe(item)}"
            raise self.source.error(message, names[0].place)
        parts = list(item)
        if len(parts) != len(names):
            message = f"{len(names)} names cannot be bound to {len(parts)} values"
            raise self.source.error(message, names[0].place)
        for name, part in zip(names, parts, strict=True):
            self.bind_one(scope, name, part)

    def bind_one(self, scope: rasp.Scope, name: tree.Name, value: rasp.Value) -> None:
        """Bind `name`, which must not be reserved."""
        try:
            scope.set(name.name, value)
        except rasp.EvaluationError as error:
            raise self.source.error(str(error), name.place) from error

    # Operators --------------------------------------------------------------------------------

    def _unary(self, expression: tree.Unary) -> rasp.Value:
        operand = self.value(expression.operand)
        word = expression.operator
        if isinstance(operand, rasp.Selector | rasp.Builtin | rasp.Function) and word != "not":
            raise rasp.EvaluationError(f"{word} does not apply to {rasp.describe(operand)}")
        if isinstance(operand, rasp.Selector):
            return ops.invert(operand, self._fault(expression))
        if isinstance(operand, rasp.Sop):
            return ops.elementwise(ops.UNARY[word], operand, self._fault(expression))
        if word == "indicator":
            raise rasp.EvaluationError(
                f"indicator applies to an s-op, not {rasp.describe(operand)}"
            )
        return ops.guarded(ops.UNARY[word], operand)

    def _binary(self, expression: tree.Binary) -> rasp.Value:
        # Long sums nest to the left; walking down that side keeps the recursion shallow.
        chain = [expression]
        while isinstance(chain[-1].left, tree.Binary):
            chain.append(chain[-1].left)
        result = self.value(chain[-1].left)
        for link in reversed(chain):
            right = self.value(link.right)
            try:
                result = self._combine(link, result, right)
            except rasp.EvaluationError as error:
                raise self.source.error(str(error), link.place) from error
            self.session.steps.of_value(result)
            self._tried(result)
        return result

    def _combine(self, expression: tree.Binary, left: rasp.Value, right: rasp.Value) -> rasp.Value:
        word = expression.operator
        selectors = isinstance(left, rasp.Selector) + isinstance(right, rasp.Selector)
        if word in {"and", "or"}:
            if selectors == 1:
                other = right if isinstance(left, rasp.Selector) else left
                raise rasp.EvaluationError(
                    f"{word} cannot join a selector and {rasp.describe(other)}"
                )
            if selectors == 2:
                return ops.combine(word, left, right, self._fault(expression))
            if isinstance(left, rasp.Sop) or isinstance(right, rasp.Sop):
                return ops.connect(word, left, right, self._fault(expression))
            return (left and right) if word == "and" else (left or right)
        return ops.apply(word, left, right, self._fault(expression))

    def _membership(self, expression: tree.Membership) -> rasp.Value:
        element = self.value(expression.element)
        container = self.value(expression.container)
        if isinstance(container, list):
            self.session.steps.spend(len(container) // 16)
        if isinstance(element, rasp.Sop):
            if not isinstance(container, list) or not all(map(rasp.is_atom, container)):
                raise rasp.EvaluationError("'s-op in X' needs X to be a list of strings or numbers")
            self.session.steps.spend(len(container) * len(self.session.example.tokens) // 16)
            return ops.elementwise(list(container).__contains__, element, self._fault(expression))
        if not rasp.is_atom(element):
            raise rasp.EvaluationError(f"{rasp.describe(element)} cannot be looked for with 'in'")
        if isinstance(container, rasp.Sop):
            fault = self._fault(expression)
            same = ops.pairwise(ops.COMPARISONS["=="], container, element, fault)
            everywhere = ops.select(1, 1, "==", fault)
            found = ops.elementwise(ops.UNARY["indicator"], same, fault)
            share = ops.aggregate(everywhere, found, 0, fault)
            return ops.elementwise(bool, share, fault)
        if not isinstance(container, list):
            raise rasp.EvaluationError(
                f"'in' needs a list or an s-op, not {rasp.describe(container)}"
            )
        return any(type(item) is not rasp.Sop and item == element for item in container)

    def _conditional(self, expression: tree.Conditional) -> rasp.Value:
        condition = self.value(expression.condition)
        if isinstance(condition, rasp.Selector):
            raise rasp.EvaluationError("a selector is not a condition")
        if not isinstance(condition, rasp.Sop):
            return self.value(expression.then if condition else expression.otherwise)
        then, otherwise = self.value(expression.then), self.value(expression.otherwise)
        return ops.choose(condition, then, otherwise, self._fault(expression))

    def _index(self, expression: tree.Index) -> rasp.Value:
        if isinstance(expression.base, tree.Parenthesised):
            raise self._parenthesised(expression.base, "base")
        if isinstance(expression.index, tree.Parenthesised):
            raise self._parenthesised(expression.index, "index")
        base, index = self.value(expression.base), self.value(expression.index)
        if isinstance(base, dict):  # It is copied.
            self.session.steps.spend(len(base) // 4)
        return ops.index_into(base, index, self._fault(expression))

    def _parenthesised(self, part: tree.Parenthesised, what: str) -> TpcError:
        return self.source.error(PARENTHESISED.format(what), part.place, PARENTHESISED_HINT)

    # The functions of the grammar -------------------------------------------------------------

    def _select(self, expression: tree.Select) -> rasp.Selector:
        key, query = self.value(expression.key), self.value(expression.query)
        return ops.select(key, query, expression.operator, self._fault(expression))

    def _aggregate(self, expression: tree.Aggregate) -> rasp.Sop:
        selector, values = self.value(expression.selector), self.value(expression.values)
        default = 0 if expression.default is None else self.value(expression.default)
        if not isinstance(selector, rasp.Selector):
            raise rasp.EvaluationError(f"aggregate needs a selector, not {rasp.describe(selector)}")
        fault = self._fault(expression)
        column = ops.as_sop(values, fault)
        if expression.default is None:
            unguarded = Undefaulted(self.source, expression.place, selector, column)
            self.session.undefaulted.append(unguarded)
        return ops.aggregate(selector, column, default, fault)

    def _list_function(self, expression: tree.ListFunction) -> rasp.Value:
        arguments = self.values(expression.arguments)
        if expression.function == "range":
            if len(arguments) > 3 or not all(isinstance(item, int) for item in arguments):
                raise rasp.EvaluationError("range needs one to three integers")
            found = ops.guarded(range, *arguments)
            self.session.steps.spend(len(found) // 4)
            return list(found)
        strangers = [item for item in arguments if not isinstance(item, list)]
        if strangers:
            kind = rasp.describe(strangers[0])
            raise rasp.EvaluationError(f"{expression.function} needs lists, not {kind}")
        if expression.function == "len":
            return len(arguments[0])
        if len(set(map(len, arguments))) > 1:
            raise rasp.EvaluationError("zip needs lists of one length")
        self.session.steps.spend(sum(map(len, arguments)))
        return [list(row) for row in zip(*arguments, strict=True)]

    # Calls ------------------------------------------------------------------------------------

    def _call(self, expression: tree.Call) -> rasp.Value:
        callee, arguments = self.called(expression)
        if isinstance(callee, rasp.Node):
            raise rasp.EvaluationError(
                "applying an s-op to an input shows a result, which is not a value: "
                "make it a statement of its own"
            )
        fault = self._fault(expression)
        if isinstance(callee, rasp.Builtin):
            _check_count(callee.name, len(callee.parameters), len(arguments))
            return callee.build(*arguments, fault)
        if isinstance(callee, rasp.Function):
            definition = callee.definition
            _check_count(definition.name.name, len(definition.parameters), len(arguments))
            return self._run(callee, arguments)
        raise rasp.EvaluationError(f"{rasp.describe(callee)} cannot be called")

    def called(self, expression: tree.Call) -> tuple[Any, list[Any]]:
        """The callee and the arguments; a callee with one argument is tried on that input."""
        arguments = self.values(expression.arguments)
        with self.session.tried_on(arguments[0] if len(arguments) == 1 else None):
            return self.value(expression.callee), arguments

    def _run(self, function: rasp.Function, arguments: list[Any]) -> rasp.Value:
        """The result of a function: what its body is made of is no expression."""
        raise NotImplementedError


def _check_count(name: str, expected: int, found: int) -> None:
    if expected != found:
        noun = "argument" if expected == 1 else "arguments"
        raise rasp.EvaluationError(f"{name} needs {expected} {noun}, not {found}")


_HANDLERS: Mapping[type, Callable[[Expressions, Any], Any]] = {
    tree.Name: lambda scope, node: scope.scope.get(node.name),
    tree.Parenthesised: lambda scope, node: scope.value(node.inner),
    tree.ListLiteral: lambda scope, node: scope.values(node.items),
    tree.DictLiteral: Expressions._dict,
    tree.ListComprehension: Expressions._list_comprehension,
    tree.DictComprehension: Expressions._dict_comprehension,
    tree.Unary: Expressions._unary,
    tree.Binary: Expressions._binary,
    tree.Membership: Expressions._membership,
    tree.Conditional: Expressions._conditional,
    tree.Index: Expressions._index,
    tree.Select: Expressions._select,
    tree.Aggregate: Expressions._aggregate,
    tree.ListFunction: Expressions._list_function,
    tree.Call: Expressions._call,
}
