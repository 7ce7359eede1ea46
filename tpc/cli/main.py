"""The command line: which commands there are, and what becomes of streams and errors."""

from __future__ import annotations

import errno
import gc
import io
import os
import sys
import warnings
from contextlib import suppress
from typing import Annotated, Any, NoReturn, TextIO

import typer

from tpc import __version__
from tpc.cli.bench import bench
from tpc.cli.compile import compile_program
from tpc.cli.coverage import coverage
from tpc.cli.data import data
from tpc.cli.diff import diff
from tpc.cli.doctor import doctor
from tpc.cli.eval import evaluate_program
from tpc.cli.explain import explain
from tpc.cli.export_circuit import export_circuit
from tpc.cli.graph import graph
from tpc.cli.import_run import import_run
from tpc.cli.inspect import inspect_program
from tpc.cli.opt import opt
from tpc.cli.plot import plot
from tpc.cli.prove import prove
from tpc.cli.rasp import rasp
from tpc.cli.report import report
from tpc.cli.reproduce import reproduce
from tpc.cli.run import run
from tpc.cli.slice import slice_program
from tpc.cli.sweep import sweep
from tpc.cli.trace import trace
from tpc.cli.train import TrainCommand, train
from tpc.cli.upgrade import upgrade
from tpc.cli.verify import verify
from tpc.diagnostics import TpcError, TpcWarning

#: Groups of `tpc --help`.
_MAKE, _USE, _CHECK, _TOOLS = "Make programs", "Use programs", "Check programs", "Data and tools"

app = typer.Typer(
    name="tpc",
    help="The Transformer Program compiler: train or import a network, read it as a program, "
    "prove the two equal.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("train", cls=TrainCommand, rich_help_panel=_MAKE)(train)
app.command("sweep", rich_help_panel=_MAKE)(sweep)
app.command("reproduce", rich_help_panel=_MAKE)(reproduce)
app.command("import", rich_help_panel=_MAKE)(import_run)
app.command("compile", rich_help_panel=_USE)(compile_program)
app.command("opt", rich_help_panel=_USE)(opt)
app.command("run", rich_help_panel=_USE)(run)
app.command("inspect", rich_help_panel=_USE)(inspect_program)
app.command("report", rich_help_panel=_USE)(report)
app.command("trace", rich_help_panel=_USE)(trace)
app.command("explain", rich_help_panel=_USE)(explain)
app.command("coverage", rich_help_panel=_CHECK)(coverage)
app.command("diff", rich_help_panel=_CHECK)(diff)
app.command("graph", rich_help_panel=_USE)(graph)
app.command("slice", rich_help_panel=_USE)(slice_program)
app.command("verify", rich_help_panel=_CHECK)(verify)
app.command("prove", rich_help_panel=_CHECK)(prove)
app.command("eval", rich_help_panel=_CHECK)(evaluate_program)
app.command("export-circuit", rich_help_panel=_TOOLS)(export_circuit)
app.command("rasp", rich_help_panel=_TOOLS)(rasp)
app.command("bench", rich_help_panel=_TOOLS)(bench)
app.command("data", rich_help_panel=_TOOLS)(data)
app.command("plot", rich_help_panel=_TOOLS)(plot)
app.command("upgrade", rich_help_panel=_TOOLS)(upgrade)
app.command("doctor", rich_help_panel=_TOOLS)(doctor)


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
    _replace_closed_streams()
    try:
        _run()
    except TpcError as error:
        _fail(error)
    except BrokenPipeError:
        # The reader has gone (`tpc run ... | head`): nothing to say, and nothing left to flush.
        _discard_standard_output()
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
        _flush_standard_output()
        raise ended


def _fail(error: TpcError) -> NoReturn:
    sys.stderr.write(_paint(error.render()) + "\n")
    _discard_standard_output()
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


class _Closed(io.RawIOBase):
    """A stream that was closed before the program began (`>&-`): using it is an error."""

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def readinto(self, _buffer: Any, /) -> int:  # noqa: ANN401 - as in io
        raise OSError(errno.EBADF, "it is closed", "standard input")

    def write(self, _data: Any, /) -> int:  # noqa: ANN401 - as in io
        raise OSError(errno.EBADF, "it is closed", "standard output")


def _replace_closed_streams() -> None:
    """Give standard streams that are closed a stand-in that says so where it is used.

    Their numbers are taken, too: the next file that is opened would get them otherwise, and
    with it what is written to the stream by number.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is not None:
            continue
        if os.open(os.devnull, os.O_RDWR) != number:
            continue
        stream: io.TextIOBase = io.TextIOWrapper(
            io.BufferedReader(_Closed()) if name == "stdin" else io.BufferedWriter(_Closed()),
            encoding="utf-8",
        )
        setattr(sys, name, io.StringIO() if name == "stderr" else stream)


def _flush_standard_output() -> None:
    """Write what is still in the buffer.

    Raises:
        TpcError: It cannot be written: the disk is full, say.
        BrokenPipeError: Nobody reads any more.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise TpcError(f"cannot write standard output: {error.strerror or error}") from error


def _discard_standard_output() -> None:
    """Drop what is in the buffer, so that the interpreter does not try to write it at its end."""
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        return
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    sys.stdout = io.StringIO()


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
