"""The system's C compiler, and what it compiled in this process."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tpc.diagnostics import TpcError

#: What emitted files are compiled with for speed.
FAST = ("-std=c99", "-O3", "-march=native")


def compiler() -> str:
    """The compiler's command: `$CC`, else `cc`.

    Raises:
        TpcError: There is none.
    """
    command = os.environ.get("CC", "cc")
    if shutil.which(command.split()[0] if command.split() else "cc") is None:
        raise TpcError(
            f"there is no C compiler '{command}' on this machine",
            hint="install one (on Debian: apt install gcc), set CC, or use another target",
        )
    return command


def build(sources: Sequence[Path], output: Path, flags: Sequence[str] = ()) -> None:
    """Compile and link.

    Args:
        sources: C files.
        output: The program or shared library.
        flags: Further arguments.

    Raises:
        TpcError: There is no compiler, or it refuses the files.
    """
    command = [*compiler().split(), *FAST, *flags, "-o", str(output), *map(str, sources)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        first = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr)
        raise TpcError(
            f"the C compiler refuses {sources[0].name}: {first.strip()[:300]}",
            hint=f"the command was: {' '.join(command)}",
        )


def load_library(sources: Sequence[Path], flags: Sequence[str] = ()) -> ctypes.CDLL:
    """Compile to a shared library, and load it.

    Raises:
        TpcError: As for `build`, or the library cannot be loaded.
    """
    with tempfile.TemporaryDirectory(prefix="tpc-c-") as folder:
        path = Path(folder) / "library.so"
        build(sources, path, ["-shared", "-fPIC", *flags])
        try:
            # Mapped into memory, it outlives its file.
            return ctypes.CDLL(str(path))
        except OSError as error:
            raise TpcError(f"the compiled program cannot be loaded: {error}") from error
