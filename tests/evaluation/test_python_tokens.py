"""The tokens of Python: what is counted, and what might have slipped through."""

import pytest

from tpc.evaluation.python_tokens import python_tokens, string_pieces


def test_comments_and_layout_are_no_tokens() -> None:
    assert python_tokens("x = [1,\n    -2]  # two\n\n") == 8


def test_a_docstring_is_a_comment_unless_it_is_read() -> None:
    source = 'def f():\n    """One two three."""\n    return 1\n'
    assert python_tokens(source) == 8
    assert python_tokens(source + "f.__doc__") == 13


@pytest.mark.parametrize("message", ["7 tokens: at most 6", "{x} of 1 2 3 {sorted(y)}"])
def test_the_message_of_an_exception_is_one_unless_it_can_be_caught(message: str) -> None:
    source = f'raise ValueError(f"{message}")\n'
    assert python_tokens(source) == 5
    caught = "try: f()\nexcept ValueError as e: g(e)\n"
    assert python_tokens(caught + source) > python_tokens(caught) + 8


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ('x["<s>"] = "don\'t"', 6),
        ('f(x, y.count("B-PER"))', 11),
        ('{"a": "b"}["a"]', 8),
        ('return_("two words")', 11),
    ],
)
def test_a_string_counts_each_word(source: str, count: int) -> None:
    assert python_tokens(source) == count


@pytest.mark.parametrize(
    ("source", "count"),
    [
        # A table in a string.
        ('x.update("3 1 4 1 5".split())', 14),
        ('y["3,1,4,1,5"]', 8),
        # A string as a list of characters.
        ('[*"01234"]', 8),
        ('{x for x in "01234"}', 11),
        ('"PTF"[x]', 6),
        ('x in "012"', 5),
        ('set("01234")', 8),
        ('y = "PTF"', 5),
        ('if (y := "PTF"): pass', 10),
        ('def f(y="PTF"): pass', 11),
        ('"PTF".index(x)', 8),
        ('a, b = "PT"', 6),
        # A string in pieces is one string.
        ('y["3 1" " 4 1"]', 7),
        # Bytes, digits.
        (r'y(b"\x03\x01\x04")', 6),
        ("y >> 1234567890123456789", 4),
    ],
)
def test_what_is_packed_counts_unpacked(source: str, count: int) -> None:
    assert python_tokens(source) == count


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ('f"a{b!r:>{c}}"', 3),
        ('f"unknown tokens: {sorted(unknown)}"', 6),
        ('f"{x}3 1 4{(1, 2)}"', 9),
        ("""f'{f"{d}"}' """, 1),
        ('f"é{b}" + "é"; f"{a} b"', 7),
    ],
)
def test_an_f_string_counts_its_words_and_values(source: str, count: int) -> None:
    assert python_tokens(source) == count


def test_a_name_is_one_piece() -> None:
    names = ["attn_0_1", "", "?", "3 1 4", "x1 y2", "3.14", "1-2"]
    assert [*map(string_pieces, names)] == [1, 1, 1, 3, 4, 1, 2]
