"""The parse tables are kept between runs, and nothing depends on that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tpc.diagnostics import TpcError
from tpc.ir import parser
from tpc.ir.printer import print_program

CORPUS = Path(__file__).parents[1] / "corpus"
TEXT = min(CORPUS.glob("**/*.tpir")).read_text(encoding="utf-8")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the cache, and no tables in memory."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    parser._grammar.cache_clear()
    yield tmp_path / "caches" / "tpc"
    parser._grammar.cache_clear()


def complaint() -> str:
    with pytest.raises(TpcError) as raised:
        parser.parse_program(TEXT.replace("program @", "program %", 1))
    return raised.value.render()


def test_kept_tables_read_the_same_programs_and_complain_alike(cache: Path) -> None:
    made, complained = print_program(parser.parse_program(TEXT)), complaint()
    (kept,) = cache.iterdir()
    before = kept.stat().st_mtime_ns
    parser._grammar.cache_clear()
    assert print_program(parser.parse_program(TEXT)) == made
    assert complaint() == complained
    assert kept.stat().st_mtime_ns == before


@pytest.mark.parametrize("damage", [b"", b"junk", None])
def test_damaged_tables_are_made_again(
    cache: Path, damage: bytes | None, capfd: pytest.CaptureFixture[str]
) -> None:
    made = print_program(parser.parse_program(TEXT))
    (kept,) = cache.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    parser._grammar.cache_clear()
    assert print_program(parser.parse_program(TEXT)) == made
    again = kept.read_bytes()
    assert again[:64] == whole[:64]
    assert len(again) > len(whole) // 2
    assert capfd.readouterr().err == ""


def test_a_folder_that_cannot_be_made_is_done_without(cache: Path) -> None:
    cache.parent.write_text("a file where the folder should be")
    assert print_program(parser.parse_program(TEXT))
