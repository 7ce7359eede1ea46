"""Pipelines as text: `drop-features,integer-weights{largest=99}`."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from tpc.diagnostics import Location, TpcError
from tpc.passes.base import Pass
from tpc.passes.registry import find_pass

_PASS = re.compile(r"\s*([a-z0-9-]+)\s*(?:\{([^{}]*)\})?\s*(,|$)")


def parse_pipeline(text: str) -> tuple[Pass, ...]:
    """The passes that a `-p` argument names, in order.

    Raises:
        TpcError: It does not parse, names no pass, or gives an option that a pass does not have.
    """
    passes: list[Pass] = []
    start = 0
    while start < len(text) or not passes:
        match = _PASS.match(text, start)
        if match is None or (match[3] == "," and match.end() == len(text)):
            raise TpcError(
                "this is not a list of passes",
                location=Location("-p", 1, start + 1, text),
                hint="write names with commas between them, options as name{option=value}",
            )
        passes.append(_make(match[1], match[2] or ""))
        start = match.end()
    return tuple(passes)


def print_pipeline(passes: Sequence[Pass]) -> str:
    """The text that `parse_pipeline` reads as these passes: options only where not the default."""
    return ",".join(map(_print, passes))


def options(kind: type[Pass]) -> dict[str, tuple[type, object]]:
    """Names, types and defaults of a pass's options."""
    fields = dataclasses.fields(kind)  # type: ignore[arg-type]
    return {field.name: (type(field.default), field.default) for field in fields}


def _print(item: Pass) -> str:
    changed = [
        f"{name}={str(value).lower() if isinstance(value, bool) else value}"
        for name, (_, default) in options(type(item)).items()
        for value in [getattr(item, name)]
        if value != default
    ]
    return item.name + (f"{{{' '.join(changed)}}}" if changed else "")


def _make(name: str, text: str) -> Pass:
    kind = find_pass(name)
    known = options(kind)
    given: dict[str, object] = {}
    for item in text.split():
        option, separator, value = item.partition("=")
        if option not in known or not separator:
            there_are = ", ".join(known) or "none"
            raise TpcError(
                f"pass '{name}' has no option '{option}'", hint=f"its options: {there_are}"
            )
        given[option] = _value(name, option, known[option][0], value)
    return kind(**given)


def _value(name: str, option: str, kind: type, text: str) -> object:
    try:
        if kind is bool:
            return {"true": True, "false": False}[text]
        return kind(text)
    except (ValueError, KeyError):
        raise TpcError(
            f"option '{option}' of pass '{name}' cannot be '{text}'",
            hint=f"it takes {'true or false' if kind is bool else f'a value like {kind(0)}'}",
        ) from None
