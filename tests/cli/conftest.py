"""Running commands as a user would, in this process: arguments and stdin in, three things out."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import MakeRun
from tpc.cli.main import main
from tpc.frontends.run import export_run
from tpc.ir.printer import print_program


@dataclass(frozen=True)
class Outcome:
    """Exit status, standard output and standard error of a command."""

    status: int
    out: str
    err: str

    def json(self) -> object:
        return json.loads(self.out)


Tpc = Callable[..., Outcome]


@pytest.fixture
def tpc(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Tpc:
    def run(*arguments: object, stdin: str | bytes = "") -> Outcome:
        monkeypatch.setattr(sys, "argv", ["tpc", *map(str, arguments)])
        data = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        with pytest.raises(SystemExit) as exited:
            main()
        captured = capsys.readouterr()
        return Outcome(int(exited.value.code or 0), captured.out, captured.err)

    return run


@pytest.fixture
def sort_run(make_run: MakeRun) -> Path:
    return make_run()


@pytest.fixture
def sort_program(sort_run: Path, tmp_path: Path) -> Path:
    path = tmp_path / "sort.tpir"
    path.write_text(print_program(export_run(sort_run)), encoding="utf-8")
    return path
