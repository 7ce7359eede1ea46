"""Tasks in Python: a function from tokens to labels, or a generator of rows, as a task.

    @tpc.task(alphabet="abcdef", lengths=(1, 6))
    def direction(tokens: list[str]) -> list[str]:
        ...

A function that answers a list gives a label for each token, any other answer is one label for all
of them. It has to answer the same for the same tokens.
"""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, overload

from tpc.data.python_source import defined_at
from tpc.data.task import Tokens
from tpc.diagnostics import TpcError, quoted
from tpc.ir.words import BOS, EOS, PAD, UNK, is_writable

LONGEST = 100_000
SPECIAL = (PAD, UNK, BOS, EOS)


@dataclass(frozen=True)
class TaskFunction:
    """A function that says what a task is, and what is declared beside it. `task` makes one.

    Attributes:
        function: From tokens to labels, or a generator of rows.
        alphabet: The tokens of inputs; empty if the rows of a generator say them.
        lengths: The fewest and the most tokens of an input, likewise.
        labels: The labels that there are, if they are declared.
        draw: Draws an input for a function; by default every length and every token is as likely.
        causal: Whether a label may depend on the tokens before it alone.
        closed: Whether `</s>` stands after each input, as `<s>` stands before it.
    """

    function: Callable[..., Any]
    alphabet: Tokens
    lengths: tuple[int, int] | None
    labels: tuple[str, ...] | None
    draw: Callable[[random.Random], Sequence[str]] | None
    causal: bool
    closed: bool

    def __call__(self, *arguments: Any) -> Any:  # noqa: ANN401 - what the function takes and gives
        """What the function gives, as if nothing were declared."""
        return self.function(*arguments)

    @property
    def __name__(self) -> str:
        return str(getattr(self.function, "__name__", type(self.function).__name__))

    @property
    def rows(self) -> bool:
        """Whether the function is a generator of rows."""
        return inspect.isgeneratorfunction(self.function)

    @property
    def summary(self) -> str:
        """The first line of what the function says of itself."""
        lines = (self.function.__doc__ or "").strip().splitlines()
        return lines[0] if lines else self.__name__.replace("_", " ")


@overload
def task(function: Callable[..., Any], /) -> TaskFunction: ...


@overload
def task(
    *,
    alphabet: str | Sequence[str] = (),
    lengths: tuple[int, int] | None = None,
    labels: Sequence[str] | None = None,
    draw: Callable[[random.Random], Sequence[str]] | None = None,
    causal: bool = False,
    closed: bool = True,
) -> Callable[[Callable[..., Any]], TaskFunction]: ...


def task(
    function: Callable[..., Any] | None = None,
    /,
    *,
    alphabet: str | Sequence[str] = (),
    lengths: tuple[int, int] | None = None,
    labels: Sequence[str] | None = None,
    draw: Callable[[random.Random], Sequence[str]] | None = None,
    causal: bool = False,
    closed: bool = True,
) -> TaskFunction | Callable[[Callable[..., Any]], TaskFunction]:
    """Make a task of a function that takes a list of tokens, or of a generator of rows.

        @tpc.task(alphabet="ab", lengths=(1, 8))
        def contains_aa(tokens: list[str]) -> bool:
            return "aa" in "".join(tokens)

    `tpc train FILE.py` trains on it, `tpc verify PROGRAM --task FILE.py` says whether a program is
    right on every input. A generator yields pairs of tokens and labels, and may take a
    `random.Random`.

    Args:
        function: If nothing is declared, as in `@tpc.task` over a generator.
        alphabet: The tokens of inputs; the letters of a string are one token each. A generator
            need not say them: they are those of its rows.
        lengths: The fewest and the most tokens of an input, likewise.
        labels: The labels that there are: any other one is an error.
        draw: Draws an input with the `random.Random` that it is given, where inputs at random are
            not the ones to learn from.
        causal: Whether a label may depend on the tokens before it alone.
        closed: Whether `</s>` stands after each input, as `<s>` stands before it.

    Raises:
        TpcError: The declaration is contradictory.
    """

    def declared(function: Callable[..., Any]) -> TaskFunction:
        if not callable(function):
            raise TpcError(f"{quoted(function)} is no function, so it makes no task")
        _check_lengths(lengths, function)
        found = TaskFunction(
            function=function,
            alphabet=tuple(alphabet),
            lengths=lengths,
            labels=None if labels is None else tuple(labels),
            draw=draw,
            causal=causal,
            closed=closed,
        )
        _check(found)
        return found

    return declared if function is None else declared(function)


def _check_lengths(lengths: object, function: Callable[..., Any]) -> None:
    """Raise TpcError, at the function, unless these are the fewest and the most tokens."""
    if lengths is None:
        return
    pair = lengths if isinstance(lengths, tuple | list) else ()
    if len(pair) != 2 or not all(isinstance(length, int) for length in pair):
        wrong = f"{quoted(lengths)} are no lengths"
    elif not 0 <= pair[0] <= pair[1] <= LONGEST:
        wrong = f"there are no lengths from {pair[0]} to {pair[1]}"
    else:
        return
    hint = "lengths are the fewest and the most tokens of an input: lengths=(1, 8)"
    raise TpcError(wrong, location=defined_at(function), hint=hint)


def is_token(value: object) -> bool:
    """Whether a value can be a token: a text that is not empty and can be written."""
    return isinstance(value, str) and bool(value) and is_writable(value)


def _check(found: TaskFunction) -> None:
    """Raise TpcError, at the function, unless what is declared makes sense."""
    place = defined_at(found.function)
    wrong = [token for token in found.alphabet if not is_token(token)]
    if wrong:
        raise TpcError(f"{quoted(wrong[0])} in the alphabet is no token", location=place)
    for token in SPECIAL:
        if token in found.alphabet:
            raise TpcError(
                f"the alphabet has the token {token}, which stands for something else",
                location=place,
                hint="rename it; inputs are framed by <s> and </s> by themselves",
            )
    if len(set(found.alphabet)) < len(found.alphabet):
        raise TpcError("the alphabet has a token twice", location=place)
    if not found.__name__.isidentifier():
        raise TpcError(
            f"{found.__name__} is no name of a task", location=place, hint="define it with def"
        )
    if found.rows:
        if found.draw is not None:
            raise TpcError("a generator of rows draws them itself", location=place)
    elif not found.alphabet or found.lengths is None:
        raise TpcError(
            f"the task {found.__name__} declares no "
            + ("alphabet" if not found.alphabet else "lengths"),
            location=place,
            hint='say what its inputs are: @tpc.task(alphabet="abc", lengths=(1, 8))',
        )
