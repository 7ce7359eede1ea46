"""Standard streams that are closed, full or gone."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress
from typing import Any

from tpc.diagnostics import TpcError


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


def replace_closed_streams() -> None:
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


def flush_standard_output() -> None:
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


def discard_standard_output() -> None:
    """Drop what is in the buffer, so that the interpreter does not try to write it at its end."""
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        return
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    sys.stdout = io.StringIO()
