"""`tpc upgrade`: programs of older versions are written as this one does, with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Tpc
from tests.cli.test_bad_input import assert_polite
from tests.ir.test_versions import as_version

OLD = Path(__file__).parents[1] / "ir" / "versions" / "1.0.tpir"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "p.tpir"
    path.write_bytes(OLD.read_bytes())
    return path


def test_nothing_is_done_to_a_file_of_this_version(tpc: Tpc, file: Path, tmp_path: Path) -> None:
    before = file.stat()
    outcome = tpc("upgrade", file)
    assert (outcome.status, outcome.out) == (0, "")
    assert outcome.err == f"{file}: already IR 1.0: nothing to do\n"
    assert file.stat() == before
    copy = tmp_path / "copy.tpir"
    assert tpc("upgrade", file, "-o", copy).status == 0
    assert copy.read_bytes() == file.read_bytes()
    assert tpc("upgrade", "-", stdin=file.read_text()).out == file.read_text()


def test_a_file_of_another_version_is_written_anew(tpc: Tpc, file: Path, tmp_path: Path) -> None:
    """This one says 1.1 and has nothing that 1.0 has not: it is written as 1.0."""
    expected = file.read_text()
    given = as_version(expected, "1.1")
    file.write_text(given)
    other = tmp_path / "q.tpir"
    outcome = tpc("upgrade", file, "-o", other)
    assert outcome.err == f"{file}: from IR 1.1 to IR 1.0, written to {other}\n"
    assert other.read_text() == expected
    assert file.read_text() == given
    assert tpc("upgrade", "-", stdin=file.read_text()).out == expected
    assert tpc("upgrade", file).status == 0
    assert file.read_text() == expected
    assert "already IR 1.0" in tpc("upgrade", file).err


@pytest.mark.parametrize("version", ["1.2", "2.0"])
def test_a_newer_file_is_left_alone(tpc: Tpc, file: Path, version: str) -> None:
    text = as_version(file.read_text(), version)
    file.write_text(text)
    assert_polite(tpc("upgrade", file), version, "newer tpc")
    assert file.read_text() == text


def test_what_is_no_program(tpc: Tpc, file: Path, tmp_path: Path) -> None:
    file.write_text(file.read_text().replace("max_length", "max_depth"))
    assert_polite(tpc("upgrade", file), "p.tpir:")
    assert_polite(tpc("upgrade", tmp_path / "none.tpir"), "cannot read")
    assert_polite(tpc("upgrade", tmp_path), "cannot read")
