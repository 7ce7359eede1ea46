"""`tpc explain` without an input: programs in a paragraph and a table."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.backends.test_window import window_program
from tests.cli.conftest import Tpc, sort_program, sort_run, tpc
from tests.cli.test_bad_input import assert_polite
from tests.docs.blocks import ROOT
from tests.story.programs import GOLDEN, PROGRAMS, shipped, told
from tests.strategies import programs
from tests.wrong_hist import wrong_hist
from tpc.data.tasks import TASKS
from tpc.ir.nodes import TOKENS
from tpc.story.departures import departures, own_task
from tpc.story.interface import depends
from tpc.story.story import story
from tpc.story.text import story_text

__all__ = ["sort_program", "sort_run", "tpc"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_stories_that_are_kept(name: str) -> None:
    found = story_text(told(PROGRAMS[name]()), 80) + "\n"
    assert found == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


SHIPPED = sorted((ROOT / "programs").rglob("*.tpir"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_every_program_that_is_shipped_has_one(path: Path, tpc: Tpc) -> None:
    done = tpc("explain", path, "--limit", 1_000)
    assert done.status == 0, done.err
    assert done.out.startswith(f"{path.stem} takes ")
    known = "Its votes were fitted again" if "text" in path.parts else "of its task, "
    assert known in " ".join(done.out.split())


@given(st.data())
def test_any_program_can_be_told(data: st.DataObject) -> None:
    program = data.draw(programs())
    found = story(program)
    for width in (20, 80):
        assert story_text(found, width).replace("\n", "").isprintable()
    json.dumps(found.to_json())
    assert TOKENS not in {one.name for one in found.variables}


def test_the_departures_are_all_of_them() -> None:
    program = wrong_hist()
    found = told(program).departures
    assert found is not None
    assert (found.total, found.inputs, found.everything) == (335_922, 335_922, True)
    assert (found.wrong, found.wrong_labels) == (6, 42)
    [kind] = found.kinds
    assert (kind.expected, kind.found, kind.labels, kind.inputs) == ("7", "6", 42, 6)
    assert kind.example.tokens == ("<s>", *["0"] * 7)
    assert "It never says more than 6." in told(program).sentences


def test_what_is_too_large_is_sampled_and_said_to_be_open() -> None:
    program = wrong_hist()
    found = told(program, limit=1_000)
    assert found.departures is not None
    assert not found.departures.everything
    assert found.departures.inputs <= 2_000
    assert found == told(program, limit=1_000)
    # What a sample does not show is not said to be never given.
    assert any("it is open" in sentence for sentence in found.sentences)


def test_the_counts_are_those_of_the_task() -> None:
    program = shipped("rasp/sort")
    found = told(program).departures
    assert found is not None
    kinds = Counter({(k.expected, k.found): k.labels for k in found.kinds})
    assert kinds.total() == found.wrong_labels
    assert all(expected != said for expected, said in kinds)
    assert found.labels == 112_305


def test_an_order_that_matters_is_not_denied() -> None:
    assert any("order" in sentence for sentence in depends(shipped("hist")))
    assert not any("order" in sentence for sentence in depends(shipped("reverse")))
    assert any("right of it" in sentence for sentence in depends(shipped("induction")))


def test_a_program_of_no_known_task_has_a_story() -> None:
    program = shipped("hist").replace(metadata={})
    assert own_task(program) is None
    assert any("no task is named" in sentence for sentence in story(program).sentences)


def test_another_task_is_compared_if_it_is_named(tpc: Tpc) -> None:
    done = tpc("explain", ROOT / "programs/hist/hist.tpir", "--task", "double_hist", "--json")
    found = done.json()
    assert isinstance(found, dict)
    task = TASKS["double_hist"]
    expected = departures(shipped("hist"), task, task.defaults)
    assert found["departures"] == json.loads(json.dumps(expected.to_json()))
    assert found["departures"]["wrong"] > 0


def test_a_class_that_ties_with_an_earlier_one_is_never_given() -> None:
    found = story(window_program((0, -1), weight="0"))
    assert found.never == ("C",)
    assert "It never says C." in found.sentences
    assert story(window_program((0, -1))).never == ()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--position", "1"], "--position and --unchecked are of an input"),
        (["--unchecked"], "--position and --unchecked are of an input"),
        (["<s> 1", "--task", "hist"], "--task is for telling the program itself"),
        (["--task", "most"], "there is no task"),
        (["--task", "trec"], "there is no task"),
    ],
)
def test_what_makes_no_sense_is_refused(tpc: Tpc, arguments: list[str], said: str) -> None:
    done = tpc("explain", ROOT / "programs/hist/hist.tpir", *arguments)
    assert_polite(done)
    assert said in done.err


def test_a_network_as_it_is_says_what_makes_it_readable(tpc: Tpc, sort_program: Path) -> None:
    done = tpc("explain", sort_program, "--limit", 1_000)
    assert done.status == 0, done.err
    assert "tpc opt -O" in " ".join(done.out.split())


def test_a_right_program_needs_no_table(tpc: Tpc) -> None:
    done = tpc("explain", ROOT / "programs/reverse/reverse.tpir", "--json")
    found = done.json()
    assert isinstance(found, dict)
    assert found["departures"]["wrong"] == 0
    assert found["departures"]["kinds"] == []
    assert [one["name"] for one in found["variables"]][-1] == "attn_1_1"
