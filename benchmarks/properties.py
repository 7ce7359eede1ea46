"""How long properties take to decide, of the example programs and of programs of size 16.

    python benchmarks/properties.py --zoo ZOO --runs RUNS

ZOO has the runs hist16 and sort16_gpu; RUNS has reverse16 and double_hist16, which the commands of
docs/results.md for size 16 train (seed 0). Programs that are not there are left out, and said.
Seconds are processor time.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from dataclasses import dataclass
from pathlib import Path

from tpc.diagnostics import TpcError
from tpc.frontends.program_file import read_program_file
from tpc.frontends.run import export_run
from tpc.ir.program import Program
from tpc.properties.decide import Decision, amount, decide
from tpc.properties.parser import parse_properties

PROGRAMS = Path(__file__).parent.parent / "programs"

DEFINED = """
order alphabetic
define often(i) = count(j: in[j] = in[i])
define first(i) = not exists j < i: in[j] = in[i]
"""


@dataclass(frozen=True)
class Question:
    """A property of a program, and what is to become of it.

    Args:
        program: By name.
        property: In the property language.
        verdict: Proved or refuted.
    """

    program: str
    property: str
    verdict: str


#: The first six are of size 8.
QUESTIONS = (
    Question("sort", "forall i < length - 1: out[i] <= out[i + 1]", "proved"),
    Question("sort", "forall tokens t: count(j: out[j] = t) = count(j: in[j] = t)", "proved"),
    Question(
        "reverse",
        "forall i, j: i + j != length - 1 implies after changing in[i]: out'[j] = out[j]",
        "proved",
    ),
    Question("hist", "forall i: out[i] = often(i)", "proved"),
    Question(
        "hist",
        "forall tokens t, u: after exchanging t with u: forall i: out'[i] = out[i]",
        "proved",
    ),
    Question(
        "dyck1", "forall i, j: i < j implies after changing in[j]: out'[i] = out[i]", "proved"
    ),
    Question("reverse16", "forall i: out[i] = in[length - 1 - i]", "proved"),
    Question(
        "reverse16",
        "(forall i: in[i] = in[length - 1 - i]) implies forall i: out[i] = in[i]",
        "proved",
    ),
    Question("hist16", 'forall i: often(i) = 1 implies out[i] = "1"', "proved"),
    Question("hist16", "forall i, j: in[i] = in[j] implies out[i] = out[j]", "refuted"),
    Question("hist16", "forall i: out[i] = often(i)", "refuted"),
    Question(
        "sort16_gpu",
        "forall i: count(j: in[j] < out[i]) <= i < count(j: in[j] <= out[i])",
        "refuted",
    ),
    Question(
        "double_hist16", "forall i: out[i] = count(j: first(j) and often(j) = often(i))", "refuted"
    ),
)


def program_named(name: str, zoo: Path, runs: Path) -> Program:
    """An example program, one that was trained, or one of the zoo."""
    for path in (PROGRAMS / name / f"{name}.tpir", runs / name / "program.tpir"):
        if path.is_file():
            return read_program_file(path)
    return export_run(zoo / name, None)


def processor_time() -> float:
    """Seconds of this process and of those that it has ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def shown(found: Decision) -> str:
    """The counterexample, if there is one."""
    if found.counterexample is None:
        return ""
    text = json.dumps(list(found.counterexample.tokens), ensure_ascii=False)
    return text if found.smallest else f"{text} (no smaller one found)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zoo", type=Path, default=Path("zoo"))
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    options = parser.parse_args()
    print(
        "| program | inputs | property | verdict | counterexample | s |\n|---|---|---|---|---|---|"
    )
    for question in QUESTIONS:
        try:
            program = program_named(question.program, options.zoo, options.runs)
        except TpcError as error:
            print(f"{question.program} is left out: {error.message}")
            continue
        file = parse_properties(f"{DEFINED}\nproperty asked: {question.property}")
        start = processor_time()
        (found,) = decide(program, [file])
        seconds = processor_time() - start
        word = found.verdict.word
        print(
            f"| {question.program} | {amount(found.inputs)} | `{question.property}` | {word} | "
            f"{shown(found)} | {seconds:.1f} |",
            flush=True,
        )
        if word != question.verdict:
            print(f"^ expected: {question.verdict}")


if __name__ == "__main__":
    main()
