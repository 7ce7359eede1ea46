"""Emitted modules in this process."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from backends.python.names import names_of
from tpc.ir.program import Program
from tpc.ir.types import Value
from tpc.lowering import lower
from tpc.runtime.loaded import Loaded
from tpc.runtime.modules import load_module


class LoadedModule(Loaded):
    """A loaded module.

    Args:
        program: What it was emitted from.
        main: The module's file.
    """

    def __init__(self, program: Program, main: Path) -> None:
        super().__init__(program)
        self._run = load_module(program, main, "Python", ("run",)).run

    def answer(self, tokens: Sequence[str], raw: bool) -> list[str] | str:
        """As `Loaded.answer`."""
        found: list[str] | str = self._run(list(tokens), raw)
        return found

    def columns(self, tokens: Sequence[str]) -> Mapping[str, Sequence[Value]]:
        """As `Loaded.columns`: the local variables of the emitted `run` at its return."""
        captured: dict[str, Any] = {}

        def observe(frame: FrameType, event: str, _: object) -> None:
            if event == "return" and frame.f_code is self._run.__code__:
                captured.update(frame.f_locals)

        before = sys.getprofile()
        sys.setprofile(observe)
        try:
            self._run(list(tokens), True)
        finally:
            sys.setprofile(before)
        variables = names_of(lower(self.program)).variables
        found = {name: captured.get(variable) for name, variable in variables.items()}
        return {
            name: [values] if isinstance(values, str) else values
            for name, values in found.items()
            if values is not None
        }
