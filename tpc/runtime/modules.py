"""Emitted Python modules in this process."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from tpc.diagnostics import TpcError
from tpc.files import read_text
from tpc.ir.program import Program
from tpc.ir.types import Value
from tpc.runtime.loaded import Array, Loaded, LoadedArrays


def load_module(program: Program, main: Path, backend: str, entries: Sequence[str]) -> ModuleType:
    """An emitted Python module, executed in this process but kept apart from it.

    Its source is compiled as it stands: no byte code is cached, so that a file that was emitted
    anew is never mistaken for the one before it, and `sys.modules` does not hear of it.

    Args:
        program: What the module was emitted from.
        main: The module's file.
        backend: What the backend is called in sentences.
        entries: Names that the module must have.

    Raises:
        TpcError: The file cannot be read, is not Python, or has no such names.
    """
    module = ModuleType(f"tpc_emitted_{program.name}")
    module.__file__ = str(main.resolve())
    try:
        exec(compile(read_text(main), str(main), "exec"), module.__dict__)
        for name in entries:
            getattr(module, name)
    except (SyntaxError, AttributeError, ImportError, NameError, ValueError) as error:
        raise TpcError(
            f"{main} is not a module that the {backend} backend wrote: {error}",
            hint="compile the program again",
        ) from error
    return module


class FunctionModule(Loaded):
    """An emitted module whose function `run` computes every variable, one sequence at a time.

    Args:
        program: What it was emitted from.
        main: The module's file.
        variables: By column the local variable of `run` that holds it, or the expression of local
            variables that stands for it wherever `run` needs it.
    """

    def __init__(self, program: Program, main: Path, variables: Mapping[str, str]) -> None:
        super().__init__(program)
        self._run = load_module(program, main, "Python", ("run",)).run
        self._variables = variables

    def answer(self, tokens: Sequence[str], raw: bool) -> list[str] | str:
        """As `Loaded.answer`."""
        found: list[str] | str = self._run(list(tokens), raw)
        return found

    def columns(self, tokens: Sequence[str]) -> Mapping[str, Sequence[Value]]:
        """As `Loaded.columns`: the local variables of `run` at its return."""
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
        known = {**self._run.__globals__, **captured}
        found = {
            name: known.get(text) if text.isidentifier() else eval(text, known)
            for name, text in self._variables.items()
        }
        return {
            name: values if isinstance(values, list) else [values] * self._width(name, len(tokens))
            for name, values in found.items()
            if values is not None
        }

    def _width(self, name: str, length: int) -> int:
        """How often a value counts that is not listed: it is the same at every position."""
        pooled = name == self.program.result and self.program.label_type.pooled
        return 1 if pooled else length


class ArrayModule(LoadedArrays):
    """An emitted module that works on arrays of token ids.

    It has `run_batch` (words in, words out), `run_array`, `encode` and `make_room`, and `label`,
    which writes every variable to the trace that it is given.

    Args:
        program: What it was emitted from.
        main: The module's file.
    """

    def __init__(self, program: Program, main: Path) -> None:
        super().__init__(program)
        entries = ("run_batch", "run_array", "encode", "make_room", "label")
        self._module: Any = load_module(program, main, "NumPy", entries)

    def answers(self, sequences: Sequence[Sequence[str]], raw: bool) -> Sequence[list[str] | str]:
        """As `Loaded.answers`, by way of the module's own words."""
        found: list[list[str] | str] = self._module.run_batch(sequences, raw)
        return found

    def run_array(self, ids: Array, lengths: Array | None = None) -> Array:
        """As `LoadedArrays.run_array`.

        Raises:
            ValueError: An id or a length is out of range.
        """
        labels: Array = self._module.run_array(ids, lengths)
        return labels

    def columns(self, tokens: Sequence[str]) -> Mapping[str, Sequence[Value]]:
        """As `Loaded.columns`."""
        module = self._module
        ids, lengths = module.encode([tokens])
        found: dict[str, Array] = {}
        labels = module.label(ids.T, lengths, None, module.make_room(), found)
        found[self.program.result] = labels
        return self.present({name: values.reshape(-1).tolist() for name, values in found.items()})
