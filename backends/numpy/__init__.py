"""The NumPy backend: one self-contained module that runs many sequences at once."""

from __future__ import annotations

from tpc.runtime.backend import FolderBackend

BACKEND = FolderBackend(
    "numpy", ".py", "A NumPy module for many sequences at once", "backends.numpy"
)
