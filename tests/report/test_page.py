"""The page as a file: it holds what it should, as data, and can run or fetch nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

import tpc
from tests.backends.conftest import NAMES, corpus_program
from tests.strategies import HOSTILE
from tpc.diagnostics import TpcError
from tpc.ir.printer import print_program
from tpc.report.page import BUNDLE, page
from tpc.report.sources import shortened

PROGRAMS = Path(__file__).parent.parent.parent / "programs"
NASTY = ["</script><script>alert(1)</script>", "<!--", "@data@", "\u202e", "\u2028", "\\", "😀"]


class Elements(HTMLParser):
    """The elements of a page: tags with their attributes, and the text of each kind of script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open = tag

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - as in the parser
        self.open = ""

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.open, []).append(data)


def data_of(text: str) -> dict:
    """What the page has been given."""
    return json.loads(Elements(text).texts["script"][0])


@pytest.mark.parametrize("name", NAMES)
def test_the_page_has_its_data_and_no_other_script(name: str) -> None:
    program = corpus_program(name)
    text = page(program, inputs=[[*HOSTILE, *NASTY]])
    data = data_of(text)
    assert data["programs"][0]["vocabulary"] == list(program.vocabulary)
    assert data["inputs"] == [[*HOSTILE, *NASTY]]
    assert [tag for tag, _ in Elements(text).tags].count("script") == 2
    found = re.search(r'id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    assert found[1].isascii()
    assert "<" not in found[1]


def test_the_policy_allows_the_script_and_the_style_alone() -> None:
    elements = Elements(BUNDLE.read_text("utf-8"))
    (policy,) = (a["content"] for t, a in elements.tags if a.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    for kind in ("script", "style"):
        digest = hashlib.sha256(elements.texts[kind][-1].encode()).digest()
        assert f"{kind}-src 'sha256-{base64.b64encode(digest).decode()}'" in policy
    assert not any({"src", "href", "style"} & attributes.keys() for _, attributes in elements.tags)


def test_the_same_program_gives_the_same_bytes() -> None:
    program = tpc.load(PROGRAMS / "sort" / "sort.tpir").ir
    assert page(program) == page(program)


@pytest.mark.parametrize("path", sorted(PROGRAMS.glob("*/*.tpir")), ids=lambda path: path.stem)
def test_a_generated_task_takes_at_most_a_megabyte(path: Path) -> None:
    assert len(page(tpc.load(path).ir).encode()) < 1_000_000


def test_two_programs() -> None:
    one = tpc.load(PROGRAMS / "sort" / "sort.tpir").ir
    data = data_of(page(one, against=one.replace(name="other")))
    assert data["names"] == ["sort", "other"]
    assert data_of(page(one, against=one))["names"] == ["sort (A)", "sort (B)"]
    with pytest.raises(TpcError, match="read the same tokens"):
        page(one, against=corpus_program("hostile"))


def test_what_passes_did() -> None:
    program = corpus_program("kitchen_sink")
    assert data_of(page(program))["about"][0]["passes"] == []
    data = data_of(page(program, level=1))
    steps = data["about"][0]["passes"]
    assert steps
    assert steps[0]["nodes"][0] == len(program.nodes)
    for before, after in pairwise(steps):
        assert before["nodes"][1] == after["nodes"][0]
    small = tpc.Program(program).optimize(1).ir
    assert steps[-1]["nodes"][1] == len(small.nodes)
    assert any(
        print_program(small).startswith(source["text"][:200]) for source in data["sources"][0]
    )


def test_what_is_too_long_is_said() -> None:
    assert shortened("short\n") == "short\n"
    assert shortened("x" * 1_000) == f"{'x' * 400} [600 more characters]\n"
    assert shortened("x\n" * 5_000).endswith("x\n[1,000 more lines]\n")


@pytest.mark.parametrize("name", ["trec", "conll_ner"])
def test_a_program_of_text_takes_at_most_eight_megabytes(name: str, shared: Path) -> None:
    folder = shared / "zoo" / name
    program = tpc.import_run(folder, vocabulary=folder / "expected.json")
    assert len(page(program.ir).encode()) < 8_000_000
