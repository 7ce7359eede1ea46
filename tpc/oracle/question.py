"""What a user asks to have imitated: which oracle, on which inputs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tpc.data.corpus import Corpus
from tpc.data.dataset import Dataset
from tpc.data.task import Tokens
from tpc.diagnostics import TpcError, quoted
from tpc.ir.words import BOS, EOS, PAD, UNK
from tpc.oracle.asking import Oracle
from tpc.oracle.commands import CommandOracle, check_command
from tpc.oracle.functions import FunctionOracle, load_function
from tpc.oracle.imitation import Question
from tpc.oracle.inputs import Inputs, of_list, of_task, strings_over
from tpc.oracle.networks import NetworkOracle, frame_of, load_network

TIMEOUT = 60.0
_LENGTHS = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?")


@dataclass(frozen=True)
class Asked:
    """Who is to answer which inputs, as the user says it.

    Attributes:
        function: A function, or `FILE.py:NAME` or `MODULE:NAME`.
        command: From JSON lines to JSON lines.
        run: A run directory of an ordinary Transformer.
        alphabet: The tokens of inputs; a run and data have their own.
        lengths: The fewest and the most tokens, likewise.
        data: Inputs of the user's own.
        timeout: The most seconds for an input, or for a batch of a command.
    """

    function: str | Callable[..., Any] | None = None
    command: str | None = None
    run: Path | None = None
    alphabet: Sequence[str] | None = None
    lengths: tuple[int, int] | None = None
    data: Sequence[Tokens] | None = None
    timeout: float = TIMEOUT


def question(asked: Asked) -> Question:
    """The oracle, and its inputs.

    Raises:
        TpcError: There is none or several, or its inputs are not known.
    """
    oracle = _oracle(asked)
    inputs = _inputs(asked, oracle)
    if not isinstance(oracle, NetworkOracle):
        return Question(oracle, inputs, (BOS,), (EOS,))
    dataset = oracle.plan.dataset
    right = dataset.definition.answer if isinstance(dataset, Dataset) else None
    return Question(oracle, inputs, *frame_of(dataset), right)


def _oracle(asked: Asked) -> Oracle:
    if sum(one is not None for one in (asked.function, asked.command, asked.run)) != 1:
        raise TpcError(
            "name one oracle",
            hint="--oracle FILE.py:FUNCTION, --oracle-command COMMAND or --oracle-run RUN_DIR",
        )
    if isinstance(asked.function, str):
        return load_function(asked.function, asked.timeout)
    if asked.function is not None:
        name = str(getattr(asked.function, "__name__", "oracle"))
        return FunctionOracle(name, f"the function {name}", asked.function, asked.timeout)
    if asked.command is not None:
        check_command(asked.command)
        return CommandOracle(asked.command, asked.timeout)
    assert asked.run is not None, "one of the three is given"
    return load_network(asked.run)


def _inputs(asked: Asked, oracle: Oracle) -> Inputs:
    if asked.data is not None:
        return of_list(asked.data, asked.alphabet)
    if asked.alphabet is not None and asked.lengths is not None:
        return strings_over(asked.alphabet, asked.lengths)
    if isinstance(oracle, NetworkOracle) and asked.alphabet is None and asked.lengths is None:
        return _inputs_of(oracle)
    raise TpcError(
        "the inputs of the oracle are not known",
        hint="say which there are: --alphabet a,b,c --lengths 1-8, or --data FILE",
    )


def _inputs_of(oracle: NetworkOracle) -> Inputs:
    """What the network was trained on: its task's inputs, or the sentences of its text."""
    dataset = oracle.plan.dataset
    if not isinstance(dataset, Corpus):
        if dataset.definition.source is not None and dataset.definition.source.keeps_rows:
            raise TpcError("the network imitates an oracle itself", hint="imitate that one")
        return of_task(dataset.definition, dataset.arguments)
    known = frozenset(dataset.vocabulary) - {PAD, UNK}
    rows = (
        tokens[1:-1] for split in ("train", "val", "test") for tokens, _ in _split(dataset, split)
    )
    given = list(dict.fromkeys(tokens for tokens in rows if known.issuperset(tokens)))
    return of_list(given)


def _split(dataset: Corpus, name: str) -> Sequence[tuple[Tokens, Tokens]]:
    found: Sequence[tuple[Tokens, Tokens]] = getattr(dataset.splits, name)
    return found


def parse_alphabet(text: str) -> Tokens:
    """Tokens with commas between them."""
    return tuple(text.split(","))


def parse_lengths(text: str) -> tuple[int, int]:
    """`A-B`, or `A` for a single length.

    Raises:
        TpcError: It is something else.
    """
    found = _LENGTHS.fullmatch(text.strip())
    if not found:
        raise TpcError(f"{quoted(text)} are no lengths", hint="--lengths 1-8")
    shortest = int(found[1])
    return shortest, int(found[2] or shortest)
