"""The generators reproduce, row for row, the data sets that the authors' code generates."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path

import pytest

from tpc.data.dataset import json_lines, load_dataset
from tpc.data.splits import SPLIT_NAMES
from tpc.data.task import TaskArguments
from tpc.data.tasks import TASKS

PINNED = Path(__file__).parents[3] / "shared/zoo/datasets.json"
ENTRIES = json.loads(PINNED.read_text()) if PINNED.exists() else []
GOLDEN = Path(__file__).with_name("golden") / "rows.json"


@pytest.mark.skipif(not ENTRIES, reason=f"{PINNED} is not here")
@pytest.mark.parametrize(
    "index", range(len(ENTRIES)), ids=lambda index: ENTRIES[index]["args"]["dataset"]
)
def test_data_set_is_the_pinned_one(index: int) -> None:
    entry = ENTRIES[index]
    arguments = dict(entry["args"])
    task = arguments.pop("dataset")
    arguments["unique"] = bool(arguments["unique"])
    dataset = load_dataset(task, TaskArguments(**arguments))
    for name in SPLIT_NAMES:
        rows = dataset.splits.named(name)
        digest = hashlib.sha256("".join(json_lines(rows)).encode()).hexdigest()
        assert (len(rows), digest) == (entry[name]["rows"], entry[name]["sha256"])
    assert list(dataset.vocabulary) == entry["vocabulary"]
    assert list(dataset.classes) == entry["classes"]
    first = dataset.splits.test[0]
    assert [list(first[0]), list(first[1])] == entry["first_test_row"]


@pytest.mark.parametrize("name", sorted(TASKS))
def test_rows_stay_what_they_were(name: str) -> None:
    expected = json.loads(GOLDEN.read_text())[name]
    arguments = dataclasses.replace(TASKS[name].defaults, dataset_size=40)
    dataset = load_dataset(name, arguments)
    splits = dataset.splits
    assert {
        "first_train_rows": [[list(tokens), list(tags)] for tokens, tags in splits.train[:3]],
        "sizes": [len(splits.train), len(splits.val), len(splits.test)],
        "vocabulary": list(dataset.vocabulary),
        "classes": list(dataset.classes),
        "max_length": dataset.max_length,
    } == expected
