"""Special tokens and the rewriting of words: defined once, and what they do."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tpc.ir import words
from tpc.ir.words import BOS, EOS, PAD, UNK, rewrite, rewrite_steps

PACKAGE = Path(words.__file__).parent.parent


def test_special_tokens_are_written_in_one_module() -> None:
    elsewhere = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in PACKAGE.rglob("*.py")
        if path != Path(words.__file__)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in {BOS, EOS, PAD, UNK}
    ]
    assert elsewhere == []


@pytest.mark.parametrize(
    ("lower", "digits", "rewritten"),
    [(False, False, "Mid-1990S-٣"), (True, False, "mid-1990s-٣"), (False, True, "Mid-@S-٣")],
)
def test_words_are_rewritten_step_by_step(lower: bool, digits: bool, rewritten: str) -> None:
    assert rewrite("Mid-1990S-٣", rewrite_steps(lower=lower, digits=digits)) == rewritten
