"""Emitted modules, executed in this process but kept apart from it and from each other."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, TypeVar

from backends.python.names import Names
from tpc.diagnostics import TpcError
from tpc.files import read_text
from tpc.ir.program import Program
from tpc.ir.types import Value
from tpc.lowering import lower
from tpc.semantics.encoding import encode

Answer = TypeVar("Answer")


class LoadedModule:
    """An emitted module.

    Its source is compiled as it stands: no byte code is cached, so that a file that was emitted
    anew is never mistaken for the one before it, and `sys.modules` does not hear of it.

    Args:
        program: What the module was emitted from.
        main: The module's file.

    Raises:
        TpcError: The file cannot be read, is no Python, or has no `run`.
    """

    def __init__(self, program: Program, main: Path) -> None:
        self._program = program
        module = ModuleType(f"tpc_emitted_{program.name}")
        module.__file__ = str(main.resolve())
        try:
            exec(compile(read_text(main), str(main), "exec"), module.__dict__)
            self._run: Callable[[list[str], bool], list[str] | str] = module.run
        except (SyntaxError, AttributeError, ImportError, NameError, ValueError) as error:
            raise TpcError(
                f"{main} is no module that the Python backend wrote: {error}",
                hint="compile the program again",
            ) from error

    def run(self, tokens: Sequence[str], *, raw: bool = False) -> list[str] | str:
        """The labels of a sequence, or the one label of a pooled program.

        Raises:
            TpcError: The input is not one that the program takes, or the data file is missing.
        """
        return self._call(self._run, tokens, raw)

    def run_many(
        self, sequences: Sequence[Sequence[str]], *, raw: bool = False
    ) -> Iterator[list[str] | str]:
        """The answers for several sequences, in order."""
        return (self.run(tokens, raw=raw) for tokens in sequences)

    def trace(self, tokens: Sequence[str]) -> dict[str, list[Value]]:
        """Values by position of every variable of the network that the program still has.

        They are the local variables of the emitted `run` at its return. Positions and ones, which
        emitted code does not always spell out, are added; `label` is the raw answer.

        Raises:
            TpcError: As for `run`.
        """
        captured = self._call(self._locals, tokens, True)
        lowered = lower(self._program)
        names = Names(lowered)
        found: dict[str, list[Value]] = {}
        for column in lowered.columns.values():
            if column.source == "tokens":
                continue
            if column.source == "positions":
                values: list[Value] = list(range(len(tokens)))
            elif column.source == "ones":
                values = [1] * len(tokens)
            else:
                values = _as_column(captured[names.variable(column.name)])
            found.update(dict.fromkeys(column.origin, values))
        return {**found, "label": _as_column(captured[names.variable(self._program.result)])}

    def _locals(self, tokens: list[str], raw: bool) -> dict[str, Any]:
        """The local variables of `run` when it returns."""
        code = self._run.__code__
        captured: dict[str, Any] = {}

        def observe(frame: FrameType, event: str, _: object) -> None:
            if event == "return" and frame.f_code is code:
                captured.update(frame.f_locals)

        before = sys.getprofile()
        sys.setprofile(observe)
        try:
            self._run(tokens, raw)
        finally:
            sys.setprofile(before)
        return captured

    def _call(
        self, function: Callable[[list[str], bool], Answer], tokens: Sequence[str], raw: bool
    ) -> Answer:
        try:
            return function(list(tokens), raw)
        except ValueError as error:
            encode(self._program, tokens)  # Says the same at more length.
            raise TpcError(str(error)) from error
        except OSError as error:
            raise TpcError(
                f"cannot read {error.filename}: {error.strerror}",
                hint="the data file belongs beside the emitted module",
            ) from error


def _as_column(values: str | list[Value]) -> list[Value]:
    """A copy; the one label of a pooled program as a column of length 1."""
    return [values] if isinstance(values, str) else list(values)
