"""What installed packages add to the registries of backends, passes and tasks, by entry points.

The name of an entry point is the name on the command line, its value is `module:attribute`. Nothing
is imported before it is used.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from tpc.diagnostics import TpcError


@dataclass(frozen=True)
class Kind:
    """A registry that other packages add to.

    Args:
        group: The group of its entry points.
        noun: What one of them is called in messages.
    """

    group: str
    noun: str

    def installed(self, own: Collection[str] = ()) -> dict[str, EntryPoint]:
        """The entry points of installed packages by name, sorted.

        Args:
            own: Names that are taken, because they are in the registry without an entry point.

        Raises:
            TpcError: A name is taken, or two packages have the same.
        """
        found: dict[str, EntryPoint] = {}
        points = entry_points(group=self.group)
        for entry in sorted(points, key=lambda entry: (entry.name, entry.value)):
            if entry.name in own:
                raise TpcError(
                    f"the package {_package(entry)} has a {self.noun} called '{entry.name}', and "
                    "so has tpc itself",
                    hint=f"uninstall {_package(entry)}, or give its {self.noun} another name",
                )
            other = found.setdefault(entry.name, entry)
            if other.value != entry.value:
                raise TpcError(
                    f"the packages {_package(other)} and {_package(entry)} both have a "
                    f"{self.noun} called '{entry.name}'",
                    hint="uninstall one of them",
                )
        return found

    def load(self, entry: EntryPoint) -> object:
        """What an entry point names.

        Raises:
            TpcError: It cannot be imported.
        """
        try:
            return entry.load()
        except Exception as error:  # Importing somebody else's module can raise anything.
            raise self.broken(entry, f"{type(error).__name__}: {error}") from error

    def broken(self, entry: EntryPoint, reason: str) -> TpcError:
        """The error of an entry point that is of no use, which names its package."""
        return TpcError(
            f"the {self.noun} '{entry.name}' of the package {_package(entry)} cannot be used: "
            f"{reason}",
            hint=f"reinstall {_package(entry)}, install another version of it, or uninstall it",
        )


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else entry.module


BACKENDS = Kind("tpc.backends", "backend")
PASSES = Kind("tpc.passes", "pass")
TASKS = Kind("tpc.tasks", "task")
