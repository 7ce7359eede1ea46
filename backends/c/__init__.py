"""The C backend: one C99 file and its header, compiled by the system's compiler for checking."""

from __future__ import annotations

from tpc.runtime.backend import FolderBackend

BACKEND = FolderBackend(
    "c", ".c", "A C99 file and its header, for many sequences at once", "backends.c"
)
