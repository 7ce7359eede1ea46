"""The accuracies that upstream's own runs reported, reproduced by the imported programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.frontends.test_export import ZOO
from tpc.evaluation.scores import generated_data, score
from tpc.frontends.run import export_run

GENERATED = [name for name in ZOO if name not in ("trec", "conll_ner")]


@pytest.mark.parametrize("name", GENERATED)
def test_reported_accuracies_are_reproduced(name: str, shared: Path) -> None:
    folder = shared / "zoo" / name
    expected = json.loads((folder / "expected.json").read_text())
    program = export_run(folder)
    splits = generated_data(program).splits
    for split, accuracy in expected["accuracy"].items():
        found = score(program, list(splits.named(split)))
        assert found.skipped == 0
        assert found.rows == accuracy["rows"]
        assert found.token_accuracy == pytest.approx(accuracy["token_accuracy"], abs=1e-6)
        assert found.sequence_accuracy == pytest.approx(accuracy["sequence_accuracy"], abs=1e-6)
        if split in expected["reported_accuracy"]:
            reported = expected["reported_accuracy"][split]
            assert found.token_accuracy == pytest.approx(reported, abs=1e-6)
