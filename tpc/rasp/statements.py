"""Execution of statements: they bind names; nothing is evaluated on a real input yet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tpc.diagnostics import TpcError
from tpc.files import read_text
from tpc.rasp import syntax as tree
from tpc.rasp import values as rasp
from tpc.rasp.expressions import Expressions
from tpc.rasp.library import reserved_names
from tpc.rasp.reading import read
from tpc.rasp.session import Session, Shown, render
from tpc.rasp.source import Source

#: What a call takes besides the expressions in the function.
_STEPS_OF_CALL = 8


class ProgramExit(Exception):  # noqa: N818 (not an error)
    """`exit` or `quit`: the rest of the file is not read."""


class Statements(Expressions):
    """Executes the statements of one scope."""

    def execute(self, statement: tree.Statement) -> None:
        """Run one statement.

        Raises:
            TpcError: It breaks a rule of the language.
            ProgramExit: It is `exit` or `quit`.
        """
        try:
            self.session.steps.spend(1)
            self._execute(statement)
        except rasp.EvaluationError as error:
            raise self.source.error(str(error), statement.place) from error
        except RecursionError as error:
            raise self.source.error("this nests or recurses too deeply", statement.place) from error

    def _execute(self, statement: tree.Statement) -> None:  # noqa: C901 (one case for each class)
        match statement:
            case tree.ExpressionStatement():
                self._expression(statement)
            case tree.Assignment():
                self._assignment(statement)
            case tree.FunctionDefinition(name=name):
                self.bind_one(self.scope, name, rasp.Function(statement, self.scope, self.source))
            case tree.ForLoop():
                for item in self.iterable(statement.iterable):
                    self.bind(self.scope, statement.names, item)
                    for inner in statement.body:
                        self.execute(inner)
            case tree.Draw():
                self._draw(statement)
            case tree.Load():
                self._load(statement)
            case tree.SetExample():
                self._set_example(statement)
            case tree.ShowExample(subset=subset):
                self._show_example(subset, statement.place)
            case tree.Exit():
                raise ProgramExit(statement.place.line)
            case tree.ToggleDisplay():
                pass  # What the prompt prints is not our concern.

    def _show(self, place: tree.Place, text: str) -> None:
        self.session.shown.append(Shown(self.source.name, place.line, text))

    def _expression(self, statement: tree.ExpressionStatement) -> None:
        expression = statement.expression
        while isinstance(expression, tree.Parenthesised):
            expression = expression.inner
        if isinstance(expression, tree.Call) and self._apply(expression):
            return
        value = self.value(statement.expression)
        self.scope.names["out"] = value
        label = expression.name if isinstance(expression, tree.Name) else "out"
        if isinstance(value, rasp.Node):
            self._show_applied(statement.place, label, value, self.session.example)
        else:
            self._show(statement.place, f"{label} = {render(value, self.session.example)}")

    def _apply(self, call: tree.Call) -> bool:
        """Show an s-op or selector on an input; False when the callee is a function."""
        callee, arguments = self.called(call)
        if not isinstance(callee, rasp.Node):
            return False
        if len(arguments) != 1:
            raise rasp.EvaluationError("an s-op is applied to one input")
        label = call.callee.name if isinstance(call.callee, tree.Name) else "out"
        self._show_applied(call.place, label, callee, self.session.evaluation_on(arguments[0]))
        return True

    def _show_applied(
        self, place: tree.Place, label: str, node: rasp.Node, evaluation: rasp.Evaluation
    ) -> None:
        tokens = render(list(evaluation.tokens), evaluation)
        self._show(place, f"{label}({tokens}) = {render(node, evaluation)}")

    def _assignment(self, statement: tree.Assignment) -> None:
        values = self.values(statement.values)
        value: Any = values[0] if len(values) == 1 else values
        self.scope.names["out"] = values[-1]
        self.bind(self.scope, statement.names, value)

    def _draw(self, statement: tree.Draw) -> None:
        """Evaluates and shows the s-op; no picture is drawn."""
        example = self.session.example
        if statement.example is not None:
            example = self.session.evaluation_on(self.value(statement.example))
        with self.session.tried_on(list(example.tokens)):
            value = self.value(statement.expression)
        if not isinstance(value, rasp.Sop):
            raise rasp.EvaluationError(f"draw needs an s-op, not {rasp.describe(value)}")
        name = statement.expression.name if isinstance(statement.expression, tree.Name) else "out"
        self._show_applied(statement.place, name, value, example)

    def _load(self, statement: tree.Load) -> None:
        if "\0" in statement.filename:
            raise rasp.EvaluationError("the name of a file has no NUL")
        path = (self.session.directory / f"{statement.filename}.rasp").resolve()
        if path in self.session.loading:
            raise rasp.EvaluationError(f"{path} loads itself")
        try:
            text = read_text(path)
        except TpcError as error:
            raise rasp.EvaluationError(error.message) from error
        scope = rasp.Scope(self.session.library, exports_to=self.scope, reserved=reserved_names())
        self.session.loading.append(path)
        source = Source(str(path), text)
        run_statements(self.session, source, scope, read(source))
        self.session.loading.pop()

    def _run(self, function: rasp.Function, arguments: list[Any]) -> rasp.Value:
        self.session.steps.spend(_STEPS_OF_CALL)
        definition = function.definition
        inner = Statements(self.session, function.source, rasp.Scope(function.scope))
        for parameter, argument in zip(definition.parameters, arguments, strict=True):
            inner.bind_one(inner.scope, parameter, argument)
        for statement in definition.body:
            inner.execute(statement)
        results = inner.values(definition.results)
        return results[0] if len(results) == 1 else results

    def _set_example(self, statement: tree.SetExample) -> None:
        evaluation = self.session.evaluation_on(self.value(statement.example))
        if statement.subset != "selector":
            self.session.example = evaluation
        if statement.subset != "s-op":
            self.session.selector_example = evaluation

    def _show_example(self, subset: str | None, place: tree.Place) -> None:
        examples = {"s-op": self.session.example, "selector": self.session.selector_example}
        for kind, example in examples.items():
            if subset in {None, kind}:
                self._show(place, f"{kind} example: {render(list(example.tokens), example)}")


def run_statements(
    session: Session,
    source: Source,
    scope: rasp.Scope,
    statements: Iterable[tree.Statement | TpcError],
) -> None:
    """Execute statements up to their end or an `exit`.

    Like the reference interpreter this goes on after one that cannot be read or that fails; why it
    does is kept in the session.
    """
    executor = Statements(session, source, scope)
    for statement in statements:
        try:
            if isinstance(statement, TpcError):
                raise statement
            executor.execute(statement)
        except TpcError as error:
            session.errors.append(error)
            if not session.steps.left:
                return
        except ProgramExit:
            return
