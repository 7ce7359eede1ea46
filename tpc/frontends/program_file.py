"""Programs and vocabularies from files."""

from __future__ import annotations

from pathlib import Path

from tpc.diagnostics import TpcError
from tpc.files import read_json, read_text
from tpc.ir.parser import parse_program
from tpc.ir.program import Program


def read_program_file(path: Path) -> Program:
    """The program in a `.tpir` file.

    Raises:
        TpcError: It cannot be read, or is not a well-formed program.
    """
    if path.is_dir():
        raise _directory(path)
    return parse_program(read_text(path), str(path))


def read_vocabulary(path: Path) -> dict[str, object]:
    """The contents of a vocabulary file.

    Raises:
        TpcError: It cannot be read, or is not a JSON object.
    """
    content = read_json(path)
    if not isinstance(content, dict):
        raise TpcError(
            f"{path} is not a vocabulary", hint='it holds {"vocabulary": [...], "classes": [...]}'
        )
    return content


def _directory(path: Path) -> TpcError:
    """What to say about a directory where a program should be."""
    found = path / "program.tpir"
    if found.exists():
        return TpcError(f"cannot read {path}: it is a directory", hint=f"its program is {found}")
    summary = path / "config.json"
    if summary.is_file() and _is_standard(read_json(summary)):
        return TpcError(
            f"{path} is a run of the standard Transformer, which has no program",
            hint="its scores are in run.json and metrics.csv",
        )
    return TpcError(
        f"cannot read {path}: it is a directory",
        hint=f"name a .tpir file, such as that of tpc import {path}",
    )


def _is_standard(config: object) -> bool:
    model = config.get("model") if isinstance(config, dict) else None
    return isinstance(model, dict) and model.get("type") == "standard"
