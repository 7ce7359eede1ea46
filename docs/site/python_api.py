"""The reference of the Python interface: what `tpc.__all__` lists, from its docstrings."""

from __future__ import annotations

import inspect

import tpc
from docs.site.markdown import docstring, signature

#: In the order in which a reader meets them.
ORDER = (
    "load",
    "parse",
    "import_run",
    "train",
    "task",
    "diff",
    "Program",
    "Verification",
    "Proof",
    "TpcError",
)


def pages() -> dict[str, str]:
    """One page."""
    parts = [f"# Python\n\n{docstring(tpc)}"]
    for name in ORDER:
        found = getattr(tpc, name)
        parts.append(_class(name, found) if inspect.isclass(found) else _function(name, found))
    return {"reference/python.md": "\n".join(parts)}


def _function(name: str, function: object, of: str = "tpc") -> str:
    assert callable(function)
    level = "##" if of == "tpc" else "###"
    code = signature(name, function)
    return f"{level} {of}.{name}\n\n```python\n{code}\n```\n\n{docstring(function)}"


def _class(name: str, found: type) -> str:
    parts = [f"## tpc.{name}\n\n{docstring(found)}"]
    members = {key: value for key, value in vars(found).items() if not key.startswith("_")}
    properties = {key: value for key, value in members.items() if isinstance(value, property)}
    if properties:
        rows = "".join(f"- `{key}`: {_first(value)}\n" for key, value in properties.items())
        parts.append(f"**Attributes**\n\n{rows}")
    parts += [_function(key, value, name) for key, value in members.items() if callable(value)]
    return "\n".join(parts)


def _first(value: object) -> str:
    return (inspect.getdoc(value) or "").split("\n")[0]
