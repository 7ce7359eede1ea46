"""The program as text, in the forms that people read side by side."""

from __future__ import annotations

from tpc.diagnostics import TpcError
from tpc.ir.printer import print_program
from tpc.ir.program import Program
from tpc.runtime.backend import find_backend

#: Characters of a line that are shown: a table of ten thousand words is no reading matter.
_LINE = 400
#: Lines of a text.
_LINES = 4_000

_LANGUAGES = {"python": "Python", "rasp": "RASP"}


def sources(program: Program) -> list[dict[str, str]]:
    """Each form: what it is called, and its text, or why there is none."""
    found = []
    for target, name in _LANGUAGES.items():
        try:
            main = find_backend(target).emit(program, program.name)[0]
        except TpcError as error:
            text = f"No {name}: {error}"
        else:
            text = shortened(main.content.decode("utf-8"))
        found.append({"name": name, "text": text})
    return [*found, {"name": "IR", "text": shortened(_ir(program))}]


def shortened(text: str) -> str:
    """Text whose lines, and number of lines, can be read; what is left out is said."""
    lines = text.rstrip().split("\n")
    kept = [_cut(line) for line in lines[:_LINES]]
    more = len(lines) - len(kept)
    return "\n".join([*kept, *[f"[{more:,} more lines]"] * bool(more)]) + "\n"


def _cut(line: str) -> str:
    more = len(line) - _LINE
    return line if more <= 0 else f"{line[:_LINE]} [{more:,} more characters]"


def _ir(program: Program) -> str:
    """Without the metadata and the seal, which the page shows in words."""
    return print_program(program).partition("\nmetadata {")[0]
