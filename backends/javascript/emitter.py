"""The steps of a program as statements on columns: arrays with a value for each position."""

from __future__ import annotations

from collections.abc import Sequence

from tpc.backends.javascript.formulas import outcome_of
from tpc.backends.javascript.text import application, clamped, condition, enclosed, literal
from tpc.lowering import TOKENS, Case, Feature, lowered
from tpc.lowering.arrays import perceptron_features
from tpc.lowering.cases import Cases, can_be_nested, nested, reduced_cases
from tpc.lowering.formulas import Computed, shown_outcome
from tpc.lowering.functions import Clamped, Function, function
from tpc.lowering.logits import answered, restricted
from tpc.lowering.lowered import Lowered, Step
from tpc.lowering.names import Names, Naming
from tpc.lowering.predicates import predicate, rankings, sentence

#: Words of the language, globals, and what every emitted module calls its own.
_RESERVED = """
    arguments async await break case catch class const continue debugger default delete do else enum
    eval export extends false finally for function get if implements import in instanceof interface
    let new null of package private protected public return set static super switch this throw true
    try typeof undefined var void while with yield Infinity JSON Math RangeError Set String
    CLASSES VOCABULARY i input j js k logits n read row run runBatch token sum trace value w x
    added argmax best closest first matches modulo preferred soFar Number
"""
#: Lists up to this length have no name of their own.
_MOST_INLINE = 40
#: Lookups with formulas are an expression up to this length.
_MOST_COMPUTED = 76


