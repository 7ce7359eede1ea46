"""The base of loaded programs: what targets do alike once their files can be called."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tpc.diagnostics import TpcError
from tpc.ir.nodes import Ones, Positions, Select
from tpc.ir.program import Program
from tpc.ir.types import Value
from tpc.semantics.encoding import encode, present
from tpc.semantics.interpreter import Column, present_column
from tpc.semantics.strings import padded

Array: TypeAlias = NDArray[Any]


class TargetFailedError(TpcError):
    """What runs the program failed, whatever the sequence was."""


class Loaded(ABC):
    """Emitted files that can be called; see `tpc.runtime.backend.LoadedProgram`.

    A target supplies `columns`, and `answer` or `answers`. They get the user's words, so that the
    emitted code's own checks and encoding are what runs, and may raise ValueError for a sequence
    that the program does not take: the caller sees the reason as a TpcError.

    Args:
        program: What the files were emitted from.
    """

    #: Whether it runs in this process, and takes no other's time.
    IN_PROCESS: ClassVar[bool] = True
    #: How many sequences `answers` is given at once.
    AT_ONCE: ClassVar[int] = 1

    def __init__(self, program: Program) -> None:
        self.program = program

    def answer(self, tokens: Sequence[str], raw: bool) -> list[str] | str:
        """The answer for one sequence; supplied where sequences are run one by one."""
        return self.answers([tokens], raw)[0]

    def answers(self, sequences: Sequence[Sequence[str]], raw: bool) -> Sequence[list[str] | str]:
        """The answer for each of at most `AT_ONCE` sequences; supplied where that is above 1."""
        return [self.answer(tokens, raw) for tokens in sequences]

    @abstractmethod
    def columns(self, tokens: Sequence[str]) -> Mapping[str, Sequence[Value]]:
        """Values by position, as users see them, of the variables that the files still have.

        The result is among them; of a pooled program it has one value. `tokens` is empty only where
        that is an input of a pooled program, to be refused.
        """

    def run(self, tokens: Sequence[str], *, raw: bool = False) -> list[str] | str:
        """As `LoadedProgram.run`."""
        try:
            return self.answer(tokens, raw)
        except (OSError, ValueError) as error:
            raise self._explained(error, [tokens]) from error

    def run_many(
        self, sequences: Sequence[Sequence[str]], *, raw: bool = False
    ) -> Iterator[list[str] | str]:
        """As `LoadedProgram.run_many`."""
        if self.AT_ONCE == 1:
            yield from (self.run(tokens, raw=raw) for tokens in sequences)
            return
        remaining = iter(sequences)
        while batch := list(islice(remaining, self.AT_ONCE)):
            try:
                answers = self.answers(batch, raw)
            except (OSError, ValueError) as error:
                raise self._explained(error, batch) from error
            yield from answers

    def trace(self, tokens: Sequence[str]) -> dict[str, list[Value]]:
        """As `LoadedProgram.trace`; positions and ones, not always spelt out, are added."""
        if not tokens and not self.program.label_type.pooled:
            origins = (origin for node in self.program.nodes for origin in node.origin)
            return {name: [] for name in (*origins, "label")}
        try:
            columns = self.columns(tokens)
        except (OSError, ValueError) as error:
            raise self._explained(error, [tokens]) from error
        shown: dict[str, list[Value]] = {}
        for node in self.program.nodes:
            if isinstance(node, Select):
                continue
            if node.name in columns:
                values = columns[node.name]
            elif isinstance(node, Positions):
                values = range(len(tokens))
            elif isinstance(node, Ones):
                values = [1] * len(tokens)
            else:
                continue
            shown |= {origin: list(values) for origin in node.origin}
        return {**shown, "label": list(columns[self.program.result])}

    def present(self, columns: Mapping[str, Column]) -> dict[str, list[Value]]:
        """Columns as users see them, from indices and numbers."""
        return {name: present_column(self.program, name, found) for name, found in columns.items()}

    def _explained(
        self, error: OSError | ValueError, sequences: Sequence[Sequence[str]]
    ) -> TpcError:
        """What the emitted code has against the sequences, or which file is missing or wrong.

        Raises:
            TpcError: One of the sequences is refused with a longer explanation.
        """
        if isinstance(error, OSError):
            if error.filename is None:  # The emitted code's own sentence about its data.
                return TargetFailedError(str(error))
            return TargetFailedError(
                f"cannot read {error.filename}: {error.strerror}",
                hint="the data file belongs beside the emitted module",
            )
        for tokens in sequences:
            encode(self.program, tokens)
        return TpcError(str(error))


class LoadedArrays(Loaded):
    """Emitted files that take many sequences at once, as an array of token ids."""

    AT_ONCE = 4_096

    #: The type in which ids need no conversion.
    id_type: np.dtype[Any] = np.dtype(np.uint32)

    @abstractmethod
    def run_array(self, ids: Array, lengths: Array | None = None) -> Array:
        """Class ids `[sequences, positions]` (pooled: `[sequences]`) of padded token ids.

        Args:
            ids: Integers `[sequences, positions]`; what stands behind an end is not looked at.
            lengths: Of the sequences; without it, all of them fill the array.
        """

    def answers(self, sequences: Sequence[Sequence[str]], raw: bool) -> Sequence[list[str] | str]:
        """As `Loaded.answers`, by way of `run_array`."""
        program, classes = self.program, self.program.classes
        pooled = program.label_type.pooled
        encoded = [encode(program, tokens) for tokens in sequences]
        ids, lengths = padded(encoded, self.id_type)
        found = []
        for tokens, row in zip(sequences, self.run_array(ids, lengths).tolist(), strict=True):
            labels = [classes[k] for k in ([row] if pooled else row[: len(tokens)])]
            found.append(present(program, tokens, labels, raw=raw))
        return found
