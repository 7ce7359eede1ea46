"""`tpc compile`: a program becomes source code in some language."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tpc.cli import common
from tpc.diagnostics import TpcError
from tpc.files import is_special, write_together

if TYPE_CHECKING:
    from tpc.ir.program import Program


def _optimised(program: Program, level: int | None) -> Program:
    """The program at a level, or at its default level, which is said on standard error."""
    if level is not None:
        return common.optimised(program, level)
    from tpc.passes.default_level import default_level

    chosen = default_level(program)
    found = common.optimised(program, chosen.level)
    if chosen.why:
        common.note(f"{program.name}: {chosen.why}")
    return found


def compile_program(
    program: common.ProgramArgument,
    target: Annotated[
        str,
        typer.Option("-t", "--target", help="The backend: python, numpy, c, javascript, rasp, ..."),
    ] = "python",
    level: common.DefaultLevelOption = None,
    output: Annotated[
        str,
        typer.Option(
            "-o", "--output", metavar="FILE", help="The main file; data files go beside it."
        ),
    ] = common.STANDARD,
) -> None:
    """Compile a program to Python or another target.

    It is optimised first: by default at the highest level that is proved within a fixed budget,
    which is said. -O3 keeps the labels of its input language, -O1 those of every string.
    """
    import sys

    from tpc.runtime.backend import find_backend

    read, backend = common.read_program(program), find_backend(target)
    loaded = _optimised(read, level)
    if output == common.STANDARD:
        files = backend.emit(loaded, loaded.name)
        if len(files) > 1:
            raise TpcError(
                f"this program compiles to {len(files)} files, too many for standard output",
                hint=f"name the main one with -o {loaded.name}{backend.suffix}",
            )
        sys.stdout.write(files[0].content.decode("utf-8"))
        return
    path = Path(output)
    special = is_special(path)
    files = backend.emit(loaded, _stem(path))
    paths = [path, *(path.parent / file.name for file in files[1:])]
    if len(paths) > 1 and special:
        raise TpcError(
            f"this program compiles to {len(files)} files, and {path} takes only one",
            hint=f"name a regular file with -o {loaded.name}{backend.suffix}",
        )
    for place in paths:
        common.refuse_to_replace(place, program)
    write_together(zip(paths, (file.content for file in files), strict=True))
    common.note(f"wrote {', '.join(map(str, paths))}")


def _stem(path: Path) -> str:
    if not re.fullmatch(r"[\w.+-]+", path.name):
        raise TpcError(
            f"'{path.name}' is not a file name for a program", hint="use letters, digits and _"
        )
    return path.stem
