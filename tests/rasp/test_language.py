"""What RASP texts compute: examples of the RASP paper in our words, and the language's traps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tpc.diagnostics import TpcError
from tpc.rasp import load


def value(text: str, tokens: Sequence[Any] | str = "hello", name: str = "x") -> list[Any]:
    return load(text, "test.rasp").evaluate(name, tokens)


def atom(expression: str) -> Any:
    """What an expression without s-ops evaluates to."""
    shown = load(f"x = {expression};\nx;", "test.rasp").shown[-1].text
    return shown.removeprefix("x = ")


# The examples of the RASP paper ---------------------------------------------------------------

HISTOGRAM = "same = select(tokens, tokens, ==);\nx = selector_width(same);"
REVERSE = "mirror = select(indices, length - indices - 1, ==);\nx = aggregate(mirror, tokens);"
SORT = """
smaller = select(tokens, tokens, <);
same_but_before = select(tokens, tokens, ==) and select(indices, indices, <);
place = selector_width(smaller or same_but_before);
x = aggregate(select(place, indices, ==), tokens);
"""
DOUBLE_HISTOGRAM = """
same = select(tokens, tokens, ==);
first = not has_focus(same and select(indices, indices, <));
n = selector_width(same);
x = selector_width(select(n, n, ==) and select(first, True, ==));
"""
MOST_FREQUENT = """
same = select(tokens, tokens, ==);
first = not has_focus(same and select(indices, indices, <));
key = -selector_width(same) if first else 1000;
x = sort(tokens if first else "-", key);
"""
DYCK = """
def balances(pairs) {
	seen = select(indices, indices, <=);
	opening = indicator(tokens in [p[0] for p in pairs]);
	closing = indicator(tokens in [p[1] for p in pairs]);
	opened = (indices + 1) * aggregate(seen, opening);
	depth = opened - (indices + 1) * aggregate(seen, closing);
	level = depth + closing;
	nth = selector_width(select(level, level, ==) and seen);
	partner = select(opening, True, ==) and select(level, level, ==) and select(nth, nth - 1, ==);
	matches = aggregate(partner, tokens, "-") + tokens in pairs;
	wrong = (closing and not matches) or depth < 0;
	failed = has_focus(seen and select(wrong, True, ==));
	return "F" if failed else ("T" if depth == 0 else "P");
}
x = balances(["()", "{}"]);
"""

texts = st.text("abcd", min_size=1, max_size=9)


@settings(deadline=None)
@given(texts)
def test_histogram(text: str) -> None:
    counts = Counter(text)
    assert value(HISTOGRAM, text) == [counts[token] for token in text]


@settings(deadline=None)
@given(texts)
def test_reverse(text: str) -> None:
    assert value(REVERSE, text) == list(reversed(text))


@settings(deadline=None)
@given(texts)
def test_sort(text: str) -> None:
    assert value(SORT, text) == sorted(text)
    assert value("x = sort(tokens, tokens);", text) == sorted(text)


@settings(deadline=None)
@given(texts)
def test_double_histogram(text: str) -> None:
    counts = Counter(text)
    assert value(DOUBLE_HISTOGRAM, text) == [
        sum(n == counts[token] for n in counts.values()) for token in text
    ]


@settings(deadline=None)
@given(texts)
def test_most_frequent(text: str) -> None:
    counts = Counter(text)
    ranked = sorted(counts, key=lambda token: (-counts[token], text.index(token)))
    assert value(MOST_FREQUENT, text) == ranked + ["-"] * (len(text) - len(ranked))


@settings(deadline=None)
@given(st.text("(){}", min_size=1, max_size=10))
def test_dyck_two(text: str) -> None:
    expected, stack, failed = [], [], False
    for token in text:
        if token in "({":
            stack.append(token)
        elif not stack or stack.pop() + token not in {"()", "{}"}:
            failed = True
        expected.append("F" if failed else "P" if stack else "T")
    assert value(DYCK, text) == expected


# Values and operators -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("-2^2", "4"),
        ("2^3^2", "64"),
        ("7 % 4 * 2", "7"),
        ("1 if False else 2 if False else 3", "3"),
        ("1 if True else 2 if False else 3", "3"),
        ("not 1 == 2", "false"),
        ("True or False and False", "false"),
        ("2 and 3", "3"),
        ("round(2.5)", "2"),
        ("round(3.5)", "4"),
        ("7 / 2", "3.5"),
        ("6 / 2", "3.0"),
        ("0.1 + 0.2", "0.30000000000000004"),
        ("True == 1", "true"),
        ('"1" == 1', "false"),
        ("True + True", "2"),
        ('"ab" + "c"', '"abc"'),
        ('"abc"[-1]', '"c"'),
        ("[1, 2] + [3]", "[1, 2, 3]"),
        ("len([1, 2])", "2"),
        ("range(2, 8, 3)", "[2, 5]"),
        ("zip([1, 2], [3, 4])", "[[1, 3], [2, 4]]"),
        ("[a * b for a, b in [[1, 2], [3, 4]]]", "[2, 12]"),
        ("{k: k + 1 for k in {1: 0, 5: 0}}", "{1: 2, 5: 6}"),
        ("3 in [1, 2, 3]", "true"),
        ("max(2, 3)", "3"),
        ("min(2, 3)", "2"),
    ],
)
def test_plain_values(expression: str, expected: str) -> None:
    assert atom(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("indices + 1", [1, 2, 3, 4, 5]),
        ("10 - indices", [10, 9, 8, 7, 6]),
        ('tokens + "!"', ["h!", "e!", "l!", "l!", "o!"]),
        ('"<" + tokens', ["<h", "<e", "<l", "<l", "<o"]),
        ("indices > 2", [False, False, False, True, True]),
        ("2 > indices", [True, True, False, False, False]),
        ("-indices", [0, -1, -2, -3, -4]),
        ("indices / 2", [0.0, 0.5, 1.0, 1.5, 2.0]),
        ("round(indices / 2)", [0, 0, 1, 2, 2]),
        ("not indices", [True, False, False, False, False]),
        ("indices and indices > 1", [False, False, True, True, True]),
        ("indicator(indices > 2)", [0, 0, 0, 1, 1]),
        ('tokens in ["l", "o"]', [False, False, True, True, True]),
        ('"l" in tokens', [True] * 5),
        ('"z" in tokens', [False] * 5),
        ("1 if indices > 2 else 0.5", [0.5, 0.5, 0.5, 1, 1]),
        ("tokens[1]", ["e"] * 5),
        ("tokens[-1]", ["o"] * 5),
        ("indices[9]", [0] * 5),
        ('{"h": 1, "e": 2, "l": 3, "o": 4}[tokens]', [1, 2, 3, 3, 4]),
        ("[5, 6, 7][indices % 3]", [5, 6, 7, 5, 6]),
        ("[5, 6, 7][-1 - indices % 2]", [7, 6, 7, 6, 7]),
        ('"abcde"[indices]', list("abcde")),
        ("length", [5] * 5),
        ("max(indices, 2)", [2, 2, 2, 3, 4]),
        ('count(tokens, "l")', [2] * 5),
        ('contains(tokens, "z")', [False] * 5),
        ("average(indices)", [2.0] * 5),
        ('shift(tokens, 1, "-")', ["-", "h", "e", "l", "l"]),
        ("load_from_location(tokens, 4 - indices)", list("olleh")),
        ('mark_last_instance(tokens, "l")', [False, False, False, True, False]),
        ('aggregate(select_from_last(tokens, "l"), indices)', [3] * 5),
        ("aggregate(select_next_identical(tokens), indices, -1)", [-1, -1, 3, -1, -1]),
        ("has_focus(select(indices, indices, <))", [False, True, True, True, True]),
    ],
)
def test_sequence_operators(expression: str, expected: list[Any]) -> None:
    found = value(f"x = {expression};")
    assert found == expected
    assert list(map(type, found)) == list(map(type, expected))


@pytest.mark.parametrize(
    ("comparison", "rows"),
    [
        ("==", [[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
        ("!=", [[0, 1, 1], [1, 0, 1], [1, 1, 0]]),
        ("<", [[0, 0, 0], [1, 0, 0], [1, 1, 0]]),
        (">", [[0, 1, 1], [0, 0, 1], [0, 0, 0]]),
        ("<=", [[1, 0, 0], [1, 1, 0], [1, 1, 1]]),
        (">=", [[1, 1, 1], [0, 1, 1], [0, 0, 1]]),
    ],
)
def test_select_compares_key_with_query_and_has_a_row_for_each_query(
    comparison: str, rows: list[list[int]]
) -> None:
    assert value(f"x = select(indices, indices, {comparison});", "abc") == rows


def test_selectors_combine() -> None:
    text = "x = not (select(indices, 0, ==) or select(indices, 1, ==)) and select(1, 1, ==);"
    assert value(text, "abc") == [[0, 0, 1]] * 3


# Aggregate --------------------------------------------------------------------------------------


def test_one_selected_value_is_unchanged_and_several_are_averaged() -> None:
    before = "before = select(indices, indices, <);\n"
    assert value(before + "x = aggregate(before, indices);", "abcd") == [0, 0, 0.5, 1.0]
    assert value(before + "x = aggregate(before, indices, -7);", "ab") == [-7, 0]
    assert value('x = aggregate(select(indices, 0, ==), tokens, "");', "ab") == ["a", "a"]


def test_averages_are_summed_from_the_left() -> None:
    text = "x = aggregate(full_s, tokens_float);"
    assert value("set example [1]\n" + text, ["0.1", "0.2", "0.3"]) == [(0.1 + 0.2 + 0.3) / 3] * 3


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("aggregate(full_s, tokens)", "because they are strings"),
        ("aggregate(full_s, indices > 1)", "because they are bools"),
        ("aggregate(select(indices, indices, <), tokens[0])", "because they are strings"),
        ('aggregate(select(indices, 9, ==), indices, "a") + 1', "concatenate"),
        ("aggregate(indices, indices)", "needs a selector"),
        ("aggregate(full_s, indices, indices)", "plain value"),
        ("aggregate(select(indices, 1, <=) and select(indices, indices, ==), tokens)", "mix"),
        ("tokens + 1", "concatenate"),
        ('1 + "a"', "unsupported operand"),
        ("tokens if indices > 1 else 0", "mix int and string"),
        ("select(indices, 1, ==) and indices", "cannot join"),
        ("select(indices, 1, ==) + 1", "does not apply to a selector"),
        ("-select(indices, 1, ==)", "does not apply to a selector"),
        ("indicator(1)", "indicator applies"),
        ("select(tokens, indices, <)", "not supported between"),
        ('{"a": 1}["b"]', "not in the dict"),
        ('{"h": 1}[tokens]', "'e' is not in the dict"),
        ("[1, 2][indices]", "out of range"),
        ("[1, 2][-3]", "out of range"),
        ('[1, 2]["0"]', "is an integer"),
        ("tokens[indices]", "is an integer, not an s-op"),
        ("(tokens)[0]", "a parenthesised base"),
        ("((tokens + tokens))[0]", "a parenthesised base"),
        ("tokens[(0)]", "a parenthesised index"),
        ("selector_width > 1", "> does not apply to a function"),
        ("1 + max", "+ does not apply to a function"),
        ("indices < max", "< does not apply to a function"),
        ("-max", "- does not apply to a function"),
        ("max(selector_width, 1)", "> does not apply to a function"),
        ("min(indices, full_s)", "< does not apply to a selector"),
        ('max("a", 1)', "not supported between"),
        ('count("a", "a")', "an s-op is needed here"),
        ("count(max, 1)", "an s-op is needed here"),
        ("contains(full_s, 1)", "== does not apply to a selector"),
        ("mark_first_instance(full_s, 1)", "not a selector"),
        ("select(max, 1, ==)", "not a function"),
        ("sort([1], indices)", "not a list"),
        ("3[0]", "no elements"),
        ("{[1]: 2}", "dict key"),
        ("{1: 2} + {3: 4}", "unsupported operand"),
        ('tokens in {"a": 1}', "to be a list"),
        ('"a" in {"a": 1}', "needs a list"),
        ('len("abc")', "needs lists"),
        ("range(1.5)", "integers"),
        ("range(1, 2, 0)", "must not be zero"),
        ("zip([1], [2, 3])", "one length"),
        ("[a for a in 3]", "runs over"),
        ("[a for a, b in [[1, 2, 3]]]", "2 names cannot be bound to 3 values"),
        ("nothing", "nothing is named 'nothing'"),
        ("tokens_int", "does not convert"),
        ("max(1)", "needs 2 arguments"),
        ("3(4)", "cannot be called"),
        ('tokens("abc")', "not a value"),
        ("(-8) ^ 0.5", "not a real number"),
        ("range(1000001 + 99999)", "too large"),
        ("range(9 ^ 9999)", "too large"),
        ('"ab" * 1000000', "too large"),
        ("99999999 * [0, 1]", "too large"),
        ('"%9999999d" % 1', "too large"),
        ("(2 ^ 40000) * (2 ^ 40000)", "too large"),
        ("9 ^ 99999999", "too large"),
        ("1 / (indices - 2)", "division by zero"),
        ("selector_width(tokens)", "a selector is needed"),
    ],
)
def test_broken_rules_are_located_errors(expression: str, message: str) -> None:
    with pytest.raises(TpcError) as caught:
        load(f"y = 1;\nx = {expression};", "test.rasp")
    assert message in caught.value.message
    assert caught.value.location is not None
    assert caught.value.location.line == 2


def test_an_error_on_an_input_points_into_the_program() -> None:
    program = load('set example ["a"]\nx = {"a": 1}[tokens];', "test.rasp")
    with pytest.raises(TpcError) as caught:
        program.evaluate("x", ["a", "b"])
    assert str(caught.value.location) == "test.rasp:2:13"
    assert "['a', 'b']" in caught.value.message


# Statements -----------------------------------------------------------------------------------


def test_subexpressions_are_tried_on_the_running_example() -> None:
    with pytest.raises(TpcError, match="does not convert"):
        load("x = tokens_int + 1;")
    assert value("set example [1]\nx = tokens_int + 1;", ["4", "5"]) == [5, 6]


def test_functions_close_over_their_scope_and_keep_their_names_to_themselves() -> None:
    text = "y = 1;\ndef f(a) { y = a + k; return y, a; }\nk = 10;\nx, z = f(indices);\n"
    assert value(text, "ab") == [10, 11]
    assert load(text + "y;").shown[-1].text == "y = 1"


def test_loops_leave_their_names_bound() -> None:
    assert atom("0;\ns = 0;\nfor a, b in [[1, 2], [3, 4]] { s = s + a * b; }\nx = s + b") == "18"


def test_conditionals_on_plain_values_are_lazy_and_on_sops_are_not() -> None:
    assert value("x = indices if True else nothing;", "ab") == [0, 1]
    with pytest.raises(TpcError, match="nothing is named"):
        load("x = indices if indices > 0 else nothing;")


def test_reserved_names_cannot_be_bound() -> None:
    for text in ("out = 1;", "def f(indices) { return 1; }\nf(1);", "length = 1;", "max = 2;"):
        with pytest.raises(TpcError, match=r"reserved|library"):
            load(text)


def test_tokens_may_be_bound_anew() -> None:
    text = "set example [1]\ntokens = tokens_int;\nx = tokens + 1;"
    assert value(text, ["1", "2"]) == [2, 3]


def test_recursion_without_end_is_an_error() -> None:
    with pytest.raises(TpcError, match="too deeply"):
        load("def f(a) { return f(a); }\nx = f(1);")


def test_deep_nesting_that_the_reference_allows_works_here() -> None:
    nested = "0"
    for depth in range(325):
        nested = f"({depth} if indices == {depth} else {nested})"
    assert value(f"x = {nested};", "abc") == [0, 1, 2]
    assert value("x = " + " + ".join(["indices"] * 490) + ";", "ab") == [0, 490]


def test_exit_ends_the_file() -> None:
    assert load("x = indices;\nexit\ny = nothing;").names == ("x",)


def test_what_statements_show() -> None:
    text = (
        'up = indices + 1;\nup;\nup("ab");\ndraw(up, ["x", "y", "z"]);\nshow s-op example\n'
        "s = select(indices, 0, ==);\ns([1, 2]);\n[1, up];"
    )
    assert [shown.text for shown in load(text, "f").shown] == [
        'up(["h", "e", "l", "l", "o"]) = [1, 2, 3, 4, 5]',
        'up(["a", "b"]) = [1, 2]',
        'up(["x", "y", "z"]) = [1, 2, 3]',
        's-op example: ["h", "e", "l", "l", "o"]',
        "s([1, 2]) = [[1, 0], [1, 0]]",
        "out = [1, [1, 2, 3, 4, 5]]",
    ]


def test_applying_to_an_input_tries_the_sop_on_that_input() -> None:
    assert load("(tokens_int + 1)([1, 2]);").shown[0].text == "out([1, 2]) = [2, 3]"


def test_loaded_files_share_all_but_their_private_names(tmp_path: Path) -> None:
    (tmp_path / "lib.rasp").write_text("_hidden = 1;\nopen = _hidden + indices;")
    program = load('load "lib";\nx = open + 1;', directory=tmp_path)
    assert program.evaluate("x", "ab") == [2, 3]
    with pytest.raises(TpcError, match="_hidden"):
        load('load "lib";\nx = _hidden;', directory=tmp_path)
    with pytest.raises(TpcError, match="cannot read"):
        load('load "missing";', directory=tmp_path)
    (tmp_path / "loop.rasp").write_text('load "loop";')
    with pytest.raises(TpcError, match="loads itself"):
        load('load "loop";', directory=tmp_path)


# Inputs ---------------------------------------------------------------------------------------


def test_inputs() -> None:
    program = load("x = tokens;\ny = length;\nx2 = tokens_asis;")
    assert program.names == ("x", "y", "x2")
    assert program.evaluate("x", ["<s>", "日本"]) == ["<s>", "日本"]
    assert program.evaluate_many(("x", "y"), "ab") == {"x": ["a", "b"], "y": [2, 2]}
    assert program.evaluate("x2", [1, 2]) == [1, 2]
    for bad in ([], "", [["a"]], [None]):
        with pytest.raises(TpcError, match="input"):
            program.evaluate("x", bad)  # type: ignore[arg-type]
    with pytest.raises(TpcError) as caught:
        program.evaluate("xx", "ab")
    assert "x" in (caught.value.hint or "")
    with pytest.raises(TpcError, match="a function"):
        program.evaluate("selector_width", "ab")


@pytest.mark.parametrize("start", ['"ab"', "[1]", "3", "indices + 2", "tokens"])
def test_values_that_double_do_not_exhaust_memory(start: str) -> None:
    operator = "*" if start in ("3", "indices + 2") else "+"
    text = f"x = {start};\nfor k in range(99) {{\n  x = x {operator} x;\n}}"
    with pytest.raises(TpcError, match="too large") as caught:
        load(text, "test.rasp")
    assert caught.value.location is not None
    assert caught.value.location.line == 3
