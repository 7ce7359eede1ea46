"""Windows: together they keep each position once, with tokens around it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tpc.data.windows import windows


@given(st.integers(0, 60), st.integers(3, 20), st.booleans())
def test_each_position_is_kept_once(length, longest, framed):
    sequence = ["<s>", *range(length), "</s>"] if framed else list(range(length))
    found = list(windows(sequence, longest, framed=framed))
    assert [window.tokens[i] for window in found for i in window.kept] == sequence
    assert all(len(window.tokens) <= longest for window in found)
    if framed:
        assert all((w.tokens[0], w.tokens[-1]) == ("<s>", "</s>") for w in found)


@given(st.integers(0, 60), st.integers(3, 20))
def test_tokens_have_a_quarter_of_a_window_around_them(length, longest):
    sequence = list(range(length))
    for window in windows(sequence, longest, framed=False):
        for i in window.kept:
            assert i >= longest // 4 or window.tokens[0] == 0
            assert len(window.tokens) - 1 - i >= longest // 4 or window.tokens[-1] == length - 1


def test_a_short_sequence_is_one_window():
    (window,) = windows("abc", 3, framed=False)
    assert (window.tokens, window.kept) == (("a", "b", "c"), range(3))


def test_windows_of_a_long_one():
    found = [
        ("".join(w.tokens), "".join(w.tokens[i] for i in w.kept))
        for w in windows("abcdefghij", 4, framed=False)
    ]
    assert found == [("abcd", "abc"), ("cdef", "de"), ("efgh", "fg"), ("ghij", "hij")]


def test_frames_alone_are_no_window():
    with pytest.raises(ValueError, match="at least one token"):
        list(windows(["<s>", "a", "</s>"], 2, framed=True))
