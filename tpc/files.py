"""Reading and writing files so that a reader never sees half of one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tpc.diagnostics import TpcError


def write_atomic(path: Path, data: bytes | str) -> None:
    """Write `data` to `path` by way of a temporary file beside it and a rename.

    Raises:
        TpcError: The directory does not exist or cannot be written to.
    """
    with writing_atomic(path) as stream:
        stream.write(data.encode("utf-8") if isinstance(data, str) else data)


@contextmanager
def writing_atomic(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes the place of `path` once the block ends, and only if it ends well.

    Raises:
        TpcError: The directory does not exist or cannot be written to.
    """
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise TpcError(f"cannot write {path}: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
        _publish(Path(temporary), path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _publish(temporary: Path, path: Path) -> None:
    """Give `temporary` the mode a plain `open` would have given `path`, then move it there."""
    umask = os.umask(0)
    os.umask(umask)
    temporary.chmod(0o666 & ~umask)
    try:
        temporary.replace(path)
    except OSError as error:
        raise TpcError(f"cannot write {path}: {error.strerror}") from error


def read_text(path: Path) -> str:
    """The UTF-8 text of `path`.

    Raises:
        TpcError: The file is missing, unreadable or not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise TpcError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TpcError(
            f"{path} is not UTF-8 text (byte {error.start})", hint="save the file as UTF-8"
        ) from error
