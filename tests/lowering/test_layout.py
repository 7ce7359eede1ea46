"""Layout: statements over many lines mean what they mean on one."""

from __future__ import annotations

import ast

import pytest

from tpc.lowering.layout import WIDTH, broken_call

LONG = [f"variable_number_{index}" for index in range(9)]
TESTS = " & ".join(f"(({name} == 1) | ({name} == 2))" for name in LONG)


@pytest.mark.parametrize(
    "expression",
    [
        f"look_up({', '.join(LONG)})",
        f"by_cases(np.uint8, ({TESTS}, 1), ({LONG[0]} == 1, f({', '.join(LONG)})), otherwise=2)",
        f"({' + '.join(LONG)}).astype(np.uint8)",
        f"({' // '.join(f'np.maximum(np.int64({name}), 1)' for name in LONG)}).astype(np.uint8)",
        f"look_up(({TESTS}).astype(np.int64))",
    ],
)
def test_a_broken_statement_is_the_same(expression: str) -> None:
    lines = broken_call("found = ", expression, 0)
    assert len(lines) > 1
    assert max(map(len, lines)) <= WIDTH
    whole, split = ast.parse(f"found = {expression}"), ast.parse("\n".join(lines))
    assert ast.dump(whole) == ast.dump(split)


def test_what_cannot_be_broken_stays() -> None:
    expression = " + ".join(f"f({name})" for name in LONG)
    assert broken_call("", expression, 4) == [f"    {expression}"]