class Emitter:
    """One module while it is written: statements, functions that they call, tables."""

    def __init__(self, program: Lowered) -> None:
        self.lowered = program
        patterns = [step.name for step in program.steps if isinstance(step, lowered.Selector)]
        naming = Naming(frozenset(_RESERVED.split()))
        self._names = Names(naming, [*program.columns, *patterns])
        self.name = self._names.variables
        self.statements = [] if program.classifier else ["const logits = [];"]
        self.functions: list[str] = []
        self.tables: list[str] = []
        before: Step | None = None
        for step in program.steps:
            text = f"const {self.name[step.name]} = {self._statement(step)};"
            if isinstance(step, lowered.Head):
                place = len(self.statements) - (before is step.selector)
                self.statements.insert(place, f"// {sentence(program, step, literal)}")
            self.statements.append(text)
            before = step

    def _statement(self, step: Step) -> str:
        match step:
            case lowered.Positions():
                return "[...tokens.keys()]"
            case lowered.Ones():
                return "tokens.map(() => 1)"
            case lowered.Embedding():
                column = self.lowered.columns[step.name]
                shown = [v if isinstance(v, float) else column.value(v) for v in step.values]
                found = function(self.lowered, TOKENS, shown.__getitem__)
                return self._each(TOKENS, found, step.name)
            case lowered.Selector():
                return self._selector(step)
            case lowered.Head():
                return self._head(step)
            case lowered.Lookup():
                return self._lookup(step)
            case lowered.Perceptron():
                return self._perceptron(step)
            case lowered.Classifier():
                return self._classifier(step)

    def _each(self, name: str, found: Function | Clamped, hint: str) -> str:
        """A function of a column's values, at every position."""
        argument = self._argument(name)
        text = self._applied(found, argument, hint)
        parameter = argument if argument in text else ""
        return self.name[name] + f".map(({parameter}) => {text})" * (text != argument)

    def _argument(self, name: str) -> str:
        """What one value of a column is called."""
        source = self.lowered.columns[name].source
        return {"tokens": "token", "positions": "i"}.get(source, "value")

    def _applied(self, found: Function | Clamped, argument: str, hint: str) -> str:
        if isinstance(found, Clamped):
            return clamped(found, argument)
        listed, text = application(found, argument)
        return text if listed is None else self._table(listed, hint) + text

    def _table(self, value: object, hint: str) -> str:
        """A table: its name, unless it is short."""
        text = literal(value)
        if text[0] == "[" and len(text) <= _MOST_INLINE:
            return text
        name = self._names.fresh(hint.upper())
        self.tables.append(f"const {name} = {text};")
        return name

    def _selector(self, step: lowered.Selector) -> str:
        """The positions attended to, a list at every position."""
        keys, opening, closing = self.name[step.key], "soFar(" * step.causal, ")" * step.causal
        if step.rule == "score":
            ranked = self._each(step.query, rankings(self.lowered, step)[0], step.base)
            everywhere = f"{opening}tokens.map(() => [...tokens.keys()]){closing}"
            return enclosed("preferred(", [everywhere, ranked, keys], ")")
        found = predicate(self.lowered, step)
        if found.nothing:
            return f"tokens.map(() => [{'0' * step.single}])"
        matched = found.matched if found.shift is None else Clamped(found.shift)
        queries = self._each(step.query, matched, step.base)
        if step.rule == "best":
            closing += f", {self._table(step.visible_offsets, f'{step.base}_offsets')}"
        if step.single:
            opening, closing = f"{step.rule}({opening}", f"{closing})"
        return enclosed(f"{opening}matches(", [queries, keys], f"){closing}")

    def _head(self, step: lowered.Head) -> str:
        """What is read at the positions attended to."""
        pattern, values = self.name[step.selector.name], self.name[step.value]
        if step.selector.single:
            return f"{pattern}.map(([j]) => {values}[j])"
        if self.lowered.is_ones(step.value):
            return f"{pattern}.map((js) => js.length)"
        return f"{pattern}.map((js) => js.reduce((sum, j) => sum + {values}[j], 0))"

    def _lookup(self, step: lowered.Lookup) -> str:
        """A function of one column; of several, one that tries the cases, or a table."""
        cases, shown = reduced_cases(self.lowered, step), self.lowered.columns[step.name].value
        if cases.has_formulas:
            if None not in [self._shown(step, cases, case) for case in cases.cases]:
                return self._computed(step, cases)
            cases = cases.regrouped()
        if not cases.operands:
            return f"tokens.map(() => {literal(shown(cases.cases[-1].constant))})"
        if len(cases.operands) == 1:
            outcomes = tuple(map(shown, cases.table().tolist()))
            return self._each(cases.operands[0], Function(cases.universes[0], outcomes), step.name)
        options = [cases, cases.regrouped()] if can_be_nested(cases) else [cases]
        body = min((self._body(step, option) for option in options), key=len)
        values = [f"{self.name[name]}[i]" for name in cases.operands]
        if len(options) > 1:
            table = nested(cases, range(len(values)), shown)
            if len(literal(table)) < len(body):
                index = "".join(f"[{value}]" for value in values)
                return f"tokens.map((_, i) => {self._table(table, step.name)}{index})"
        name = self._names.fresh(f"{step.name}_at")
        self.functions.append(f"function {name}{body}")
        return f"tokens.map((_, i) => {enclosed(f'{name}(', values, ')')})"

    def _computed(self, step: lowered.Lookup, cases: Cases) -> str:
        """A lookup with formulas: an expression if that is short, else a function."""
        if len(cases.operands) == 1:
            [name] = cases.operands
            values, source, parameters = (
                [self._argument(name)],
                self.name[name],
                self._argument(name),
            )
        else:
            position, source, parameters = self.lowered.is_positions, "tokens", "_, i"
            values = ["i" if position(n) else f"{self.name[n]}[i]" for n in cases.operands]
        text = ""
        for case in cases.cases:
            test, outcome = (
                self._test(cases, case, values),
                self._outcome(step, cases, case, values),
            )
            text += f"{test} ? {outcome} : " if test else outcome
        if len(text) > _MOST_COMPUTED:
            name = self._names.fresh(f"{step.name}_at")
            self.functions.append(f"function {name}{self._body(step, cases)}")
            text = enclosed(f"{name}(", values, ")")
        return source if text == parameters else f"{source}.map(({parameters}) => {text})"

    def _shown(self, step: lowered.Lookup, cases: Cases, case: Case) -> Computed | str | int | None:
        return shown_outcome(self.lowered, step.name, cases.operands, case)

    def _outcome(
        self, step: lowered.Lookup, cases: Cases, case: Case, values: Sequence[str]
    ) -> str:
        """What a case gives, in terms of what its operands are called."""
        shown = self._shown(step, cases, case)
        return (
            outcome_of(shown, values.__getitem__) if isinstance(shown, Computed) else literal(shown)
        )

    def _test(self, cases: Cases, case: Case, values: Sequence[str]) -> str:
        """Whether a case holds, nothing if it always does."""
        operands = zip(cases.universes, case.patterns, values, strict=True)
        return " && ".join(condition(u, chosen, name) for u, chosen, name in operands if chosen)

    def _body(self, step: lowered.Lookup, cases: Cases) -> str:
        """The parameters and the body of a function."""
        names, text = [self.name[name] for name in cases.operands], ""
        for case in cases.cases:
            test = self._test(cases, case, names)
            outcome = self._outcome(step, cases, case, names)
            text += f"  {f'if ({test}) ' if test else ''}return {outcome};\n"
        return f"({', '.join(names)}) {{\n{text}}}"

    def _added(self, features: Sequence[Feature], hint: str, *more: str) -> str:
        """The sum of what columns add at position i: a value's row, or a row times a number."""
        rows = []
        for feature in features:
            value, name = f"{self.name[feature.variable]}[i]", f"{hint}_{feature.variable}"
            if self.lowered.is_category(feature.variable):
                found = function(self.lowered, feature.variable, feature.rows.__getitem__)
                rows.append(self._applied(found, value, name))
            else:
                rows.append(f"{self._table(feature.rows[0], name)}.map((w) => w * {value})")
        return f"tokens.map((_, i) => {enclosed('added([', [*rows, *more], '])')})"

    def _perceptron(self, step: lowered.Perceptron) -> str:
        """The hidden units, in a statement of their own, and the largest output."""
        weights, hidden = step.weights, self._names.fresh(f"{step.name}_hidden")
        features = perceptron_features(self.lowered, step)
        units = self._added(features, step.name, literal(weights.b_in))
        relu = "map((row) => row.map((x) => (x > 0 ? x : 0)))"
        self.statements.append(f"const {hidden} = {units}.{relu};")
        out = [weights.w_out[unit :: weights.hidden] for unit in range(weights.hidden)]
        table = self._table(out, f"{step.name}_out")
        rows = [f"...row.map((x, k) => {table}[k].map((w) => w * x))", literal(weights.b_out)]
        text = enclosed("argmax(added([", rows, "]))")
        labels = self.lowered.columns[step.name].labels
        text = f"{self._table(labels, f'{step.name}_values')}[{text}]" if labels else text
        return f"{hidden}.map((row) => {text})"

    def _classifier(self, step: lowered.Classifier) -> str:
        """The logits, in a statement of their own, and the class of the largest."""
        classes = answered(self.lowered, step)
        none = () if step.features else (literal((0,) * len(classes)),)
        rows = self._added(restricted(step, classes), step.name, *none)
        pooled = {"none": rows, "first": f"{rows}.slice(0, 1)", "sum": f"[added({rows})]"}
        self.statements.append(f"const logits = {pooled[step.pool]};")
        shown = [self.lowered.classes[index] for index in classes]
        self.tables.append(f"export const CLASSES = {literal(shown)};")
        return "logits.map((row) => CLASSES[argmax(row)])"
