"""A backend: a JSON file with the text of the program in it, which the interpreter runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from tpc.ir.parser import parse_program
from tpc.ir.printer import print_program
from tpc.ir.program import Program
from tpc.ir.types import Value
from tpc.runtime.loaded import Loaded
from tpc.semantics.encoding import encode
from tpc.semantics.interpreter import Interpreter


def emit(program: Program, stem: str) -> str:
    """The text of the only file."""
    return json.dumps({"name": stem, "program": print_program(program)}, indent=1) + "\n"


def load(program: Program, main: Path) -> LoadedJson:
    """The program of the file; `program` is what it was emitted from."""
    written = json.loads(main.read_text("utf-8"))
    return LoadedJson(program, Interpreter(parse_program(written["program"])))


class LoadedJson(Loaded):
    """The program of a file, interpreted."""

    def __init__(self, program: Program, interpreter: Interpreter) -> None:
        super().__init__(program)
        self._interpreter = interpreter

    def answer(self, tokens: Sequence[str], raw: bool) -> list[str] | str:
        """The answer for one sequence."""
        return self._interpreter.run(tokens, raw=raw)

    def columns(self, tokens: Sequence[str]) -> Mapping[str, Sequence[Value]]:
        """Values by position of every variable."""
        return self.present(self._interpreter.evaluate(encode(self.program, tokens)).columns)
