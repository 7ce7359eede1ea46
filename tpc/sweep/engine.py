"""Where pieces of work run: in processes of this machine, or through Ray on many.

An engine takes work as it comes and gives results as they are ready. It keeps nothing: whoever
calls it knows what is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal, Protocol, TypeVar, get_args

from tpc.diagnostics import TpcError

Work = TypeVar("Work")
Result_co = TypeVar("Result_co", covariant=True)
EngineName = Literal["local", "ray"]
ENGINES: tuple[EngineName, ...] = get_args(EngineName)

#: How often a piece of work is tried whose process was killed.
ATTEMPTS = 3


class Lost(TpcError):  # noqa: N818 - what became of the work
    """The process of a piece of work ended, as often as it was tried."""


class Engine(Protocol[Work, Result_co]):
    """Runs a function on pieces of work.

    Attributes:
        remote: Whether other machines may run it.
    """

    remote: ClassVar[bool]

    @property
    def room(self) -> int:
        """How many pieces of work it is useful to hand over at once."""
        ...

    def submit(self, work: Work) -> None:
        """Hand over a piece of work."""
        ...

    def results(self) -> Iterator[tuple[Work, Result_co | TpcError]]:
        """What is ready, as it becomes so, until nothing is left of what was handed over."""
        ...

    def close(self) -> None:
        """Stop what is still running."""
        ...
