"""What docs/training.md and `--help` say of options is what their fields say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tpc.cli.train import described_defaults
from tpc.training.options import OPTIONS

PAGE = Path(__file__).parents[2] / "docs" / "training.md"


def rows() -> list[str]:
    """A row for each rule: the options that change nothing, and why."""
    options: dict[str, list[str]] = {}
    for option in OPTIONS.values():
        for rule in option.no_effect:
            options.setdefault(rule.text, []).append(f"`{option.flag}`")
    return [f"| {', '.join(flags)} | {text} |" for text, flags in options.items()]


def test_the_page_has_every_rule() -> None:
    """If it has not, replace its table by what is shown."""
    _, _, rest = PAGE.read_text().partition("| changes nothing, and is refused | as |\n|---|---|\n")
    assert rest.partition("\n\n")[0].splitlines() == rows()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("threads", "1"),
        ("max_grad_norm", ""),
        ("unique", "yes"),
        ("n_heads_cat", "4, tagging 8"),
        ("d_model", "256, tagging 128, classification 64"),
        ("search", "60, text 0; paper: 0"),
        ("dropout", "0, text 0.3; paper, standard: 0"),
        ("lr", "0.05, tagging 0.01, classification 0.02; paper: 0.05, tagging 0.01; "
               "standard: 0.0003, text 0.001"),
    ],
)  # fmt: skip
def test_defaults_as_help_says_them(name: str, text: str) -> None:
    assert described_defaults(OPTIONS[name]) == text


def test_every_option_says_its_default_or_has_none() -> None:
    silent = {"data", "tokenizer", "vectors", "seeds"}
    assert silent == {
        name
        for name, option in OPTIONS.items()
        if not (option.default_text or described_defaults(option))
    }
