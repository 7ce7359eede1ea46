"""Whether a program is right is decided on every input of its task, and mistakes are shown."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT
from tests.wrong_hist import wrong_hist
from tpc.data.tasks import find_task
from tpc.data.tasks.induction import INDUCTION
from tpc.diagnostics import TpcError
from tpc.evaluation.scores import task_inputs
from tpc.frontends.program_file import read_program_file
from tpc.ir.program import Program
from tpc.runtime.backend import target_names
from tpc.verification.rightness import check_task, rightness_lines
from tpc.verification.verify import VerificationOptions


def program_of(name: str) -> Program:
    return read_program_file(next(Path(ROOT / "programs" / name).glob("*.tpir")))


def test_sort_is_right_on_every_input() -> None:
    program, task = program_of("sort"), find_task("sort")
    (found,) = check_task(program, task, task_inputs(program, task), VerificationOptions())
    assert (found.method, found.inputs, found.wrong, found.smallest) == (
        "exhaustive",
        19_530,
        0,
        None,
    )
    assert rightness_lines([found], "sort", "sort")[-1].startswith("proved: sort is right on every")


def test_every_target_shows_the_smallest_mistake() -> None:
    program, task = wrong_hist(), find_task("hist")
    arguments = dataclasses.replace(task.defaults, min_length=6)
    options = VerificationOptions(targets=("interpreter", "python"))
    for found in check_task(program, task, arguments, options):
        assert found.wrong == 6
        assert found.smallest is not None
        assert found.smallest.tokens == ("<s>", *"0000000")
        assert found.smallest.expected == ("<pad>", *"7777777")
    assert {"interpreter", "python"} <= set(target_names())
    text = rightness_lines([found], "hist", "hist")
    assert '  labels of the program: ["<pad>", "6"' in text[1]
    assert text[-1].startswith("refuted: hist is not right")


def test_strings_that_are_not_asked_do_not_count() -> None:
    program = program_of("induction")
    arguments = dataclasses.replace(INDUCTION.defaults, min_length=3, max_length=5)
    (found,) = check_task(program, INDUCTION, arguments, VerificationOptions())
    count = INDUCTION.language(arguments, 100).count()
    assert found.inputs + found.not_asked == count
    assert found.not_asked > 0
    assert "more strings have no labels" in rightness_lines([found], "induction", "x")[0]


def test_what_a_program_does_not_take_is_wrong() -> None:
    program, task = program_of("sort"), find_task("sort")
    longer = dataclasses.replace(task.defaults, vocab_size=5, min_length=7, max_length=9)
    (found,) = check_task(program, task, longer, VerificationOptions(targets=("python",)))
    assert found.wrong == found.inputs == 2**7
    assert "does not take this input" in rightness_lines([found], "sort", "sort")[1]


@pytest.mark.parametrize("name", ["sort", "reverse", "hist", "double_hist", "dyck1", "induction"])
def test_large_languages_are_decided_as_properties(name: str) -> None:
    """As exhaustion decides them: these programs are right on every input."""
    program, task = program_of(name), find_task(name)
    options = VerificationOptions(limit=1_000, samples=50)
    (found,) = check_task(program, task, task_inputs(program, task), options)
    assert (found.method, found.verdict, found.wrong) == ("decided", "proved", 0)
    text = rightness_lines([found], name, name)
    assert "by OR-Tools" in text[0]
    assert text[-1] == f"proved: {name} is right on every input of {name}"


def test_a_mistake_in_a_large_language_is_the_smallest() -> None:
    program, task = wrong_hist(), find_task("hist")
    options = VerificationOptions(limit=1_000, samples=50)
    (found,) = check_task(program, task, task.defaults, options)
    assert found.smallest is not None
    assert found.smallest.tokens == ("<s>", *"0000000")
    assert found.smallest.expected == ("<pad>", *"7777777")
    lines = rightness_lines([found], "hist", "hist")
    assert lines[0] == (
        "interpreter: at least 2 of 335,922 inputs of the task wrong, the smallest of 8 tokens"
    )
    assert lines[-1] == "refuted: hist is not right on every input of hist"


def test_samples_of_a_large_language_prove_nothing() -> None:
    """Emitted code, and tasks that are no property, are sampled."""
    program, task = program_of("sort"), find_task("sort")
    options = VerificationOptions(("interpreter", "python"), limit=1_000, samples=50)
    found = check_task(program, task, task.defaults, options)
    assert [(one.method, one.verdict) for one in found] == [
        ("decided", "proved"),
        ("sampled", "unknown"),
    ]
    assert rightness_lines(found, "sort", "sort")[-1].startswith("unknown: no wrong label")
    other = dataclasses.replace(task)
    options = VerificationOptions(limit=1_000, samples=50)
    (sampled,) = check_task(program, other, task.defaults, options)
    assert (sampled.method, sampled.inputs, sampled.verdict) == ("sampled", 50, "unknown")


def test_tasks_that_say_no_labels_or_others_are_refused() -> None:
    program, task = program_of("sort"), find_task("sort")
    with pytest.raises(TpcError, match="is a generator of rows"):
        check_task(
            program, dataclasses.replace(task, answer=None), task.defaults, VerificationOptions()
        )
    with pytest.raises(TpcError, match=r"%sort gives a label for every token, and sort one label"):
        check_task(
            program, dataclasses.replace(task, pooled=True), task.defaults, VerificationOptions()
        )
