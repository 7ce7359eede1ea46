"""Reading and writing files so that a reader never sees half of one."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from tpc.diagnostics import TpcError

try:
    import fcntl
except ImportError:  # Windows, where nothing tells an abandoned file from one being written.
    fcntl = None  # type: ignore[assignment]

#: Temporary files are named after the first so many characters of the file that they become, and
#: so many random ones.
_PREFIX, _RANDOM, _SUFFIX = 100, 8, ".tmp"


class Sink:
    """What takes the bytes of a file that is being written.

    Args:
        path: Of the file, for messages.
        stream: Where the bytes go.
    """

    def __init__(self, path: Path, stream: IO[bytes]) -> None:
        self._path, self._stream = path, stream

    def write(self, data: bytes | str) -> None:
        """Append bytes, or text as UTF-8.

        Raises:
            TpcError: The disk is full, say.
        """
        with _reporting(self._path):
            self._stream.write(data.encode("utf-8") if isinstance(data, str) else data)

    def flush(self) -> None:
        """Hand everything to the operating system, so that a full disk shows now.

        Raises:
            TpcError: As for `write`.
        """
        with _reporting(self._path):
            self._stream.flush()


def write_together(files: Iterable[tuple[Path, bytes | str]]) -> None:
    """Write files that belong together: all of them or, where one cannot be written, none.

    They take their places one right after the other, the first one last: whoever sees a new first
    file finds the others new as well.

    Raises:
        TpcError: As for `writing_atomic`.
    """
    with ExitStack() as stack:
        for path, data in files:
            sink = stack.enter_context(writing_atomic(path))
            sink.write(data)
            sink.flush()


def write_atomic(path: Path, data: bytes | str) -> None:
    """Write `data` to `path`: whole or not at all, if that is a regular file.

    Raises:
        TpcError: As for `writing_atomic`.
    """
    with writing_atomic(path) as sink:
        sink.write(data)


@contextmanager
def writing_atomic(path: Path) -> Iterator[Sink]:
    """A sink whose content takes the place of `path` once the block ends, and only if it ends well.

    Symbolic links are followed. Devices and FIFOs are written to as they are: they have no place
    to take.

    Raises:
        TpcError: The directory does not exist or cannot be written to, the disk is full, or `path`
            is a directory or a socket.
    """
    if is_special(path):
        with _reporting(path):
            device = path.open("wb", buffering=0)
        with device:
            yield Sink(path, device)
        return
    target = path.resolve() if path.is_symlink() else path
    _remove_abandoned(target)
    temporary, stream = _new_temporary(path, target)
    try:
        yield Sink(path, stream)
        with _reporting(path):
            stream.flush()
            temporary.replace(target)
            stream.close()
    except BaseException:
        # The file is given up anyway, for the reason that is already on its way.
        with suppress(OSError):
            stream.close()
        temporary.unlink(missing_ok=True)
        raise


def is_special(path: Path) -> bool:
    """Whether `path` is a device or a FIFO, which is written through and cannot be replaced.

    Raises:
        TpcError: It is a directory or a socket, which take no bytes.
    """
    try:
        mode = path.stat().st_mode
    except OSError:
        return False  # There is nothing yet, or what is there fails as it is written.
    if stat.S_ISDIR(mode) or stat.S_ISSOCK(mode):
        kind = "directory" if stat.S_ISDIR(mode) else "socket"
        raise TpcError(f"cannot write {path}: it is a {kind}", hint="name a file")
    return not stat.S_ISREG(mode)


def _new_temporary(path: Path, target: Path) -> tuple[Path, IO[bytes]]:
    """A new file beside the target, locked as long as it is open."""
    while True:
        with _reporting(path):
            handle, name = tempfile.mkstemp(_SUFFIX, _prefix(target), target.parent)
        stream = os.fdopen(handle, "wb")
        # Whoever removes abandoned files may have found it before it was locked.
        if fcntl is None or (_lock(stream) and Path(name).exists()):
            Path(name).chmod(0o666 & ~_umask())
            return Path(name), stream
        stream.close()


def _umask() -> int:
    """What a plain `open` takes from the mode of a new file."""
    umask = os.umask(0)
    os.umask(umask)
    return umask


def _prefix(target: Path) -> str:
    return f".{target.name[:_PREFIX]}."


@contextmanager
def lock_directory(path: Path) -> Iterator[bool]:
    """Lock a directory while the block runs: false if somebody else has locked it already.

    The lock is no file, so that nothing of it stays, however the process ends.

    Raises:
        TpcError: The directory cannot be read.
    """
    if fcntl is None or os.name == "nt":
        yield True
        return
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise TpcError(f"cannot read {path}: {error.strerror}") from error
    try:
        yield _lock(handle)
    finally:
        os.close(handle)


def _lock(stream: IO[bytes] | int) -> bool:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # A file system without locks: nothing is ever taken for abandoned there.
        return True
    return True


def _remove_abandoned(target: Path) -> None:
    """Remove what earlier writers of this file left when they were killed: nobody locks it."""
    if fcntl is None or not target.parent.is_dir():
        return
    prefix = _prefix(target)
    for found in target.parent.iterdir():
        middle = found.name.removeprefix(prefix).removesuffix(_SUFFIX)
        if found.name != prefix + middle + _SUFFIX or len(middle) != _RANDOM:
            continue
        try:
            with found.open("rb") as stream:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                found.unlink()
        except OSError:
            continue  # Somebody is writing it, or it is not ours to remove.


@contextmanager
def _reporting(path: Path) -> Iterator[None]:
    """Within this context, what the system refuses to do is an error that names the file."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise TpcError(f"cannot write {path}: {error.strerror or error}") from error


def parse_json(text: str | bytes) -> Any:  # noqa: ANN401 - JSON
    """The value of a JSON text.

    Raises:
        JsonError: It is not JSON, nested too deeply, or has a number of thousands of digits.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise JsonError(error.msg, error.lineno, error.colno) from None
    except RecursionError:
        raise JsonError("it is nested too deeply") from None
    except UnicodeDecodeError as error:
        raise JsonError(f"byte {error.start} is not UTF-8") from None
    except ValueError:  # Python converts no integers of more than 4,300 digits.
        raise JsonError("it has a number of too many digits") from None


class JsonError(Exception):
    """Why a text is not JSON that can be read; line and column count from 1, 0 if not known."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


def read_json(path: Path) -> Any:  # noqa: ANN401 - JSON
    """The JSON document in a file.

    Raises:
        TpcError: The file cannot be read or is not JSON.
    """
    try:
        return parse_json(read_text(path))
    except JsonError as error:
        where = f" (line {error.line}, column {error.column})" if error.line else ""
        raise TpcError(f"{path} is not valid JSON: {error.message}{where}") from None


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file by the names in its first line.

    Raises:
        TpcError: The file cannot be read or is not CSV.
    """
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        return list(reader)
    except csv.Error as error:
        line = reader.reader.line_num
        raise TpcError(f"{path} is not valid CSV: {error} (line {line})") from None


def read_text(path: Path) -> str:
    """The UTF-8 text of `path`, without a byte order mark.

    Raises:
        TpcError: The file is missing, unreadable or not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise TpcError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TpcError(
            f"{path} is not UTF-8 text (byte {error.start})", hint="save the file as UTF-8"
        ) from error
