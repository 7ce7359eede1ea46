"""The C backend: one C99 file and its header, compiled by the system's compiler for checking."""

from __future__ import annotations

from tpc.runtime.backend import LazyBackend

BACKEND = LazyBackend(
    name="c",
    suffix=".c",
    summary="A C99 file and its header, for many sequences at once",
    emitter="tpc.backends.c.emit:emit",
    loader="tpc.runtime.compiled:CompiledProgram",
)
