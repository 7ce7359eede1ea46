"""Options that the authors' trainer does not have: refused where they are on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.conftest import MakeRun
from tpc.cli.main import app
from tpc.diagnostics import TpcError
from tpc.frontends.run import export_run
from tpc.model.run_dir import load_run


@pytest.mark.parametrize("value", [True, 1, 4, "sparse", [1], {"top": 2}])
def test_an_option_that_is_on_is_refused_by_name(make_run: MakeRun, value: object) -> None:
    with pytest.raises(TpcError, match="use_experts") as raised:
        load_run(make_run(use_experts=value))
    assert "--ignore-option use_experts" in str(raised.value)


@pytest.mark.parametrize("value", [False, 0, None, "", "none", []])
def test_an_option_that_is_off_is_named(make_run: MakeRun, value: object) -> None:
    run = load_run(make_run(use_experts=value))
    assert run.unknown_options == ("use_experts",)


def test_an_option_can_be_ignored(make_run: MakeRun, tmp_path: Path) -> None:
    run, output = str(make_run(pretrain="finetune", other=False)), str(tmp_path / "p.tpir")

    def tpc(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments)

    ignoring = ("--ignore-option", "pretrain")
    assert isinstance(tpc("import", run, "-o", output).exception, TpcError)
    done = tpc("import", run, "-o", output, *ignoring)
    assert done.exit_code == 0
    assert "ignored, as asked: pretrain" in done.stderr
    assert "because they are off: other" in done.stderr
    assert isinstance(tpc("verify", output, "--against", run).exception, TpcError)
    assert tpc("verify", output, "--against", run, *ignoring).exit_code == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_layers", 10**18),
        ("n_heads_cat", 10**12),
        ("max_length", 10**400),
        ("dataset_size", 10**15),
        ("vocab_size", 10**9),
    ],
)
def test_sizes_that_no_network_has(make_run: MakeRun, name: str, value: int) -> None:
    run = make_run()
    options = json.loads((run / "args.json").read_text())
    (run / "args.json").write_text(json.dumps({**options, name: value}))
    with pytest.raises(TpcError, match=name):
        export_run(run)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"seed": ' + "9" * 5_000 + "}", "{", '"x"'])
def test_options_that_are_no_json_object(make_run: MakeRun, text: str) -> None:
    run = make_run()
    (run / "args.json").write_text(text)
    with pytest.raises(TpcError, match=r"args\.json"):
        load_run(run)
