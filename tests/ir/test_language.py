"""Languages as JSON, for run directories: what is written is read back, the rest is refused."""

from __future__ import annotations

import json

import pytest

from tpc.data.tasks import TASKS
from tpc.ir.language import read_language


@pytest.mark.parametrize("name", sorted(TASKS))
def test_a_language_is_read_back(name: str) -> None:
    task = TASKS[name]
    language = task.language(task.defaults, task.defaults.max_length)
    assert read_language(json.loads(json.dumps(language.to_json()))) == language


@pytest.mark.parametrize(
    "value",
    [
        None,
        3,
        [3],
        [[{"slots": []}]],
        [[{"slots": [[[1], True]], "least": 1, "most": 1}]],
        [[{"slots": [[["a"], True]], "least": 2, "most": 1000000}]],
        [[{"slots": [[["a"], True]], "least": "1", "most": 1}]],
    ],
)
def test_other_values_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"it is no|no number of times|no text"):
        read_language(value)
