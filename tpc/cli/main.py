"""The command line: one file a command, registered here."""

from __future__ import annotations

import errno
import gc
import os
import sys
import warnings
from typing import Annotated, NoReturn, TextIO

import typer

from tpc import __version__
from tpc.cli import registry
from tpc.cli.streams import (
    discard_standard_output,
    flush_standard_output,
    replace_closed_streams,
)
from tpc.diagnostics import TpcError, TpcWarning

app = typer.Typer(
    name="tpc",
    help="The Transformer Program compiler: train or import a network, read it as a program, "
    "prove the two equal.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
registry.register(app)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"tpc {__version__}")
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_version, is_eager=True),
    ] = False,
) -> None:
    """The Transformer Program compiler."""


def main() -> None:
    """Entry point. Expected failures are one paragraph on standard error and exit status 2."""
    # Parsing and imports make many objects and hardly any cycles: looking for cycles as often as
    # Python does by itself is a tenth of a short command's time.
    gc.set_threshold(100_000)
    warnings.showwarning = _show_warning
    replace_closed_streams()
    try:
        _run()
    except TpcError as error:
        _fail(error)
    except BrokenPipeError:
        # The reader has gone (`tpc run ... | head`): nothing to say, and nothing left to flush.
        discard_standard_output()
        sys.exit(0)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(130)
    except ModuleNotFoundError as error:
        _fail(_as_missing(error))
    except (OSError, MemoryError, RecursionError) as error:
        _fail(_as_error(error))


def _run() -> None:
    """The command, and what is still to be written when it ends."""
    try:
        app()
    except SystemExit as ended:
        flush_standard_output()
        raise ended


def _fail(error: TpcError) -> NoReturn:
    sys.stderr.write(_paint(error.render()) + "\n")
    discard_standard_output()
    sys.exit(2)


def _as_missing(error: ModuleNotFoundError) -> TpcError:
    """A package that `tpc` requires, and that whoever installed it did without."""
    package = str(error.name).partition(".")[0]
    if package == "tpc":
        raise error
    return TpcError(
        f"this needs the package {package}, which is not installed",
        hint=f"install it: pip install {package}",
    )


def _as_error(error: OSError | MemoryError | RecursionError) -> TpcError:
    """What the system refuses, and no command foresees, as a sentence."""
    if isinstance(error, MemoryError):
        return TpcError("there is not enough memory", hint="give it less data, or a larger machine")
    if isinstance(error, RecursionError):
        return TpcError("the input is nested too deeply")
    where = f"{error.filename}: " if error.filename else ""
    # Files are written through `tpc.files`, which names them: what is left is standard output.
    if not where and error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO):
        where = "cannot write standard output: "
    return TpcError(f"{where}{error.strerror or error}")


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """A warning of ours as one line; of other libraries as Python writes it, with its place."""
    if issubclass(category, TpcWarning):
        sys.stderr.write(_paint(f"warning: {message}") + "\n")
    else:
        text = warnings.formatwarning(message, category, filename, lineno, line)
        (file or sys.stderr).write(text)


def _paint(message: str) -> str:
    """`error:`, `warning:` and `hint:` in colour on a terminal that wants colours."""
    if not sys.stderr.isatty() or os.environ.get("NO_COLOR"):
        return message
    painted = message.replace("error:", "\033[1;31merror:\033[0m", 1)
    painted = painted.replace("warning:", "\033[1;33mwarning:\033[0m", 1)
    return painted.replace("\nhint:", "\n\033[1;34mhint:\033[0m", 1)


if __name__ == "__main__":
    main()
