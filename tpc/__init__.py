"""tpc, the Transformer Program compiler: train or import, read, optimise, emit, prove equal.

    >>> import tpc
    >>> program = tpc.load("sort.tpir")       # or parse(text), import_run(dir), train(task, ...)
    >>> program.run(["<s>", "3", "1", "</s>"])
    ['<s>', '1', '3', '</s>']
    >>> small = program.optimize(3)           # the same labels, proved on its input language
    >>> print(small.emit("python")["sort.py"])
    >>> small.verify("runs/sort").equal       # against the network that it came from
    True
    >>> small.save("small.tpir")

Everything that a user can get wrong raises `TpcError`, whose text says what to do about it.

What is listed here is stable: it changes only with a new major version. All modules below, and what
`Program.ir` gives, may change with any version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tpc.api.compare import diff
    from tpc.api.program import Program, Proof, Verification, import_run, load, parse
    from tpc.api.training import train
    from tpc.data.own_task import task
    from tpc.diagnostics import TpcError

__version__ = "0.1.0"

__all__ = [
    "Program",
    "Proof",
    "TpcError",
    "Verification",
    "diff",
    "import_run",
    "load",
    "parse",
    "task",
    "train",
]

_MODULES = {
    "TpcError": "tpc.diagnostics",
    "diff": "tpc.api.compare",
    "task": "tpc.data.own_task",
    "train": "tpc.api.training",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - functions and classes
    """Load what is asked for: commands and scripts start without what they do not use."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(_MODULES.get(name, "tpc.api.program")), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
