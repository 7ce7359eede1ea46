"""`tpc opt`: levels, pipelines, lists, reports, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Tpc
from tpc.ir.parser import parse_program

KITCHEN_SINK = Path(__file__).parents[1] / "corpus" / "kitchen_sink.tpir"


def test_levels_write_programs_and_report_sizes(tpc: Tpc, tmp_path: Path) -> None:
    for level in range(4):
        out = tmp_path / f"O{level}.tpir"
        done = tpc("opt", KITCHEN_SINK, f"-O{level}", "-o", out)
        assert done.status == 0, done.err
        assert "nodes 20 ->" in done.err
        assert "emitted Python: tokens" in done.err
        program = parse_program(out.read_text("utf-8"))
        assert program.contract.scope == ("language" if level > 1 else "every_string")


def test_standard_input_to_standard_output(tpc: Tpc) -> None:
    done = tpc("opt", "-", stdin=KITCHEN_SINK.read_text("utf-8"))
    assert done.status == 0
    assert parse_program(done.out).name == "kitchen_sink"


def test_a_pipeline_can_be_named_and_watched(tpc: Tpc) -> None:
    done = tpc("opt", KITCHEN_SINK, "-p", "prune,shorten-tables{entries=100}", "--timing",
               "--verify-each", "--print-ir-after-change")  # fmt: skip
    assert done.status == 0
    assert "s  prune" in done.err
    assert "s  shorten-tables" in done.err
    everything = tpc("opt", KITCHEN_SINK, "-p", "prune,merge-equal", "--print-ir-after-all")
    assert everything.err.count("; after ") == 2
    assert parse_program(everything.out)


def test_passes_are_listed_with_their_options(tpc: Tpc) -> None:
    done = tpc("opt", "--list")
    assert done.status == 0
    assert "simplify-tables" in done.out
    assert "entries=1024" in done.out
    line = next(line for line in done.out.splitlines() if line.startswith("choose-features"))
    assert "language" in line
    assert "-O2 -O3" in line


def test_the_report_is_json_on_request(tpc: Tpc) -> None:
    done = tpc("opt", KITCHEN_SINK, "-O2", "--json")
    facts = json.loads(done.err)
    assert facts["contract"]["scope"] == "language"
    assert facts["before"]["nodes"] == 20
    assert facts["after"]["python"]["tokens"] <= facts["before"]["python"]["tokens"]
    assert facts["passes"][-1]["name"] == "prove"


def test_approximation_is_asked_for(tpc: Tpc, tmp_path: Path) -> None:
    refused = tpc("opt", KITCHEN_SINK, "-p", "drop-approximately")
    assert refused.status == 2
    assert "--allow-approx" in refused.err
    data = tmp_path / "dev.jsonl"
    data.write_text('[["<s>", "a", "b"], ["no", "no", "yes"]]\n', "utf-8")
    done = tpc(
        "opt", KITCHEN_SINK, "-p", "drop-approximately", "--allow-approx", data,
        "--accuracy-loss", "1",
    )  # fmt: skip
    assert done.status == 0, done.err
    assert parse_program(done.out).contract.scope == "data"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "which program"),
        (("missing.tpir",), "missing.tpir"),
        ((KITCHEN_SINK, "-O2", "-p", "prune"), "give one of them"),
        ((KITCHEN_SINK, "-p", "prun"), "did you mean prune"),
        ((KITCHEN_SINK, "-p", "prune{x=1}"), "no option 'x'"),
        ((KITCHEN_SINK, "-p", "simplify-tables{entries=many}"), "cannot be 'many'"),
        ((KITCHEN_SINK, "--allow-approx", KITCHEN_SINK), "are not read"),
    ],
)
def test_bad_usage(tpc: Tpc, arguments: tuple[object, ...], message: str) -> None:
    done = tpc("opt", *arguments)
    assert done.status == 2
    assert message in done.err
    assert "Traceback" not in done.err
    assert done.out == ""
