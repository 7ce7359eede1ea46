"""No block of commands is left out silently, and outputs are compared as `blocks.py` says."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.docs.blocks import PAGES, ROOT, Block, blocks, departs

ALL = [block for page in PAGES for block in blocks(page)]
#: Languages that are shown, not run.
SHOWN = {"text", "python", "json", "toml"}
MARKS = re.compile(r"not run: .+|figures may differ|exits [12]|file: [\w.-]+")
COMMAND = re.compile(r"^(?: {4}|\t)(?:\$ |tpc |python |pip |make )", re.MULTILINE)


def test_every_block_is_run_shown_or_marked() -> None:
    assert {block.language for block in ALL} <= {"console", "pycon", *SHOWN}
    for block in ALL:
        where = f"{block.page}:{block.line}"
        assert not block.mark or MARKS.fullmatch(block.mark), where
        assert block.file is None or block.language not in ("console", "pycon"), where
        if block.language == "console":
            shows = any(command.shown for command in block.commands())
            assert list(block.commands()), f"{where}: no command"
            assert (block.dated is not None) == (block.reason is not None and shows), where


def test_there_are_as_many_blocks_as_fences() -> None:
    """A fence that the pattern does not read would be left out silently."""
    for page in PAGES:
        fences = re.findall(r"^ *(?:```|~~~)", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert len(fences) == 2 * len(blocks(page)), page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_command_stands_outside_a_block(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for block in blocks(page):
        text = text.replace(block.text, "")
    assert not COMMAND.findall(text)


def test_most_pages_that_show_commands_run_some() -> None:
    run = Counter(block.page for block in ALL if block.language == "console" and not block.reason)
    assert run["README.md"] >= 4
    assert run["docs/start.md"] >= 5
    assert run["docs/concepts.md"] >= 2
    assert run["docs/own-task.md"] >= 5


@pytest.mark.parametrize(
    ("shown", "said", "mark", "equal"),
    [
        (("wrote a",), "wrote a\n", "", True),
        (("wrote a",), "wrote b\n", "", False),
        (("wrote a",), "wrote a\nand more\n", "", False),
        (("wrote a", "..."), "wrote a\nand more\n", "", True),
        (("8 s, 3 rows",), "0.5 s, 3 rows", "", True),
        (("8 s, 3 rows",), "8 s, 4 rows", "", False),
        (("8 s, 3 rows",), "8 s, 4 rows", "figures may differ", True),
        (("8 s, 3 rows",), "8 s, 4 lines", "figures may differ", False),
        ((), "anything", "", True),
    ],
)
def test_outputs_are_compared(shown: tuple[str, ...], said: str, mark: str, equal: bool) -> None:
    assert (departs(shown, said, mark) is None) == equal


def test_a_block_knows_its_commands_and_marks() -> None:
    text = "$ one \\\n    two\nsaid\n\n$ three\n"
    block = Block("page", 1, "console", "not run: takes hours; output of 2026-11-23", text)
    assert [(command.text, command.shown) for command in block.commands()] == [
        ("one     two", ("said",)),
        ("three", ()),
    ]
    assert (block.reason, block.dated, block.status) == ("takes hours", "2026-11-23", 0)
    assert (block.file, Block("page", 1, "python", "file: a.py", "").file) == (None, "a.py")


def test_pages_are_those_of_the_repository() -> None:
    assert {path.name for path in (ROOT / "docs").glob("*.md")} <= {page.name for page in PAGES}
