"""Files are written whole or not at all, and what is no plain file is not replaced by one."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tpc.diagnostics import TpcError
from tpc.files import read_csv, write_atomic, write_together, writing_atomic

#: Writes for ever to the file that it is given, and says once it has begun.
WRITER = """
import sys
from pathlib import Path
from tpc.files import writing_atomic
with writing_atomic(Path(sys.argv[1])) as sink:
    sink.write(b"x" * 100_000)
    print("begun", flush=True)
    sys.stdin.read()
"""


def begin(path: Path) -> subprocess.Popen[bytes]:
    """A process in the middle of writing."""
    pipe = subprocess.PIPE
    process = subprocess.Popen([sys.executable, "-c", WRITER, path], stdin=pipe, stdout=pipe)
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    return process


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_old_file_stays_where_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_atomic(path, "old")

    def fail() -> None:
        with writing_atomic(path) as sink:
            sink.write("new")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert (path.read_text(), names(tmp_path)) == ("old", ["a"])


def test_files_that_belong_together_are_written_all_or_none(tmp_path: Path) -> None:
    first, second = tmp_path / "main", tmp_path / "data"
    write_together([(first, "old"), (second, "old")])
    with pytest.raises(TpcError, match="cannot write"):
        write_together([(first, "new"), (second, "new"), (tmp_path / "no" / "folder", "new")])
    assert (first.read_text(), second.read_text()) == ("old", "old")
    write_together([(first, "new"), (second, "new")])
    assert (first.read_text(), second.read_text()) == ("new", "new")
    assert names(tmp_path) == ["data", "main"]


def test_a_symbolic_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder/file")
    for text in ("first", "second"):
        write_atomic(tmp_path / "link", text)
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "folder/file").read_text() == text
    assert names(tmp_path / "folder") == ["file"]


def test_a_fifo_is_written_through(tmp_path: Path) -> None:
    fifo, got = tmp_path / "fifo", []
    os.mkfifo(fifo)
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()))
    reader.start()
    write_atomic(fifo, "text")
    reader.join(10)
    assert (got, names(tmp_path)) == ([b"text"], ["fifo"])
    assert stat.S_ISFIFO(fifo.stat().st_mode)


def test_a_device_is_written_through(tmp_path: Path) -> None:
    device = tmp_path / "null"
    try:
        os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(1, 3))
        device.write_bytes(b"")
    except OSError as error:
        pytest.skip(f"this machine lets nobody make devices: {error}")
    write_atomic(device, "text")
    assert stat.S_ISCHR(device.stat().st_mode)
    assert names(tmp_path) == ["null"]


def test_directories_and_sockets_are_refused(tmp_path: Path) -> None:
    place = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(place))
        for path, kind in ((place, "socket"), (tmp_path, "directory")):
            with pytest.raises(TpcError, match=kind):
                write_atomic(path, "text")
    assert names(tmp_path) == ["socket"]


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(TpcError, match=r"cannot write .*No such file"):
        write_atomic(tmp_path / "none" / "file", "text")


def test_what_a_killed_writer_left_is_removed_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for _ in range(3):
        process = begin(path)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert len(names(tmp_path)) == 1, "each removes what the one before it left"
    write_atomic(path, "text")
    assert names(tmp_path) == ["file"]


def test_what_is_being_written_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    process = begin(path)
    write_atomic(path, "first")
    assert len(names(tmp_path)) == 2
    process.communicate(b"")
    assert process.returncode == 0
    assert (names(tmp_path), path.stat().st_size) == (["file"], 100_000)


def test_names_as_long_as_the_file_system_has_them(tmp_path: Path) -> None:
    write_atomic(tmp_path / ("n" * 255), "text")
    assert names(tmp_path) == ["n" * 255]


def test_many_writers_at_once(tmp_path: Path) -> None:
    path, errors = tmp_path / "file", []

    def write(number: int) -> None:
        end = time.monotonic() + 0.3
        try:
            while time.monotonic() < end:
                write_atomic(path, str(number) * 1_000)
        except TpcError as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert names(tmp_path) == ["file"]
    assert len(set(path.read_text())) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'a,b\n1,"2"\r3,4\r\n', None),
        (b'a,b\n1,"2\n', r"is not valid CSV: .*\(line 2\)"),
        (b"\xff", "is not UTF-8"),
    ],
)
def test_csv(tmp_path: Path, content: bytes, message: str | None) -> None:
    """A lone CR ends a row, as in every other format."""
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    if message is None:
        assert read_csv(path) == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]
        return
    with pytest.raises(TpcError, match=message):
        read_csv(path)
