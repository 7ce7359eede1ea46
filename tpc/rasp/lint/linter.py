"""All rules over one text; and those found by running it.

Running tells what fails on the running example, and what would on other inputs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tpc.diagnostics import TpcError
from tpc.rasp import syntax as tree
from tpc.rasp.lint.finding import Finding
from tpc.rasp.lint.sizes import check_sizes
from tpc.rasp.lint.text import check_indexing, check_layout, check_names
from tpc.rasp.parser import chunks, parse_chunk
from tpc.rasp.program import deep_recursion, open_session
from tpc.rasp.session import Session, Steps, Undefaulted
from tpc.rasp.source import Source
from tpc.rasp.statements import run_statements
from tpc.rasp.values import Atom, Evaluation, EvaluationError, Node, Scope, evaluation_order

MAX_NODES = 5_000
MAX_CHAIN = 1_000
"""Loading and memory grow with the square of the graph: a chain of 4,000 takes seconds there."""

_PROBES = 8


def lint_text(text: str, filename: str = "<rasp>") -> list[Finding]:
    """What the reference interpreter cannot load in a RASP text, in the order of the text."""
    source = Source(filename, text)
    pieces = list(chunks(source))
    statements: list[tree.Statement] = []
    findings: list[Finding] = []
    for piece in pieces:
        try:
            statements.append(parse_chunk(source, piece))
        except TpcError as error:
            findings.append(Finding.of_error("syntax", error, source))
    findings += check_layout(source, pieces)
    findings += check_names(source, statements)
    findings += check_indexing(source, statements)
    findings += check_sizes(source, statements)
    known = {(finding.location.line, finding.location.column) for finding in findings}
    findings += (
        finding
        for finding in _check_behaviour(source, statements)
        # A reserved name, say, has been reported with a better message.
        if (finding.location.line, finding.location.column) not in known
    )
    return sorted(findings, key=Finding.sort_key)


def _check_behaviour(source: Source, statements: Sequence[tree.Statement]) -> Iterator[Finding]:
    """Run the program: what fails, and what could."""
    session, scope = open_session(source)
    with deep_recursion():
        run_statements(session, source, scope, statements)
        yield from (Finding.of_error("load", error, source) for error in session.errors)
        yield from _check_graph(source, statements, scope)
        yield from _check_defaults(session)


def _check_graph(
    source: Source, statements: Sequence[tree.Statement], scope: Scope
) -> Iterator[Finding]:
    nodes = evaluation_order([node for node in scope.names.values() if isinstance(node, Node)])
    chain = max((node.depth for node in nodes), default=0)
    if statements and (len(nodes) > MAX_NODES or chain > MAX_CHAIN):
        message = (
            f"the program builds {len(nodes)} s-ops and selectors in chains of up to {chain}: "
            "loading takes time and memory with the square of that"
        )
        yield Finding.at(source, statements[0].place, "graph-size", message)


def _check_defaults(session: Session) -> Iterator[Finding]:
    """String s-ops whose aggregate has rows that select nothing on some input, and no default.

    All inputs together get the steps that a program has: one that needs more has been told that
    its graph is too large.
    """
    reported, steps = set(), Steps()
    for probe in _probes(session.example.tokens):
        evaluation = Evaluation(probe, steps.spend)
        for case in session.undefaulted:
            key = (case.source.name, case.place)
            if key not in reported and _mixes_zero(evaluation, case):
                reported.add(key)
                message = "a row can select nothing, which gives 0 among strings"
                hint = 'give aggregate a third argument, a string such as ""'
                yield Finding.at(case.source, case.place, "string-default", message, hint)


def _mixes_zero(evaluation: Evaluation, case: Undefaulted) -> bool:
    try:
        rows, values = evaluation.value(case.selector), evaluation.value(case.values)
    except (TpcError, EvaluationError):
        # The probe is not an input this program is made for; it says nothing about the default.
        return False
    return isinstance(values[0], str) and 0 in rows


def _probes(tokens: list[Atom]) -> Iterator[list[Atom]]:
    """Inputs made of the running example's tokens: itself, reversed, doubled, and its parts."""
    yield tokens
    yield tokens[::-1]
    yield tokens + tokens
    for position in range(min(len(tokens), _PROBES)):
        yield tokens[position : position + 1]
        yield tokens[position:]
