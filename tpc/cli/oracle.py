"""`tpc train --oracle`: a program that answers as a function, a command or a network does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tpc.cli.common import input_name, input_text, note, print_json
from tpc.diagnostics import TpcError

if TYPE_CHECKING:
    from tpc.oracle.imitation import ImitationOptions, Question, Showing

PANEL = "Oracle"


def _option(*names: str, metavar: str, text: str) -> Any:  # noqa: ANN401 - typer's own
    return typer.Option(
        *names, metavar=metavar, help=text, rich_help_panel=PANEL, show_default=False
    )


OracleOption = Annotated[
    str | None,
    _option(
        "--oracle",
        metavar="FUNCTION",
        text="Imitate a Python function from tokens to labels: FILE.py:NAME or MODULE:NAME.",
    ),
]
CommandOption = Annotated[
    str | None,
    _option(
        "--oracle-command",
        metavar="COMMAND",
        text="Imitate a command that reads JSON lines of tokens and writes JSON lines of labels.",
    ),
]
RunOption = Annotated[
    Path | None,
    _option(
        "--oracle-run",
        metavar="RUN_DIR",
        text="Imitate an ordinary Transformer, on the inputs of its task: a run of --model "
        "standard.",
    ),
]
AlphabetOption = Annotated[
    str | None,
    _option("--alphabet", metavar="A,B,C", text="The tokens of inputs, commas between them."),
]
LengthsOption = Annotated[
    str | None,
    _option("--lengths", metavar="A-B", text="The fewest and the most tokens of an input."),
]
RoundsOption = Annotated[
    int | None,
    _option(
        "--rounds",
        metavar="N",
        text="Learn at most so often; inputs that differ join the rows each time [5].",
    ),
]
LimitOption = Annotated[
    int | None,
    _option(
        "--oracle-limit",
        metavar="N",
        text="Compare on every input where there are at most so many [400,000].",
    ),
]
TriesOption = Annotated[
    int | None,
    _option(
        "--oracle-tries",
        metavar="N",
        text="Inputs of a search for differences elsewhere [20,000].",
    ),
]
TimeoutOption = Annotated[
    float | None,
    _option(
        "--oracle-timeout",
        metavar="SECONDS",
        text="The most for an input, or for 4,096 inputs of a command [60].",
    ),
]


UntilProvedOption = Annotated[
    bool,
    typer.Option(
        "--until-proved",
        help="Learn again, with the inputs that it gets wrong among the rows, until the program "
        "is proved right on every input of its task.",
        rich_help_panel="Proof",
    ),
]
PropertyOption = Annotated[
    list[str] | None,
    typer.Option(
        "--property",
        metavar="FILE",
        help="As --until-proved, but until it has these properties, instead of being right.",
        rich_help_panel="Proof",
        show_default=False,
    ),
]


def asks_oracle(options: Mapping[str, object]) -> bool:
    """Whether an oracle is named; a TpcError if there is only what goes with one."""
    named = [
        name for name in ("oracle", "oracle_command", "oracle_run") if options[name] is not None
    ]
    rest = [name for name, value in options.items() if value is not None and name not in named]
    if rest and not named:
        raise TpcError(
            f"--{rest[0].replace('_', '-')} goes with an oracle", hint="--oracle FUNCTION"
        )
    return bool(named)


def refuse_rounds(path: Path) -> None:
    """Raise TpcError if a directory is that of an imitation, which is never gone on with."""
    from tpc.training.run_writer import ORACLE

    if (path / ORACLE).is_file() or (path / "round-1").is_dir():
        raise TpcError(
            f"{path} learned in rounds, which begins anew instead of going on",
            hint="give the same command with --overwrite: it leads to the same bytes",
        )


def train_oracle(
    output: Path,
    asked: Mapping[str, Any],
    given: Mapping[str, Any],
    showing: Showing,
    *,
    overwrite: bool,
    json_output: bool,
) -> None:
    """Imitate an oracle, and say what came out."""
    from tpc.oracle.options import imitation_of

    _imitate(imitation_of(asked, given), output, showing, overwrite, json_output)


def train_until_proved(
    output: Path | None,
    task: str | None,
    properties: list[str],
    rounds: int | None,
    given: Mapping[str, Any],
    showing: Showing,
    *,
    overwrite: bool,
    json_output: bool,
) -> None:
    """Train until a program is proved right, or to have properties, and say what came out."""
    if task is None or output is None:
        raise TpcError(
            "--until-proved takes a task and a run directory, no oracle and no --time",
            hint="tpc train hist --until-proved -o RUN_DIR",
        )
    from tpc.oracle.proving import proof_of
    from tpc.properties.parser import parse_properties

    files = [parse_properties(input_text(path), input_name(path)) for path in properties]
    _imitate(proof_of(task, rounds, files, given), output, showing, overwrite, json_output)


def _imitate(
    asked: tuple[Question, ImitationOptions, dict[str, Any]],
    output: Path,
    showing: Showing,
    overwrite: bool,
    json_output: bool,
) -> None:
    from tpc.oracle.imitation import imitate
    from tpc.oracle.report import as_json, imitation_lines
    from tpc.training.run_writer import PROGRAM

    asking, options, training = asked
    done = imitate(
        asking, output, training, options, showing=showing, overwrite=overwrite, say=note
    )
    if json_output:
        print_json(as_json(done))
        return
    program = output / PROGRAM
    print("\n".join([*imitation_lines(done, str(program)), f"wrote {program}"]))
