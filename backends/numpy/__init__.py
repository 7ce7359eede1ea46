"""The NumPy backend: one self-contained module that runs many sequences at once."""

from __future__ import annotations

from tpc.runtime.backend import LazyBackend

BACKEND = LazyBackend(
    name="numpy",
    suffix=".py",
    summary="A NumPy module for many sequences at once",
    emitter="tpc.backends.numpy.emit:emit",
    loader="tpc.runtime.modules:ArrayModule",
)
