"""How numbers are written in program text: the shortest decimal that reads back as the same."""

from __future__ import annotations

import math


def counted(number: int) -> str:
    """A count for people: in full, or as a power of ten if it has more digits than anyone reads."""
    return f"{number:,}" if number < 10**15 else f"about 10^{math.floor(math.log10(number))}"


def format_float(value: float) -> str:
    """A binary64 number; whole numbers without a point."""
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def format_floats(values: tuple[float, ...]) -> str:
    """A list of binary64 numbers."""
    return "[" + ", ".join(map(format_float, values)) + "]"


def format_binary32(values: tuple[float, ...]) -> str:
    """A list of binary32 numbers, each in the fewest digits that identify it among its kind."""
    import numpy as np

    return "[" + ", ".join(_shortest(np.float32(value)) for value in values) + "]"


def _shortest(value: object) -> str:
    import numpy as np

    exact = float(value)  # type: ignore[arg-type]
    if exact.is_integer() and abs(exact) < 1e7:
        return str(int(exact))
    text = str(value)
    # Reading goes by way of binary64, which could round a tie the other way.
    return text if float(np.float32(float(text))) == exact else repr(exact)


def parse_floats(text: str) -> tuple[float, ...]:
    """The numbers of a `[...]` list.

    Raises:
        ValueError: An entry is not a number.
    """
    return tuple(map(float, text[1:-1].split(",")))


def parse_binary32(text: str) -> tuple[float, ...]:
    """The numbers of a `[...]` list, each rounded to binary32.

    Raises:
        ValueError: An entry is not a number.
    """
    import numpy as np

    with np.errstate(over="ignore"):
        rounded = np.array(parse_floats(text), dtype=np.float64).astype(np.float32)
    return tuple(rounded.astype(np.float64).tolist())
