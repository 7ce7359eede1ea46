"""What notebooks show: a page in a frame, for whatever is asked of a program."""

from __future__ import annotations

import html
import re
from pathlib import Path

import tpc
from tests.report.test_page import data_of

PROGRAMS = Path(__file__).parent.parent / "programs"


def framed_data(shown: str | None) -> dict:
    """What the page in a frame has been given."""
    assert shown is not None
    found = re.fullmatch(r'<iframe [^>]*sandbox="allow-scripts" srcdoc="([^"]*)"></iframe>', shown)
    assert found is not None
    return data_of(html.unescape(found[1]))


def load(name: str) -> tpc.Program:
    return tpc.load(PROGRAMS / name / f"{name}.tpir")


def test_a_program() -> None:
    data = framed_data(load("sort")._repr_html_())
    assert data["names"] == ["sort"]
    assert data["start"] == {"view": "values", "position": None}


def test_a_trace() -> None:
    trace = load("sort").trace(["<s>", "3", "1", "</s>"])
    assert trace["label"][1:3] == ["1", "3"]
    assert framed_data(trace._repr_html_())["inputs"] == [["<s>", "3", "1", "</s>"]]


def test_a_comparison() -> None:
    one, other = load("sort"), load("reverse")
    found = tpc.diff(one, other)
    data = framed_data(found._repr_html_())
    assert data["names"] == ["sort", "reverse"]
    assert data["start"]["view"] == "compare"
    assert data["inputs"] == [list(found.answers.smallest.tokens)]
    assert "programs" not in found.to_json()
    assert tpc.diff(one, load("dyck1"))._repr_html_() is None


def test_an_explanation() -> None:
    words = ["<s>", "3", "1", "4", "</s>"]
    why = load("sort").explain(words, 2)
    data = framed_data(why._repr_html_())
    assert data["start"] == {"view": "why", "position": 2}
    assert data["inputs"] == [words]
    assert "explained" not in why.to_json()


def test_hostile_tokens_are_text_in_the_frame() -> None:
    text = (PROGRAMS.parent / "tests" / "corpus" / "hostile.tpir").read_text(encoding="utf-8")
    attack = "</script></iframe><script>alert(1)</script>"
    program = tpc.parse(text.replace('"%d"', f'"{attack}"'))
    words = [attack, '"', "'", "\u2028", "\n"]
    trace = program.trace(words)
    shown = trace._repr_html_()
    assert framed_data(shown)["inputs"] == [words]
    tags = re.findall("<[a-z/]+", shown)
    assert tags == ["<iframe", "</iframe"]
    inside = html.unescape(shown)
    assert inside.count("<script") == html.unescape(load("sort")._repr_html_()).count("<script")
