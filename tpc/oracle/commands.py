"""Oracles that are commands: a JSON line of tokens in, a JSON line of labels out."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tpc.data.task import Tokens
from tpc.diagnostics import TpcError, quoted
from tpc.files import JsonError, parse_json
from tpc.oracle.asking import batches, for_input

BATCH = 4_096
"""Inputs of one call of the command."""


@dataclass(frozen=True)
class CommandOracle:
    """A command, which is run anew for each batch of inputs.

    Attributes:
        command: As a shell would split it.
        timeout: The most seconds for a batch.
    """

    command: str
    timeout: float

    @property
    def name(self) -> str:
        """For the program."""
        return "command"

    @property
    def where(self) -> str:
        """What messages call it."""
        return f"the command {quoted(self.command)}"

    def ask(self, inputs: Sequence[Tokens]) -> Iterator[object]:
        """As `Oracle.ask`."""
        for batch in batches(inputs, BATCH):
            lines = self._run(batch)
            for tokens, line in zip(batch, lines, strict=True):
                try:
                    yield parse_json(line)
                except JsonError as error:
                    raise TpcError(
                        f"{self.where} answers {quoted(line)}, which is not JSON ({error}), "
                        f"{for_input(tokens)}"
                    ) from None

    def _run(self, batch: Sequence[Tokens]) -> list[str]:
        text = "".join(json.dumps(list(tokens), ensure_ascii=False) + "\n" for tokens in batch)
        try:
            done = subprocess.run(
                shlex.split(self.command),
                input=text.encode(),
                capture_output=True,
                timeout=self.timeout,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            answered = (error.stdout or b"").count(b"\n")
            raise TpcError(
                f"{self.where} takes more than {self.timeout:g} s for {len(batch):,} inputs; it "
                f"answered {answered:,} of them, and not yet "
                f"{for_input(batch[min(answered, len(batch) - 1)])}",
                hint="--oracle-timeout gives it more",
            ) from None
        except (OSError, ValueError) as error:
            raise TpcError(f"{self.where} cannot be run: {error}") from error
        lines = done.stdout.decode("utf-8", "replace").split("\n")
        if not lines[-1]:
            del lines[-1]
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
            reason = f": {said[0]}" if said else ""
            first = batch[min(len(lines), len(batch) - 1)]
            raise TpcError(
                f"{self.where} ends with status {done.returncode}{reason}, after {len(lines):,} "
                f"answers; the next is {for_input(first)}"
            )
        if len(lines) != len(batch):
            first = batch[min(len(lines), len(batch) - 1)]
            raise TpcError(
                f"{self.where} answers {len(lines):,} lines for {len(batch):,} inputs; none is "
                f"{for_input(first)}"
                if len(lines) < len(batch)
                else f"{self.where} answers {len(lines):,} lines for {len(batch):,} inputs, the "
                f"last of them {for_input(first)}",
                hint="a command answers one line of JSON for each line",
            )
        return lines


def check_command(command: str) -> None:
    """Raise TpcError unless a command can be split and found."""
    try:
        parts = shlex.split(command)
    except ValueError as error:
        raise TpcError(f"the command {quoted(command)} cannot be read: {error}") from error
    if not parts:
        raise TpcError("the command is empty")
    if "/" in parts[0] and not Path(parts[0]).exists():
        raise TpcError(f"there is no command {quoted(parts[0])}")
