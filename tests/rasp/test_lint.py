"""Each rule of the linter: what it reports, where, and that its opposite is left alone."""

from __future__ import annotations

import pytest

from tpc.rasp.lint import Finding, lint_text


def found_at(text: str) -> list[tuple[str, str]]:
    return [
        (finding.rule, f"{finding.location.line}:{finding.location.column}")
        for finding in lint_text(text, "lint.rasp")
    ]


def only(text: str) -> Finding:
    findings = lint_text(text, "lint.rasp")
    assert len(findings) == 1, findings
    return findings[0]


CLEAN = """# a heading, before the first statement
set example ["a", "b"]

def next(values) { # what follows
	later = select(indices, indices + 1, ==);
	# the last position has none
	return aggregate(later, values, "");
}
for k in [1, 2] { total = k; } # a loop
numbers = {"a": -1, "b": 2.5};
x = next(tokens); # "not # a comment"
y = numbers[tokens];
"""


def test_a_clean_file_has_no_findings() -> None:
    assert lint_text(CLEAN, "clean.rasp") == []


def entries(count: int) -> str:
    return ", ".join(["1"] * count)


def nested(count: int) -> str:
    return "(1 if indices == 0 else " * count + "0" + ")" * count


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 1; y = 2;", [("statement-per-line", "1:8")]),
        ("def f() { return 1; } y = 2;", [("statement-per-line", "1:23")]),
        ("x = 1 +\n2;", [("statement-per-line", "1:1")]),
        ("x = [1, # one\n2];", [("statement-per-line", "1:1"), ("comment", "1:9")]),
        ("def f() {\n" + "\n" * 99 + "return 1;\n}", [("block-length", "1:1")]),
        (f"x = [{entries(251)}];", [("literal-size", "1:5")]),
        (f"x = [{entries(250)}];", []),
        (f"x = [1] + [{entries(251)}, indices];", [("literal-size", "1:11")]),
        (
            "x = {" + ", ".join(f"{i}: 1" for i in range(251)) + "};",
            [("literal-size", "1:5")],
        ),
        (f"x = {' + '.join(['1'] * 490)};", [("depth", "1:1")]),
        (f"x = {' + '.join(['1'] * 400)};", []),
        (f"x = {nested(325)};", [("depth", "1:1")]),
        (f"x = {nested(280)};", []),
        (f"def f(a) {{ return {nested(250)}; }}\nx = f(1) + {nested(250)};", []),
        (f"def f(a) {{ return {nested(290)}; }}\nx = (((((f(((((1))))))))));", []),
        (
            f"def f(a) {{ return a + {nested(298)}; }}\nx = f(1);",
            [("depth", "1:1"), ("depth", "2:1")],
        ),
        ("out = 1;", [("reserved-name", "1:1")]),
        ("x, get = 1, 2;", [("reserved-name", "1:4")]),
        ("def f(range) { return range; }", [("reserved-name", "1:7")]),
        ("x = [1 for True in [1]];", [("reserved-name", "1:12")]),
        ("for length in [1] { x = 1; }", [("reserved-name", "1:5")]),
        ("def sort(a) { return a; }", [("reserved-name", "1:5")]),
        ("def f(a) { length = a; return length; }\nx = f(1);", []),
        ("tokens = tokens_str;", []),
        ("L = [1];\nx = (L)[0];", [("parenthesised-index", "2:5")]),
        ("L = [1];\nx = L[(0)];", [("parenthesised-index", "2:7")]),
        ("L = [1];\nx = L[0 + (0)];", []),
        ("x = 1e5;", [("syntax", "1:6")]),
        ("x = .5;", [("syntax", "1:5")]),
        ("x = 1 // 2;", [("syntax", "1:8")]),
        ('x = "a"b";', [("syntax", "1:9")]),
        ("x = 1 != 2;", [("syntax", "1:7")]),
        ("x = select (indices, 1, ==);", [("syntax", "1:25")]),
        ("x = 1", [("syntax", "1:6")]),
        ("x = tokens_int;", [("load", "1:5")]),
        ("x = tokens_int;\ny = x;", [("load", "1:5"), ("load", "2:5")]),
        ("set example [1]\nx = tokens_int;", []),
        ('x = {"a": 1}[tokens];', [("load", "1:13")]),
        ('x = aggregate(select(tokens, "h", ==), tokens);', [("string-default", "1:5")]),
        ('x = aggregate(select(tokens, "h", ==), tokens, "");', []),
        ('x = aggregate(select(tokens, "h", ==), indices);', []),
        ("x = aggregate(select(indices, length - 1 - indices, ==), tokens);", []),
        ("x = average(indices);", []),
        ("x = " + "round(" * 20 + "1" + ")" * 20 + ";", []),
        (
            "def f(a) { return a; }\nx = " + "f(" * 9 + "1" + ")" * 9 + ";",
            [("nested-calls", "2:5")],
        ),
        ("x = 0;\nfor i in range(1001) { x = x + indices; }", [("graph-size", "1:1")]),
        ("x = 1;\nexit\ny = nothing;", []),
    ],
)
def test_rules(text: str, expected: list[tuple[str, str]]) -> None:
    assert found_at(text) == expected


def test_linting_goes_on_after_a_statement_that_does_not_parse() -> None:
    assert found_at("x = 1e5;\ny = 2;\nz = y + (;\nw = y;\nv = nothing;") == [
        ("syntax", "1:6"),
        ("syntax", "3:10"),
        ("load", "5:5"),
    ]


def test_a_finding_shows_its_place_and_what_to_do() -> None:
    finding = only("x = 1e5;")
    assert finding.render() == (
        "lint.rasp:1:6: syntax: unexpected 'e5'\n"
        "  x = 1e5;\n       ^^\n"
        "hint: RASP has no exponents: write the number out, 0.001 for 1e-3"
    )
    assert finding.as_dict()["line"] == 1
