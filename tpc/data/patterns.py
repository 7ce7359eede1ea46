"""What the input languages of tasks are made of: framing tokens and bodies of an alphabet."""

from __future__ import annotations

from tpc.ir.language import Group, Slot


def frame(token: str) -> Group[str]:
    """A single unscored framing token such as `<s>`."""
    return Group((Slot((token,), scored=False),))


def body(alphabet: tuple[str, ...], shortest: int, longest: int) -> Group[str]:
    """`shortest` to `longest` scored tokens of one alphabet."""
    return Group((Slot(alphabet),), shortest, longest)
