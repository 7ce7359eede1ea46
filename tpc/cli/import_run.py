"""`tpc import`: a run directory becomes a program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tpc.cli.common import VocabularyOption, note, read_vocabulary, write_text


def import_run(
    run_dir: Annotated[Path, typer.Argument(metavar="RUN_DIR", help="A run, ours or upstream's.")],
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="PROGRAM.tpir", help="- is standard output.")
    ] = "-",
    vocabulary: VocabularyOption = None,
) -> None:
    """Import a trained network as a program, exactly.

    Reads the run directories of the authors' trainer (args.json, model.pt) and our own.
    """
    from tpc.frontends.run import export_run
    from tpc.ir.printer import print_program

    program = export_run(run_dir, read_vocabulary(vocabulary))
    write_text(output, print_program(program))
    if output != "-":
        note(f"wrote {output}: {len(program.nodes)} nodes, at most {program.max_length} tokens")
