"""One record of a file or dataset, before anything is known about which column is what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tpc.diagnostics import TpcError, quoted


@dataclass(frozen=True)
class Place:
    """Where a record stands.

    Attributes:
        source: The file, or the name of the dataset.
        number: Counted from 1.
        unit: What is counted: the lines of a text file, the rows of a table.
    """

    source: str
    number: int
    unit: str = "line"

    def __str__(self) -> str:
        return f"{self.source}, {self.unit} {self.number}"

    def error(
        self, message: str, *, column: str | None = None, hint: str | None = None
    ) -> TpcError:
        """A complaint about this record, or about one of its columns."""
        where = str(self) if column is None else f"{self}, column {quoted(column)}"
        return TpcError(f"{where}: {message}", hint=hint)


@dataclass(frozen=True)
class Record:
    """The values of one record by column, as its file has them: strings, lists, numbers.

    Attributes:
        values: By column. Columns without names are called `1`, `2`, and so on.
        place: Where it stands.
        named: Whether the file itself names its columns.
    """

    values: Mapping[str, object]
    place: Place
    named: bool = True
