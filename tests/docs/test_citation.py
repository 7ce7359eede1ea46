"""CITATION.cff is what the format's readers take, of this version, and cites the paper."""

from __future__ import annotations

import re

import yaml

import tpc
from tests.docs.blocks import ROOT

CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
#: Of the schema of version 1.2.0: the keys of a file, and of a reference, that are used here.
KEYS = {
    *("cff-version", "message", "title", "abstract", "type", "authors", "version", "license"),
    *("keywords", "preferred-citation"),
}
REFERENCE = {
    *("type", "title", "authors", "collection-title", "conference", "year", "url", "identifiers"),
}


def test_it_follows_the_schema() -> None:
    assert CITATION["cff-version"] == "1.2.0"
    assert set(CITATION) <= KEYS
    assert {"cff-version", "message", "title", "authors"} <= set(CITATION)
    assert CITATION["type"] in ("software", "dataset")
    assert all(set(author) == {"name"} for author in CITATION["authors"])
    assert CITATION["license"] == "MIT"
    assert all(isinstance(word, str) for word in CITATION["keywords"])


def test_it_cites_the_paper() -> None:
    paper = CITATION["preferred-citation"]
    assert set(paper) <= REFERENCE
    assert paper["type"] == "conference-paper"
    assert [author["family-names"] for author in paper["authors"]] == ["Friedman", "Wettig", "Chen"]
    assert all(set(author) == {"family-names", "given-names"} for author in paper["authors"])
    assert paper["year"] == 2023
    assert set(paper["conference"]) == {"name"}
    assert re.fullmatch(r"https://arxiv\.org/abs/\d{4}\.\d{5}", paper["url"])


def test_versions_agree() -> None:
    assert CITATION["version"] == tpc.__version__
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {tpc.__version__}" in changes
