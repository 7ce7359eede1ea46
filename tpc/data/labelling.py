"""What somebody's function answers, as labels: what it may be, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Container

from tpc.data.task import Labels
from tpc.diagnostics import quoted
from tpc.ir.words import PAD, is_writable


class WrongAnswerError(Exception):
    """An answer that is no labels; the text is what is wrong with it, a sentence without its start.

    It never leaves `tpc`: whoever asked says who answered, and to what.
    """


def is_pooled(answer: object) -> bool:
    """Whether an answer is one label for a whole sequence, and not a list of them."""
    return not isinstance(plain(answer), list | tuple)


def labels_of(
    answer: object, n_tokens: int, *, pooled: bool, known: Container[str] | None = None
) -> Labels:
    """The labels that an answer gives.

    Args:
        answer: A label for each token, with `None` where nothing is scored, or one for all of them.
        n_tokens: How many tokens it is for.
        pooled: Whether it should be one for all.
        known: The labels that there are, if that is declared.

    Raises:
        WrongAnswerError: It is something else, of another length, or has another label.
    """
    answer = plain(answer)
    if pooled:
        if isinstance(answer, list | tuple):
            raise WrongAnswerError(f"gives {len(answer)} labels, where it gave one for all tokens")
        return (_label(answer, known),)
    if not isinstance(answer, list | tuple):
        raise WrongAnswerError(f"gives {quoted(answer)}, where it gave one label for each token")
    if len(answer) != n_tokens:
        raise WrongAnswerError(
            f"gives {_counted(len(answer), 'label')} for {_counted(n_tokens, 'token')}"
        )
    return tuple(_label_or_none(plain(label), known) for label in answer)


def plain(value: object) -> object:
    """Numbers and arrays of NumPy, PyTorch and the like as Python's own."""
    convert = getattr(value, "tolist", None)
    return convert() if callable(convert) else value


def _label_or_none(value: object, known: Container[str] | None) -> str:
    not_scored = value is None or (isinstance(value, str) and value == PAD)
    return PAD if not_scored else _label(value, known)


def _label(value: object, known: Container[str] | None) -> str:
    """The name of a label; truth values and whole numbers are named as Python shows them."""
    if isinstance(value, float):
        raise WrongAnswerError(f"gives the number {value!r}, which is no label")
    if not isinstance(value, str | int):
        raise WrongAnswerError(f"gives {quoted(value)}, which is no label")
    try:
        name = str(value)
    except ValueError as error:  # Python writes no integers of over 4,300 digits.
        raise WrongAnswerError("gives a number of too many digits to be a label") from error
    if not name or name == PAD or name != name.strip() or not is_writable(name):
        raise WrongAnswerError(f"gives {quoted(name)}, which cannot be a label")
    if known is not None and name not in known:
        raise WrongAnswerError(f"gives the unknown label {quoted(name)}")
    return name


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
