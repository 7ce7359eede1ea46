"""From the options of a command, or of `tpc.train`, to an imitation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tpc.data.task import LARGEST_SEED
from tpc.diagnostics import TpcError
from tpc.oracle.given import read_inputs
from tpc.oracle.imitation import ImitationOptions, Question
from tpc.oracle.question import TIMEOUT, Asked, parse_alphabet, parse_lengths, question

_REFUSED = {
    "seeds": "an oracle is imitated with one seed at a time",
    "kind": "the answers of the oracle say what a label belongs to",
    "vocab_size": "the vocabulary is the alphabet: --alphabet",
    "min_length": "the lengths are those of --lengths",
    "max_length": "the lengths are those of --lengths",
    "unique": "no input is drawn twice",
    "val_data": "validation rows are made from the answers",
    "test_data": "test rows are made from the answers",
    "label_column": "the oracle gives the labels",
}
_LARGEST = 1_000_000_000
_DATA = ("data", "text_column", "tokenizer", "dataset_size", "data_seed")


def imitation_of(
    asked: Mapping[str, Any], given: Mapping[str, Any]
) -> tuple[Question, ImitationOptions, dict[str, Any]]:
    """What is asked of whom, how far to go, and the options of training that are left.

    Args:
        asked: `oracle`, `oracle_command`, `oracle_run`, `alphabet`, `lengths`, `rounds`,
            `oracle_limit`, `oracle_tries` and `oracle_timeout`, `None` where not given.
        given: Options of training, those that were given.

    Raises:
        TpcError: They contradict one another, or the oracle is not there.
    """
    for name, why in _REFUSED.items():
        if name in given:
            raise TpcError(
                f"--{name.replace('_', '-')} changes nothing: {why}", hint="leave it out"
            )
    if given.get("model") == "standard":
        raise TpcError("an oracle is imitated by a program", hint="leave --model standard out")
    alphabet, lengths = asked["alphabet"], asked["lengths"]
    data = given.get("data")
    if data is not None and lengths is not None:
        raise TpcError("--lengths changes nothing: the inputs of --data have theirs")
    usual = ImitationOptions()
    seed = given.get("data_seed", given.get("seed", 0))
    if not 0 <= seed <= LARGEST_SEED:
        raise TpcError(f"the seed is {seed}; it must be between 0 and {LARGEST_SEED}")
    options = ImitationOptions(
        rounds=int(_positive("rounds", asked["rounds"], usual.rounds)),
        limit=usual.limit if asked["oracle_limit"] is None else asked["oracle_limit"],
        tries=int(_positive("oracle-tries", asked["oracle_tries"], usual.tries)),
        dataset_size=int(_positive("dataset-size", given.get("dataset_size"), usual.dataset_size)),
        seed=seed,
    )
    asking = question(
        Asked(
            function=asked["oracle"],
            command=asked["oracle_command"],
            run=None if asked["oracle_run"] is None else Path(asked["oracle_run"]),
            alphabet=parse_alphabet(alphabet) if isinstance(alphabet, str) else alphabet,
            lengths=parse_lengths(lengths) if isinstance(lengths, str) else lengths,
            data=None if data is None else read_inputs(Path(data), given),
            timeout=_positive("oracle-timeout", asked["oracle_timeout"], TIMEOUT),
        )
    )
    return asking, options, {name: value for name, value in given.items() if name not in _DATA}


def _positive(name: str, value: float | None, usual: float) -> float:
    if value is None:
        return usual
    if not 0 < value <= _LARGEST:
        raise TpcError(f"--{name} is {value:g}; it must be positive, and at most {_LARGEST:,}")
    return value
