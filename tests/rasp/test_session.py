"""How much a program may do while it loads: small texts that would take hours or all memory."""

from __future__ import annotations

import pytest

from tpc.cli.rasp import rasp as command
from tpc.diagnostics import TpcError
from tpc.rasp import execute, load
from tpc.rasp.lint import lint_text
from tpc.rasp.session import MAX_STEPS, Steps

LOOP = "x = 0;\nfor i in range(5000) {\n  for j in range(5000) {\n    x = i + j;\n  }\n}\n"
DOUBLED = "l = [1];\nfor i in range(60) {\n  l = [l, l];\n}\n"


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence has the real limit, which takes seconds to reach."""
    monkeypatch.setattr(
        "tpc.rasp.session.Steps.__init__", lambda self: vars(self).update(left=20_000)
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (LOOP, 4),
        ("x = indices;\nfor i in range(1000000) {\n  x = x + 1;\n}\n", 2),
        ("def f(n) {\n  return f(n - 1) + f(n - 1) if n > 0 else 0;\n}\nx = f(40);\n", 2),
        ("set example range(1000)\nx = select(indices, indices, <);\n", 2),
        ("l = range(4000);\ny = [[k, k] for k in l];\nz = [zip(l, l) for k in l];\n", 3),
        ("l = range(4000);\nx = [tokens in l for k in l];\n", 2),
        ("d = {k: k for k in range(2000)};\nx = [d[indices] for k in range(2000)];\n", 2),
        ("l = range(4000);\nx = [5 in l for k in l];\n", 2),
        ('s = "a" * 4000;\nx = [s + s for k in range(4000)];\n', 2),
        ('s = tokens;\nx = [tokens + ("a" * 9000) for k in range(2000)];\n', 2),
        ("x = 2 ^ 30000;\ny = [x + 1 for k in range(1000)];\n", 2),
        ('x = indices;\nfor k in range(9000) {\n  x("hello");\n}\n', 3),
    ],
)
def test_a_program_without_end_ends_at_a_place(text: str, line: int) -> None:
    program = execute(text, "p.rasp")
    [error] = program.errors
    assert error.message == f"the program takes more than {MAX_STEPS:,} steps as it loads"
    assert error.location is not None
    assert (error.location.file, error.location.line) == ("p.rasp", line)


def test_nothing_is_read_after_that() -> None:
    assert execute(LOOP + "y = indices;\n" * 1000).names == ()


def test_the_linter_ends_too() -> None:
    assert [finding.rule for finding in lint_text(LOOP, "p.rasp")] == ["load"]


def test_help_states_the_limit() -> None:
    assert f"{MAX_STEPS:,} steps" in (command.__doc__ or "").replace("\n    ", " ")


@pytest.mark.parametrize("use", ["l;", "l == l;", "x = l == [l];", '"%s" % l;', "{1: l};", "[l];"])
def test_a_list_that_holds_itself_twice_over_is_refused(use: str) -> None:
    """Its 2^60 elements are never gone through."""
    with pytest.raises(TpcError, match="this value is too large"):
        load(DOUBLED + use)


def test_evaluation_on_inputs_of_users_is_not_counted() -> None:
    program = load("x = select(indices, indices, <=);\n")
    assert len(program.evaluate("x", [0] * 2000)) == 2000


def test_probes_of_the_linter_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its many inputs share the steps of a program."""
    counted: list[int] = []
    spend = Steps.spend

    def counting(self: Steps, steps: int) -> None:
        counted.append(steps)
        spend(self, steps)

    monkeypatch.setattr(Steps, "spend", counting)
    text = 's = select(tokens, "x", ==);\n' + 't = aggregate(s, tokens + "a");\n' * 300
    lint_text(f'set example "abcdefghijklmnop"\n{text}', "p.rasp")
    assert sum(counted) < 5 * 20_000
