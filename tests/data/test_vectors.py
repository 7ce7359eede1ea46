"""Word vectors: formats, projection, missing words, and broken files."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tpc.data.vectors import initial_vectors, project, read_vectors
from tpc.diagnostics import TpcError

TEXT = "the 1 2.5 -3e-1\n. . . 4 5 6\ncafé 7 8 9\nthe 0 0 0\n"


def files(folder: Path) -> list[Path]:
    plain = folder / "plain.txt"
    plain.write_text(TEXT)
    word2vec = folder / "header.txt"
    word2vec.write_text("4 3\n" + TEXT.replace("\n", " \r\n"))
    packed = folder / "packed.gz"
    packed.write_bytes(gzip.compress(TEXT.encode()))
    for name, members in (("one.zip", ["a.txt"]), ("two.zip", ["a.txt", "b.txt"])):
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for member in members:
                archive.writestr(member, TEXT if member == "a.txt" else "x 1\n")
    return [plain, word2vec, packed, folder / "one.zip", folder / "two.zip" / "a.txt"]


@pytest.mark.parametrize("index", range(5))
def test_every_packing_gives_the_same_vectors(tmp_path: Path, index: int) -> None:
    found = read_vectors(files(tmp_path)[index], ["the", "café", ". . .", "absent"])
    assert {word: vector.tolist() for word, vector in found.items()} == {
        "the": [1.0, 2.5, -0.3],
        ". . .": [4.0, 5.0, 6.0],
        "café": [7.0, 8.0, 9.0],
    }


def test_missing_words_are_random_by_seed(tmp_path: Path) -> None:
    path = files(tmp_path)[0]
    words = ["<pad>", "the", "<unk>"]
    start = initial_vectors(path, words, 3, seed=4)
    assert start.found == 1
    assert start.matrix[1].tolist() == [1.0, 2.5, -0.3]
    drawn = np.random.RandomState(4).randn(2, 3)
    assert np.array_equal(start.matrix[[0, 2]], drawn)


def test_other_widths_are_projected_as_scikit_learn_projects(tmp_path: Path) -> None:
    from sklearn.random_projection import GaussianRandomProjection

    path = files(tmp_path)[0]
    words = ["the", "café", "x"]
    narrow = initial_vectors(path, words, 2, seed=0)
    whole = initial_vectors(path, words, 3, seed=0).matrix
    expected = GaussianRandomProjection(n_components=2, random_state=0).fit_transform(whole)
    assert np.allclose(narrow.matrix, expected, rtol=0, atol=1e-12)
    assert project(whole, 5).shape == (3, 5)


@pytest.mark.parametrize(
    ("content", "fragments"),
    [
        (b"the 1 2 3\nof 4 5\n", ("line 2", "2 numbers", "has 3")),
        (b"the 1 2 3\nof 4 5 6 7\n", ("line 2", "more than the 3")),
        (b"the 1 2 3\n\nof 4 5 6\n", ("line 2", "0 numbers")),
        (b"the 1 2 3\nof 1 x 3\n", ("line 2", "number is broken")),
        (b"the 1 2 3\nof 1 nan 3\n", ("line 2", "not finite")),
        (b"the\nof\n", ("line 1", "0 numbers")),
        (b"a 1 2\nb 3 4\n", ("none of the 2 words",)),
        (b"x" * (2 << 20), ("line 1", "too long")),
        (gzip.compress(TEXT.encode() * 1000)[:-20], ("line ", "damaged")),
        (b"PK\x03\x04 nothing", ("damaged",)),
        (b"", ("none of the 2 words",)),
    ],
)
def test_broken_files_name_the_line(
    tmp_path: Path, content: bytes, fragments: tuple[str, ...]
) -> None:
    path = tmp_path / "vectors.txt"
    path.write_bytes(content)
    with pytest.raises(TpcError) as caught:
        initial_vectors(path, ["the", "of"], 3, seed=0)
    for fragment in ("vectors.txt", *fragments):
        assert fragment in caught.value.render()


def _zipped(method: int, damage: Callable[[bytes], bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.writestr(zipfile.ZipInfo("a.txt"), TEXT * 50, method)
    return damage(packed.getvalue())


@pytest.mark.parametrize(
    ("method", "damage", "fragment"),
    [
        (zipfile.ZIP_DEFLATED, lambda data: data[:60] + b"xxxx" + data[64:], "damaged"),
        (zipfile.ZIP_BZIP2, lambda data: data[:60] + b"xxxx" + data[64:], "Invalid data"),
        (zipfile.ZIP_LZMA, lambda data: data[:60] + b"xxxx" + data[64:], "damaged"),
        (
            zipfile.ZIP_LZMA,
            lambda data: data.replace(b"\t\x04\x05\x00", b"\t\x04\x05\x01"),
            "line 1",
        ),
        # The member is marked as encrypted, in both of the places that say it.
        (
            zipfile.ZIP_STORED,
            lambda data: data.replace(b"\x14\0\0\0\0\0", b"\x14\0\1\0\0\0"),
            "encrypted",
        ),
    ],
)
def test_damaged_archives_of_every_method(
    tmp_path: Path, method: int, damage: Callable[[bytes], bytes], fragment: str
) -> None:
    path = tmp_path / "vectors.zip"
    path.write_bytes(_zipped(method, damage))
    with pytest.raises(TpcError, match=fragment):
        read_vectors(path, ["the"])


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(TpcError, match="several files") as caught:
        read_vectors(files(tmp_path)[4].parent, [])
    assert "two.zip/NAME with one of a.txt, b.txt" in (caught.value.hint or "")
    with pytest.raises(TpcError, match=r"no file c\.txt"):
        read_vectors(tmp_path / "two.zip" / "c.txt", [])
    with pytest.raises(TpcError, match="cannot read"):
        read_vectors(tmp_path / "none.txt", [])


def test_memory_stays_bounded(tmp_path: Path) -> None:
    path = tmp_path / "many.gz"
    with gzip.open(path, "wt", compresslevel=1) as stream:
        stream.writelines(f"word{index} " + "0.125 " * 299 + "1\n" for index in range(3_000))
    tracemalloc.start()
    found = read_vectors(path, ["word2999"])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found["word2999"]) == 300
    assert peak < 1_000_000


def test_real_vectors_cover_the_words_of_the_corpus(shared: Path) -> None:
    from tpc.data.text_source import text_source

    corpus = text_source("trec", str(shared / "data" / "trec"), options={}).load()
    path = shared / "data" / "vectors" / "glove.6B.50d_head2446.txt.gz"
    start = initial_vectors(path, corpus.vocabulary, 256, seed=0)
    assert start.matrix.shape == (8855, 256)
    assert 1_000 < start.found < 2_446
