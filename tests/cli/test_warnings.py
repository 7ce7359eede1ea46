"""What is worth a word and no failure."""

from __future__ import annotations

import warnings

import pytest

from tpc.cli import main as module
from tpc.diagnostics import TpcWarning


def test_a_warning_is_one_line_on_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def command() -> None:
        warnings.warn("slower than it could be", TpcWarning, stacklevel=1)
        warnings.warn("an old name", DeprecationWarning, stacklevel=1)

    monkeypatch.setattr(module, "app", command)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        module.main()
    captured = capsys.readouterr()
    assert captured.out == ""
    ours, *others = captured.err.splitlines()
    assert ours == "warning: slower than it could be"
    # Those of libraries are for whoever mends them: with their place.
    assert "test_warnings.py" in others[0]
    assert "DeprecationWarning: an old name" in others[0]
