"""Calling a user's function on tokens: what it answers, or where and on which input it fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from tpc.data.labelling import WrongAnswerError, labels_of
from tpc.data.python_source import defined_at, described, raised_at
from tpc.data.task import Answer, Labels, Tokens
from tpc.diagnostics import TpcError


def answering(
    function: Callable[..., Any], *, pooled: bool, labels: tuple[str, ...] | None = None
) -> Answer:
    """A function of a user's own as one that answers labels or says where it fails."""
    known = None if labels is None else frozenset(labels)

    def answer(tokens: Tokens) -> Labels | None:
        given = ask(function, tokens)
        if given is None:
            return None
        try:
            return labels_of(given, len(tokens), pooled=pooled, known=known)
        except WrongAnswerError as error:
            place = defined_at(function)
            raise TpcError(
                f"{_name(function)} {error} {for_input(tokens)}", location=place
            ) from error

    return answer


def ask(function: Callable[..., Any], tokens: Tokens) -> object:
    """What a user's function gives for a list of tokens.

    Raises:
        TpcError: It raised something; the error says where, and for which tokens.
    """
    try:
        return function(list(tokens))
    except TpcError:
        raise
    except (Exception, SystemExit) as error:
        raise failed(function, error, for_input(tokens)) from error


def _name(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def for_input(tokens: Sequence[str]) -> str:
    """An input as messages show it."""
    return f"for the input {json.dumps(list(tokens), ensure_ascii=False)}"


def failed(function: Callable[..., Any], error: BaseException, when: str) -> TpcError:
    """The error of a user's function that raised something."""
    code = getattr(function, "__code__", None)
    place = raised_at(error, code.co_filename) if code else None
    return TpcError(
        f"{_name(function)} raises {described(error)} {when}",
        location=place or defined_at(function),
    )
