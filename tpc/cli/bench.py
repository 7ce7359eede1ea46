"""`tpc bench`: how fast a program runs, by every means there is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tpc.cli import common

if TYPE_CHECKING:
    from tpc.ir.program import Program
    from tpc.runtime.benchmarking import Timing

#: Distinct sequences that a workload is made of.
DISTINCT = 20_000


def bench(
    program: common.ProgramArgument,
    against: Annotated[
        Path | None,
        typer.Option("--against", metavar="RUN_DIR", help="Time its network too, and compare."),
    ] = None,
    target: common.TargetsOption = None,
    level: common.OptimiseOption = 1,
    input_file: Annotated[
        Path | None,
        typer.Option("--input", metavar="FILE", help="JSON lines; else the program's language."),
    ] = None,
    count: Annotated[
        int, typer.Option("--sequences", min=1, help="Sequences of a round at most.")
    ] = 200_000,
    rounds: Annotated[int, typer.Option(min=1, help="The median of so many counts.")] = 5,
    vocabulary: common.VocabularyOption = None,
    as_json: common.JsonOption = False,
) -> None:
    """Time network, interpreter and emitted code side by side, on one thread.

    Sequences and tokens a second, medians of several rounds of processor time. Emitted NumPy and
    C are timed twice: from token ids to class ids, and from JSON lines to JSON lines.
    """
    from tpc.runtime.benchmarking import benchmark, language_sample, make_workload, ratio

    loaded = common.optimised(common.read_program(program), level)
    sequences = _read(input_file, loaded) if input_file else language_sample(loaded, DISTINCT)
    timings = benchmark(
        loaded,
        make_workload(loaded, sequences, count),
        common.chosen_targets(target, ("interpreter", "python", "numpy", "c")),
        against,
        vocabulary=common.read_vocabulary(vocabulary),
        rounds=rounds,
    )
    if as_json:
        common.print_json([_as_json(timing, ratio(timing, timings)) for timing in timings])
    else:
        header = ("target", "called with", "sequences/s", "tokens/s", "of network")
        rows = [_row(timing, ratio(timing, timings)) for timing in timings]
        common.print_table(header, rows, right=3)


def _read(path: Path, program: Program) -> list[list[str]]:
    from tpc.runtime.formats import read_inputs

    sequences = []
    with common.open_input(str(path)) as stream:
        for found in read_inputs(stream, str(path), "jsonl", program, "space"):
            if found.error is not None:
                raise found.error
            sequences.append(list(found.tokens))
    return sequences


def _as_json(timing: Timing, times: float | None) -> dict[str, Any]:
    return {
        "target": timing.name,
        "called_with": timing.what,
        "sequences": timing.sequences,
        "seconds": timing.seconds,
        "sequences_per_second": timing.sequences_per_second,
        "tokens_per_second": timing.tokens_per_second,
        "ratio_to_network": times,
    }


def _row(timing: Timing, times: float | None) -> tuple[str, ...]:
    return (
        timing.name,
        timing.what,
        f"{timing.sequences_per_second:,.0f}",
        f"{timing.tokens_per_second:,.0f}",
        "" if times is None else f"{times:,.2f}" if times < 10 else f"{times:,.0f}",
    )
