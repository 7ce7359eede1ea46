"""`tpc verify P.tpir --against Q.tpir`: do two programs answer alike on an input language?"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from tpc.cli import common
from tpc.diagnostics import TpcError

if TYPE_CHECKING:
    from tpc.ir.program import Program
    from tpc.proof.verdict import Refuted, Verdict

#: The exit status of what was to be proved and is not decided.
UNDECIDED = 3


def compare_programs(
    one: Program, other: Program, names: tuple[str, str], limit: int, *, as_json: bool
) -> int:
    """Compare two programs, print the verdict, and give the exit status it has by itself.

    Args:
        one: The program whose input language is taken.
        other: The other.
        names: Of their files.
        limit: Input languages of up to this many inputs are exhausted in NumPy.
        as_json: Whether the verdict is printed as JSON.

    Returns:
        0, 1 where the programs differ, or `UNDECIDED`.

    Raises:
        TpcError: They cannot be compared.
    """
    from tpc.proof.portfolio import Budget, compare
    from tpc.proof.verdict import Proved, Refuted

    _require_alike(one, other)
    verdict = compare(one, other, Budget(strings=limit))
    if as_json:
        count = one.language.count(one.max_length)
        common.print_json({"verdict": verdict.word, **asdict(verdict), "language": count})
    else:
        print("\n".join(_lines(one, other, names, verdict)))
    if isinstance(verdict, Proved):
        return 0
    return 1 if isinstance(verdict, Refuted) else UNDECIDED


def _require_alike(one: Program, other: Program) -> None:
    kinds = {
        "vocabularies": (one.vocabulary, other.vocabulary),
        "classes": (one.classes, other.classes),
        "greatest lengths": (one.max_length, other.max_length),
        "kinds of answer": (one.label_type.pooled, other.label_type.pooled),
    }
    for what, (first, second) in kinds.items():
        if first != second:
            raise TpcError(
                f"the programs have different {what}, so that their answers cannot be compared",
                hint="`tpc inspect` shows what goes in and comes out of each",
            )


def _lines(one: Program, other: Program, names: tuple[str, str], verdict: Verdict) -> list[str]:
    from tpc.proof.verdict import Proved, Refuted

    count = one.language.count(one.max_length)
    inputs = f"all {count:,} inputs of the language of {names[0]}"
    if isinstance(verdict, Proved):
        return [f"proved: {names[0]} and {names[1]} answer alike on {inputs}, by {verdict.by}"]
    if isinstance(verdict, Refuted):
        shown = _counterexample(one, other, names, verdict)
        return [*shown, f"refuted: {names[0]} and {names[1]} answer differently"]
    what = f"whether {names[0]} and {names[1]} answer alike on {inputs}"
    return [f"unknown: {what}: {verdict.open} are open; {verdict.spent}"]


def _counterexample(
    one: Program, other: Program, names: tuple[str, str], verdict: Refuted
) -> list[str]:
    from tpc.semantics.interpreter import run

    tokens = [one.vocabulary[token] for token in verdict.ids]
    lines = [f"they differ on {json.dumps(tokens, ensure_ascii=False)}"]
    if not one.label_type.pooled:
        lines[0] += f", position {verdict.position}"
    answers = (run(program, tokens, raw=True) for program in (one, other))
    shown = (json.dumps(answer, ensure_ascii=False) for answer in answers)
    return lines + [f"  {name} answers {answer}" for name, answer in zip(names, shown, strict=True)]
