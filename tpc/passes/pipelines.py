"""Lists of passes: as text, as `-O0` to `-O3` have them, and run one after another, verified."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from tpc.diagnostics import Location, TpcError
from tpc.evaluation.sizes import Size, program_size
from tpc.ir.printer import digest, print_program
from tpc.ir.program import Contract, Program
from tpc.ir.verifier import verify
from tpc.passes.base import Findings, Pass, PassContext, PassResult
from tpc.passes.guessing import run_proved
from tpc.passes.registry import find_pass
from tpc.proof.equality import compare_on_language, compare_on_strings

LEVELS = (0, 1, 2, 3)
DEFAULT_LEVEL = 1

_ANALYSED = (
    "prune,simplify-selects,simplify-tables,merge-equal,simplify-classifier,merge-values,"
    "simplify-tables,prune"
)
_ASSUMED = f"{_ANALYSED},assume-language,{_ANALYSED}"
_SOLVED = (
    f"drop-cases,{_ANALYSED},choose-features,resolve-tables,{_ANALYSED},drop-cases,"
    f"fold-features,{_ANALYSED},round-weights,{_ANALYSED},drop-cases,{_ANALYSED},anchor-class"
)
_FORMULAS = "synthesise-formulas,simplify-tables,prune,synthesise-answer,synthesise-formulas"
_READABLE = f"shorten-tables,{_FORMULAS},order-nodes,name-variables"
_PROVED = "recover-origins,prove"

#: The passes of each level, as `-p` takes them.
PIPELINES: dict[int, str] = {
    0: "",
    1: _ANALYSED,
    2: f"{_ASSUMED},{_SOLVED},{_PROVED}",
    3: f"{_ASSUMED},rule-and-exceptions,{_SOLVED},{_READABLE},{_PROVED}",
}

_PASS = re.compile(r"\s*([a-z0-9-]+)\s*(?:\{([^{}]*)\})?\s*(,|$)")


class PassDifferenceError(TpcError):
    """A pass changed an answer that it promised to keep: a defect of the pass."""


@dataclass(frozen=True)
class PassRecord:
    """One pass of a pipeline, as it went.

    Args:
        name: Of the pass.
        seconds: How long it took.
        result: What it did.
    """

    name: str
    seconds: float
    result: PassResult


@dataclass(frozen=True)
class OptimisationResult:
    """What optimising a program gave.

    Args:
        program: The optimised program.
        before: The size of the program that was given.
        after: The size of the optimised program.
        records: The passes in order.
    """

    program: Program
    before: Size
    after: Size
    records: tuple[PassRecord, ...]

    @property
    def skipped(self) -> tuple[str, ...]:
        """What was left alone because nothing could be proved, once each."""
        found = (text for record in self.records for text in record.result.skipped)
        return tuple(dict.fromkeys(found))


def optimise(
    program: Program,
    level: int = DEFAULT_LEVEL,
    *,
    passes: Iterable[Pass] | None = None,
    context: PassContext | None = None,
    verify_each: bool = False,
    on_program: Callable[[str, bool, Program], None] | None = None,
) -> OptimisationResult:
    """Make a program smaller without changing what it promises; check it after each pass.

    Args:
        program: A verified program.
        level: 0 does nothing; 1 keeps every label on every string over the vocabulary; 2 and 3
            keep the labels at the scored positions of the input language, 3 for a reader.
        passes: Run these instead of the level's.
        context: What passes are told; by default nothing special.
        verify_each: Compare answers before and after each pass that changed something.
        on_program: Told the name of each pass, whether it changed the program, and the program
            afterwards.

    Raises:
        PassDifferenceError: With `verify_each`, a pass changed an answer.
        TpcError: There is no such level, or a pass cannot run.
    """
    context = context or PassContext()
    context = replace(context, original=context.original or program, findings=Findings())
    before, records = program_size(program), []
    for item in pipeline(level) if passes is None else passes:
        start = time.perf_counter()
        result = run_proved(item, program, context)
        records.append(PassRecord(item.name, time.perf_counter() - start, result))
        context = replace(context, restated=context.restated or result.restated)
        if result.changed:
            after = _with_contract(context, program, result.program, item)
            verify(after)
            if verify_each:
                _check(program, after, item)
            program = after
        if on_program is not None:
            on_program(item.name, result.changed, program)
    return OptimisationResult(program, before, program_size(program), tuple(records))


def _with_contract(context: PassContext, before: Program, after: Program, item: Pass) -> Program:
    """A pass that looks only at the input language weakens what the program promises."""
    if item.exactness == "data" and context.approximation is not None:
        return after.replace(contract=Contract("data", context.approximation.name))
    if item.exactness == "every_string" or before.contract.scope != "every_string":
        return after.replace(contract=before.contract)
    original = context.original or before
    proved_against = original.contract.proved_against or digest(original)
    return after.replace(contract=Contract("language", proved_against))


def _check(before: Program, after: Program, item: Pass) -> None:
    if item.exactness == "data":
        return
    comparisons = [compare_on_language(before, after)]
    if item.exactness == "every_string" and before.contract.scope == "every_string":
        comparisons.append(compare_on_strings(before, after))
    for comparison in comparisons:
        if comparison.counterexample is not None:
            words = " ".join(before.vocabulary[token] for token in comparison.counterexample)
            raise PassDifferenceError(
                f"pass '{item.name}' changed the label at position {comparison.position} of {words}"
            )


def printed(name: str, program: Program) -> str:
    """A program as `--print-ir-after-*` shows it."""
    return f"; after {name}\n{print_program(program)}\n"


def pipeline(level: int) -> tuple[Pass, ...]:
    """The passes of a level.

    Raises:
        TpcError: There is no such level.
    """
    if level not in PIPELINES:
        raise TpcError(f"there is no -O{level}", hint="levels are -O0, -O1, -O2 and -O3")
    return parse_pipeline(PIPELINES[level]) if PIPELINES[level] else ()


def parse_pipeline(text: str) -> tuple[Pass, ...]:
    """The passes that a `-p` argument names, in order: `prune,drop-cases,resolve-tables{tries=9}`.

    Raises:
        TpcError: It does not parse, names no pass, or gives an option that a pass does not have.
    """
    passes: list[Pass] = []
    start = 0
    while start < len(text) or not passes:
        match = _PASS.match(text, start)
        if match is None or (match[3] == "," and match.end() == len(text)):
            raise TpcError(
                "this is not a list of passes",
                location=Location("-p", 1, start + 1, text),
                hint="write names with commas between them, options as name{option=value}",
            )
        passes.append(_make(match[1], match[2] or ""))
        start = match.end()
    return tuple(passes)


def options(kind: type[Pass]) -> dict[str, tuple[type, object]]:
    """Names, types and defaults of a pass's options."""
    fields = dataclasses.fields(kind)  # type: ignore[arg-type]
    return {field.name: (type(field.default), field.default) for field in fields}


def _make(name: str, text: str) -> Pass:
    kind = find_pass(name)
    known = options(kind)
    given: dict[str, object] = {}
    for item in text.split():
        option, separator, value = item.partition("=")
        if option not in known or not separator:
            there_are = ", ".join(known) or "none"
            raise TpcError(
                f"pass '{name}' has no option '{option}'", hint=f"its options: {there_are}"
            )
        given[option] = _value(name, option, known[option][0], value)
    return kind(**given)


def _value(name: str, option: str, kind: type, text: str) -> object:
    try:
        if kind is bool:
            return {"true": True, "false": False}[text]
        return kind(text)
    except (ValueError, KeyError):
        raise TpcError(
            f"option '{option}' of pass '{name}' cannot be '{text}'",
            hint=f"it takes {'true or false' if kind is bool else f'a value like {kind(0)}'}",
        ) from None
