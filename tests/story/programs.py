"""The programs whose stories are kept in `golden/`, and how to write them anew.

python -m tests.story.programs
"""

from __future__ import annotations

from pathlib import Path

from tests.backends.test_window import window_program
from tests.docs.blocks import ROOT
from tests.wrong_hist import wrong_hist
from tpc.evaluation.scores import task_inputs
from tpc.frontends.program_file import read_program_file
from tpc.ir.program import Program
from tpc.passes.pipelines import optimise
from tpc.story.departures import departures, own_task
from tpc.story.story import Story, story
from tpc.story.text import story_text

GOLDEN = Path(__file__).parent / "golden"


def shipped(name: str) -> Program:
    return read_program_file(ROOT / "programs" / name / f"{Path(name).name}.tpir")


#: Programs with formulas, tables, counts, votes; one that is wrong, one that is too large to be
#: gone through, one as its network has it; and two of words.
PROGRAMS = {
    "reverse": lambda: shipped("reverse"),
    "reverse-O3": lambda: optimise(shipped("reverse"), 3).program,
    "hist": lambda: shipped("hist"),
    "double_hist-O3": lambda: optimise(shipped("double_hist"), 3).program,
    "sort": lambda: shipped("sort"),
    "induction": lambda: shipped("induction"),
    "dyck1": lambda: shipped("dyck1"),
    "dyck2": lambda: shipped("dyck2"),
    "rasp-sort": lambda: shipped("rasp/sort"),
    "wrong_hist": wrong_hist,
    "words": lambda: window_program((0, -1, 2)),
    "pooled": lambda: window_program((0, 3), at=2, pooled=True),
}


def told(program: Program, limit: int | None = None) -> Story:
    """The story of a program as the command tells it."""
    task = own_task(program)
    if task is None:
        return story(program)
    return story(program, departures(program, task, task_inputs(program, task), limit))


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name, program in PROGRAMS.items():
        text = story_text(told(program()), 80) + "\n"
        (GOLDEN / f"{name}.txt").write_text(text, encoding="utf-8")
