"""Emitted Python modules in this process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from tpc.diagnostics import TpcError
from tpc.files import read_text
from tpc.ir.program import Program


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
