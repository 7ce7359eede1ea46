"""Training in Python: the options of `tpc train` as keyword arguments."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tpc.api.program import Program, load
from tpc.diagnostics import TpcError

if TYPE_CHECKING:
    from os import PathLike


_ORACLE = (
    *("oracle", "oracle_command", "oracle_run", "alphabet", "lengths"),
    *("rounds", "oracle_limit", "oracle_tries", "oracle_timeout"),
)
"""What is asked of an oracle, and how far to go."""


def train(
    task: str | None = None,
    *,
    output: str | PathLike[str],
    overwrite: bool = False,
    **options: Any,  # noqa: ANN401 - the options of training, of many types
) -> Program:
    """Train a network and return the program that equals it.

        tpc.train("hist", output="runs/hist", recipe="paper", n_epochs=60, n_heads_num=2)
        tpc.train(data="reviews.csv", output="runs/reviews")
        tpc.train("hist", output="runs/hist", until_proved=True)
        tpc.train(oracle=function, alphabet="abc", lengths=(1, 8), output="runs/function")

    Args:
        task: A generated task, one of yours in Python (`"FILE.py"`) or a corpus; `None` for text of
            your own, named by `data`, and for an oracle: a function from a list of tokens to
            labels, which the program learns to imitate.
        output: The run directory to make.
        overwrite: Replace a run that is there.
        options: Those of `tpc train`, with underscores: `tpc train --help` lists them, those of
            oracles too.

    Raises:
        TpcError: An option is unknown, out of range, contradicts another or changes nothing, the
            directory cannot be used, or training fails.
    """
    from tpc.training.options import refuse_idle_device, seeds_options
    from tpc.training.planning import plan_training
    from tpc.training.run_writer import PROGRAM

    asked = {name: options.pop(name, None) for name in _ORACLE}
    if options.pop("until_proved", False):
        return _proved(task, asked, options, Path(output), overwrite)
    if any(value is not None for value in asked.values()):
        return _imitated(task, asked, options, Path(output), overwrite)
    if task is None and "data" not in options:
        raise TpcError("there is nothing to train on", hint='name a task, or give data="FILE"')
    if options.get("model") == "standard":
        raise TpcError(
            "the standard Transformer has no program",
            hint="`tpc train --model standard` trains one to compare with",
        )
    given = _given(options)
    path = Path(output)
    seeds = seeds_options(given)
    plan = plan_training(task, given)
    refuse_idle_device(plan, given.get("device", "auto"))
    if seeds is None:
        from tpc.training.session import start_run

        start_run(plan, path, lambda _: None, overwrite)
    else:
        from tpc.training.seeds import start_seeds

        start_seeds(plan, path, seeds, lambda _: None, overwrite)
    if not (path / PROGRAM).exists():
        raise TpcError("training was interrupted", hint=f"tpc train --resume {path} goes on")
    return load(path / PROGRAM)


def _proved(
    task: str | None, asked: dict[str, Any], options: dict[str, Any], path: Path, overwrite: bool
) -> Program:
    """The program that rounds of learning and proving end with."""
    from tpc.oracle.imitation import imitate
    from tpc.oracle.proving import proof_of
    from tpc.training.run_writer import PROGRAM

    rounds = asked.pop("rounds")
    if task is None or any(value is not None for value in asked.values()):
        raise TpcError("until_proved takes a task, and no oracle")
    question, how_far, given = proof_of(task, rounds, (), _given(options))
    imitate(question, path, given, how_far, overwrite=overwrite)
    return load(path / PROGRAM)


def _imitated(
    task: str | None, asked: dict[str, Any], options: dict[str, Any], path: Path, overwrite: bool
) -> Program:
    """The program that imitates an oracle."""
    from tpc.oracle.imitation import imitate
    from tpc.oracle.options import imitation_of
    from tpc.training.run_writer import PROGRAM

    if task is not None:
        raise TpcError("an oracle takes the place of a task", hint="leave the task out")
    if isinstance(asked["alphabet"], str):
        asked["alphabet"] = tuple(asked["alphabet"])
    question, how_far, given = imitation_of(asked, _given(options))
    imitate(question, path, given, how_far, overwrite=overwrite)
    return load(path / PROGRAM)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """The options of training that are given, as the command line would give them."""
    from tpc.training.options import OPTIONS

    return {
        name: OPTIONS[name].converted(value) if name in OPTIONS else value
        for name, value in options.items()
        if value is not None
    }
