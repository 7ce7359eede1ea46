"""Expressions at one position, put into one another."""

import pytest

from tpc.backends.python.pointwise import Pointwise, is_atom, is_guarded, joined, stands_alone

COUNT = Pointwise("tokens.count(token)", (("token", "tokens"),))


@pytest.mark.parametrize(
    ("text", "inside", "found"),
    [
        ("min(n, 4)", COUNT, "min(tokens.count(token), 4)"),
        ("n + 1", Pointwise("a - b"), "(a - b) + 1"),
        ("x[n]", Pointwise("a - b"), "x[a - b]"),
        ("f(n) + x.n", Pointwise("m"), "f(m) + x.n"),
        ('f("n", n)', Pointwise("m"), 'f("n", m)'),
        ('n if n in x else "b"', COUNT, 'n if (n := tokens.count(token)) in x else "b"'),
    ],
)
def test_an_expression_takes_the_place_of_a_name(text: str, inside: Pointwise, found: str) -> None:
    assert joined(text, {"n": inside}) == Pointwise(found, inside.loops)


def test_loop_variables_of_other_columns_are_renamed() -> None:
    one = Pointwise("n", (("n", "count"),))
    two = Pointwise("f(n)", (("n", "other"), ("i", "")))
    found = joined("a // b", {"a": one, "b": two})
    assert found == Pointwise("n // f(m)", (("n", "count"), ("m", "other"), ("i", "")))
    again = joined("a // b", {"a": one, "b": one})
    assert again == Pointwise("n // n", (("n", "count"),))


def test_what_binds_tightly_needs_no_parentheses() -> None:
    assert all(map(is_atom, ["x", "f(a, b)", "x[i + 1]", '"a b"', "a.b(c)"]))
    assert not any(map(is_atom, ["a + b", "-a", "a if b else c"]))


def test_where_a_name_stands() -> None:
    assert stands_alone("f(n)", "n")
    assert not stands_alone("f(n + 1)", "n")
    assert not stands_alone("f(n, n)", "n")
    assert is_guarded("0 if n in x else n", "n")
    assert not is_guarded("n if m in x else n", "n")
