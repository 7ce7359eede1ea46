"""Markdown from what the code says of itself: signatures and docstrings of the Google style."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import black

_SECTIONS = {
    "Args": "Arguments",
    "Attributes": "Attributes",
    "Returns": "Returns",
    "Raises": "Raises",
}
_ITEM = re.compile(r"([\w*.]+): (.*)", re.DOTALL)


def cell(text: str) -> str:
    """Text for a cell of a table, or for running text: nothing in it is taken for markup."""
    parts = re.split(r"(`[^`]*`)", " ".join(text.split()))
    plain = [part if part.startswith("`") else _escaped(part) for part in parts]
    return "".join(plain)


def _escaped(text: str) -> str:
    return re.sub(r"([*_\[\]|])", r"\\\1", text).replace("<", "&lt;").replace(">", "&gt;")


def table(heading: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table whose cells are Markdown already."""
    lines = [heading, ("---",) * len(heading), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines) + "\n"


def signature(name: str, function: Callable[..., Any]) -> str:
    """`def` and the signature of a function as Python code, laid out by black."""
    found = inspect.signature(function)
    parameters = [
        parameter.replace(annotation=_Text(parameter.annotation))
        for parameter in found.parameters.values()
        if parameter.name != "self"
    ]
    given = found.replace(parameters=parameters, return_annotation=_Text(found.return_annotation))
    code = f"def {name}{given}: ..."
    return black.format_str(code, mode=black.Mode(line_length=88)).rstrip().removesuffix(": ...")


class _Text:
    """An annotation that is shown as it is written."""

    def __init__(self, annotation: object) -> None:
        self.text = annotation if isinstance(annotation, str) else "object"

    def __repr__(self) -> str:
        return self.text


def docstring(of: object) -> str:
    """A docstring as Markdown: its sections become lists, indented code becomes a block."""
    text = inspect.getdoc(of) or ""
    parts = re.split(rf"^({'|'.join(_SECTIONS)}):\n", text, flags=re.MULTILINE)
    made = [_prose(parts[0])]
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        made.append(f"**{_SECTIONS[name]}**\n\n{_items(textwrap.dedent(body))}")
    return "\n".join(made)


def _prose(text: str) -> str:
    paragraphs = []
    for paragraph in text.strip().split("\n\n"):
        if paragraph.startswith("    "):
            code = textwrap.dedent(paragraph)
            kind = "pycon" if code.startswith(">>>") else "python"
            paragraphs.append(f"```{kind}\n{code}\n```")
        else:
            paragraphs.append(paragraph)
    return "\n\n".join(paragraphs) + "\n"


def _items(body: str) -> str:
    items: list[str] = []
    for line in body.splitlines():
        if line.startswith(" ") and items:
            items[-1] += f" {line.strip()}"
        elif line:
            items.append(line)
    return "".join(f"- {_item(item)}\n" for item in items)


def _item(text: str) -> str:
    found = _ITEM.fullmatch(text)
    return f"`{found[1]}`: {found[2]}" if found else text
