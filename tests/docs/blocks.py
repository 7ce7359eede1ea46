"""The blocks of commands in the pages people read: which there are, and what they show.

A block of commands is fenced as `console`: lines that begin with `$ ` are commands (`\\` at the end
goes on), the others what they print. An HTML comment on the line before says how it is tested:

    <!-- not run: REASON -->                        it is left out; it shows no output
    <!-- not run: REASON; output of 2026-11-23 -->  the same, and how old the output is
    <!-- figures may differ -->                     digits of the output are not compared
    <!-- exits 1 -->                                the exit status of the last command, or 2
    <!-- file: NAME -->                             the block is written to a file of that name

Without one, every command ends with status 0 and prints exactly what the page shows, but for
durations (`8 s`); `...` as a line stands for any lines, and a command that shows nothing may print
anything. A block of `pycon` is a session of Python, which is run as a doctest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PAGES = (
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    ROOT / "programs" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
)
_BLOCK = re.compile(r"(?:^<!-- ([^\n]*) -->\n)?^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NOT_RUN = re.compile(r"not run: (.*?)(?:; output of (\d{4}-\d\d-\d\d))?")
_FILE = re.compile(r"file: ([\w.-]+)")
_DURATION = re.compile(r"\b[\d.,]+ (?:ms|s|min)\b")


@dataclass(frozen=True)
class Command:
    """A command, and the lines that the page shows of its output."""

    text: str
    shown: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """A block of a page.

    Attributes:
        page: The file, from the root of the repository.
        line: Where it begins.
        language: `console` or `pycon`, or another that is only shown.
        mark: What the comment before it says.
        text: What is in it.
    """

    page: str
    line: int
    language: str
    mark: str
    text: str

    @property
    def reason(self) -> str | None:
        """Why it is not run, if it is not."""
        found = _NOT_RUN.fullmatch(self.mark)
        return found[1] if found else None

    @property
    def dated(self) -> str | None:
        """The day of the output of a block that is not run."""
        found = _NOT_RUN.fullmatch(self.mark)
        return found[2] if found else None

    @property
    def file(self) -> str | None:
        """The file that the block is, if it is one that the page's commands read."""
        found = _FILE.fullmatch(self.mark)
        return found[1] if found else None

    @property
    def status(self) -> int:
        """The exit status of the last command."""
        return int(self.mark.removeprefix("exits ")) if self.mark.startswith("exits ") else 0

    def commands(self) -> Iterator[Command]:
        """The commands of a console block."""
        for part in re.split(r"^\$ ", self.text.replace("\\\n", ""), flags=re.MULTILINE)[1:]:
            command, *shown = part.rstrip().split("\n")
            yield Command(command, tuple(line.rstrip() for line in shown))


def blocks(page: Path) -> list[Block]:
    """All fenced blocks of a page."""
    text = page.read_text(encoding="utf-8")
    name = page.relative_to(ROOT).as_posix()
    return [
        Block(name, text.count("\n", 0, found.start()) + 1, found[2], found[1] or "", found[3])
        for found in _BLOCK.finditer(text)
    ]


def departs(shown: tuple[str, ...], said: str, mark: str) -> str | None:
    """How an output departs from what a page shows of it; None if it does not."""
    if not shown:
        return None
    expected = [_comparable(line, mark) for line in shown]
    found = [_comparable(line.rstrip(), mark) for line in said.rstrip().split("\n")]
    pattern = "\n".join(r"[\s\S]*?" if line == "..." else re.escape(line) for line in expected)
    return None if re.fullmatch(pattern, "\n".join(found)) else f"shown:\n{shown}\nsaid:\n{said}"


def _comparable(line: str, mark: str) -> str:
    line = _DURATION.sub("# s", line)
    return re.sub(r"\d+", "#", re.sub(r" +", " ", line)) if mark == "figures may differ" else line
