"""What a classifier reads of rows is what decides its program's labels."""

from __future__ import annotations

import numpy as np
import pytest

from tests.docs.blocks import ROOT
from tests.refit.rows import PROGRAMS, rows_of
from tpc.diagnostics import TpcError
from tpc.frontends.program_file import read_program_file
from tpc.refit.design import Columns, design
from tpc.refit.lasso import Problem


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_programs_own_weights_give_its_own_labels(name: str) -> None:
    import torch

    program = PROGRAMS[name]()
    found = design(program, rows_of(program))
    columns = Columns.of(program)
    weights = np.concatenate([np.array(f.rows) for f in columns.node.features])
    shown = weights[:, columns.answers]
    logits = Problem(found).logits(torch.from_numpy(shown.astype(np.float32))).numpy()
    answers = np.argmax(logits, axis=1)
    assert (answers == found.labels).all()
    assert found.merit(answers) == 1.0
    assert found.merit((answers + 1) % len(found.texts)) == 0.0


def test_labels_that_the_program_cannot_give_and_long_rows_are_left_out() -> None:
    program = PROGRAMS["words"]()
    words = ("w1", "w2", "w3")
    rows = [(words, ("A", "other", "<pad>")), (words * 3, ("A",) * 9)]
    assert design(program, rows).labels.tolist() == [0]
    with pytest.raises(TpcError, match="no row of the data has a label"):
        design(program, rows[1:])


def test_a_program_without_a_classifier_is_refused() -> None:
    program = read_program_file(ROOT / "programs" / "hist" / "hist.tpir")
    with pytest.raises(TpcError, match="has no classifier to be fitted"):
        design(program, [(("<s>", "1"), ("<pad>", "1"))])
