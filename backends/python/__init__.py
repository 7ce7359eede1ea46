"""Programs as Python: one readable module of the standard library alone, and at most one data file.

The module's `run(tokens, raw=False)` computes the variables of the program in their order, one
list each, named as in the program; tables show values as users see them.
"""

from __future__ import annotations

from tpc.runtime.backend import LazyBackend

BACKEND = LazyBackend(
    name="python",
    suffix=".py",
    summary="a readable module that needs the standard library alone",
    emitter="tpc.backends.python.module:emit",
    loader="tpc.backends.python.module:load",
)
