"""Files of older versions are read, those of newer ones are read or refused with a sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tpc.diagnostics import TpcError
from tpc.ir import versions
from tpc.ir.parser import parse_program
from tpc.ir.printer import print_program, seal
from tpc.ir.versions import VERSIONS, Version, stated_version

HERE = Path(__file__).parent / "versions"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_file_of_each_version_is_read(version: Version) -> None:
    text = (HERE / f"{version}.tpir").read_text(encoding="utf-8")
    assert stated_version(text, "p") == version
    assert parse_program(text).name in ("hist", "reverse")
    assert print_program(parse_program(text), version) == text


@pytest.fixture
def text() -> str:
    return (HERE / "1.0.tpir").read_text(encoding="utf-8")


def as_version(text: str, version: str) -> str:
    """The file with another first line, and a seal that fits."""
    body = re.sub(r"^tpir 1\.\d", f"tpir {version}", text[: text.rindex("\nseal ")])
    return f'{body}\nseal "{seal(body)}"\n'


def test_a_new_version_is_one_entry(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With 1.2 there, sealed files of 1.0 are read and written as before, those of 1.2 too."""
    before = parse_program(text)
    monkeypatch.setattr(versions, "VERSIONS", (*VERSIONS, Version(1, 2)))
    assert parse_program(text) == before
    assert print_program(before) == text
    written = print_program(before, Version(1, 2))
    assert written == as_version(text, "1.2")
    assert parse_program(written) == before
    with pytest.raises(TpcError, match="seal"):
        parse_program(text.replace("tpir 1.0", "tpir 1.2"))


def test_a_program_is_written_as_of_the_oldest_version_that_can_say_it() -> None:
    text = (HERE / "1.1.tpir").read_text(encoding="utf-8")
    assert print_program(parse_program(text)) == text
    with pytest.raises(TpcError, match=r"not in IR 1\.0, which the file says") as raised:
        parse_program(as_version(text, "1.0"), "p.tpir")
    assert raised.value.location is not None
    assert "abs(%end - %positions)" in raised.value.location.source
    assert "tpir 1.1" in str(raised.value.hint)


def test_a_newer_minor_version_is_read_if_it_uses_nothing_new(text: str) -> None:
    newer = as_version(text, "1.7")
    assert parse_program(newer) == parse_program(text)
    with pytest.raises(TpcError, match=r"of IR version 1\.7, newer than this tpc") as raised:
        parse_program(newer.replace("max_length", "shape [1]\nmax_length"))
    assert raised.value.location is not None
    assert "install a newer tpc" in str(raised.value.hint)


@pytest.mark.parametrize("version", ["2.0", "10.3", "02.1", "9" * 5_000 + ".0"])
def test_a_newer_major_version_is_refused(text: str, version: str) -> None:
    with pytest.raises(TpcError, match=r"is newer than this tpc: it reads 1\.1") as raised:
        parse_program(as_version(text, version), "p.tpir")
    assert "install a newer tpc" in str(raised.value.hint)
    assert "p.tpir:1:6" in str(raised.value)


def test_a_version_that_never_was(text: str) -> None:
    with pytest.raises(TpcError, match="there never was"):
        parse_program(as_version(text, "0.9"))


@pytest.mark.parametrize("version", ["1", "1.", "one", "1.0.0", "-1.0", "1e3", "1.\u0660", "%"])
def test_a_version_that_is_none(text: str, version: str) -> None:
    with pytest.raises(TpcError, match="unexpected"):
        parse_program(text.replace("tpir 1.0", f"tpir {version}"))


def test_versions_are_in_order() -> None:
    assert sorted(VERSIONS) == list(VERSIONS)
    assert str(versions.current()) == str(VERSIONS[-1])
