"""The command that makes a run again, as a run directory records it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tpc.files import write_atomic
from tpc.training.option import flag_of

COMMAND = "command.txt"


@dataclass(frozen=True)
class Asked:
    """What training was asked for.

    Attributes:
        task: As it was named; `None` for data of the user's own.
        given: Options of training by name, those that were given.
    """

    task: str | None
    given: Mapping[str, Any]

    def also(self, **chosen: object) -> Asked:
        """With options that a trial decided, which need not be tried again."""
        return replace(self, given={**self.given, **chosen})

    def command(self) -> str:
        """The command; it has no time to stop after, and the directory is `RUN`."""
        words = ["tpc", "train", *([] if self.task is None else [self.task])]
        for name, value in sorted(self.given.items()):
            words += _words(flag_of(name), value)
        return shlex.join([*words, "-o", "RUN"])

    def write(self, folder: Path) -> None:
        """Write `command.txt`."""
        write_atomic(folder / COMMAND, self.command() + "\n")


def _words(flag: str, value: object) -> list[str]:
    if isinstance(value, bool):
        return [flag if value else flag.replace("--", "--no-", 1)]
    return [flag, str(value)]
