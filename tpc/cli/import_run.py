"""`tpc import`: a run directory becomes a program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tpc.cli import common

if TYPE_CHECKING:
    from tpc.verification.reported import ReportedAccuracy


def import_run(
    run_dir: Annotated[Path, typer.Argument(metavar="RUN_DIR", help="A run, ours or upstream's.")],
    output: common.OutputOption = common.STANDARD,
    vocabulary: common.VocabularyOption = None,
    ignore_option: common.IgnoreOption = None,
) -> None:
    """Import a trained network as a program, exactly.

    Reads the run directories of the authors' trainer (args.json, model.pt) and our own. Where the
    data can be generated again the program is compared with the accuracies that the trainer
    reported: exit status 1 means that they differ.
    """
    from tpc.frontends.run import export_loaded
    from tpc.ir.printer import print_program
    from tpc.model.run_dir import load_run
    from tpc.verification.reported import compare_reported

    read = [path for path in run_dir.glob("*") if path.suffix != ".tpir"]
    common.refuse_to_replace(output, vocabulary, *read)
    run = load_run(run_dir, common.read_vocabulary(vocabulary), ignore_option or ())
    program = export_loaded(run)
    common.write_text(output, print_program(program))
    if output != common.STANDARD:
        common.note(
            f"wrote {output}: {len(program.nodes)} nodes, at most {program.max_length} tokens"
        )
    if run.unused:
        common.note(f"not used by the network of these options: {', '.join(run.unused)}")
    if run.unknown_options:
        common.note(f"options of no effect, because they are off: {', '.join(run.unknown_options)}")
    if ignore_option:
        common.note(f"ignored, as asked: {', '.join(ignore_option)}")
    if not _report(compare_reported(run, program)):
        raise typer.Exit(1)


def _report(comparisons: list[ReportedAccuracy]) -> bool:
    """Say whether the accuracies are those that the trainer reported, and return it."""
    different = [found for found in comparisons if found.off]
    for found in different:
        common.note(
            f"{found.split}: the trainer reported {found.reported:.6%} of {found.tokens:,} labels, "
            f"the program has {found.found:.6%} ({found.off:,} labels apart)"
        )
    if different:
        common.note("refuted: this program is not what the trainer measured")
    elif comparisons:
        splits = ", ".join(f"{found.split} {found.found:.4%}" for found in comparisons)
        common.note(f"as accurate as the trainer reported, to the last label: {splits}")
    return not different
