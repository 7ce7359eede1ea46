"""Programs as RASP source, which the reference interpreter of the language runs unchanged.

One self-contained `.rasp` file whose last definition is the s-op `labels`.
"""

from __future__ import annotations

from tpc.runtime.backend import LazyBackend

BACKEND = LazyBackend(
    name="rasp",
    suffix=".rasp",
    summary="RASP source for the interpreter of Weiss et al.",
    emitter="tpc.backends.rasp.emit:emit",
    loader="tpc.backends.rasp.emit:load",
)
