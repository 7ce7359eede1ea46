"""The versions of the IR, and which of them a file is of (SPEC section 9).

A new version is one more entry of `VERSIONS`: files of the older ones are then read as they are,
and `tpc upgrade` writes them anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tpc.diagnostics import Location, TpcError

_HINT = "a program starts with a line like 'tpir 1.0'"


@dataclass(frozen=True, order=True)
class Version:
    """A version of the IR: a minor one adds to what programs have, a major one changes meanings."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


#: All versions, the oldest first. A program is written as of the oldest one that can say it.
VERSIONS = (Version(1, 0), Version(1, 1))

#: The first one with formulas, and with lookups of numbers.
FORMULAS = Version(1, 1)


def current() -> Version:
    """The newest version that this package reads and writes."""
    return VERSIONS[-1]


def stated_version(text: str, filename: str) -> Version:
    """The version that a program says it is of, before the grammar stumbles over what is new in it.

    Raises:
        TpcError: The text is no program, or of a version that cannot be read.
    """
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split(";")[0].split()
        if not words:
            continue
        if words[0] != "tpir" or len(words) != 2:
            raise TpcError(
                f"this is not a program: {_HINT}",
                location=Location(filename, number, 1, line, max(1, len(line))),
                hint="make one with `tpc import` or `tpc train`",
            )
        column = line.index(words[1]) + 1
        return _checked(words[1], Location(filename, number, column, line, len(words[1])))
    raise TpcError(f"{filename} is empty", hint=_HINT)


def _checked(written: str, location: Location) -> Version:
    found = re.fullmatch(r"([0-9]+)\.([0-9]+)", written)
    if found is None:
        return current()  # The grammar says what is wrong with it.
    # Python converts no numbers of thousands of digits, and all of these are newer.
    version = Version(*(int(digits.lstrip("0")[:18] or 0) for digits in found.groups()))
    if version in VERSIONS or (version.major == current().major and version > current()):
        return version
    name = f"IR version {version}"
    if version > current():
        raise TpcError(
            f"this program is of {name}, which is newer than this tpc: it reads {current()}",
            location=location,
            hint="install a newer tpc, or export the run again with this one",
        )
    raise TpcError(
        f"this program is of {name}, which there never was",
        location=location,
        hint=f"the versions are {', '.join(map(str, VERSIONS))}",
    )
