"""The text form: printing and parsing are inverse, and every complaint says where."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.strategies import programs
from tpc.diagnostics import TpcError
from tpc.ir.parser import parse_program
from tpc.ir.printer import digest, print_program
from tpc.ir.program import Program

CORPUS = sorted((Path(__file__).parent.parent / "corpus").glob("*.tpir"))
KITCHEN_SINK = Path(__file__).parent.parent / "corpus" / "kitchen_sink.tpir"


@pytest.fixture
def text() -> str:
    return KITCHEN_SINK.read_text(encoding="utf-8")


@settings(max_examples=150, deadline=None)
@given(program=programs())
def test_printing_and_parsing_are_inverse(program: Program) -> None:
    text = print_program(program)
    parsed = parse_program(text)
    assert parsed == program
    assert digest(parsed) == digest(program)
    assert print_program(parsed) == text


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_corpus_round_trips(path: Path) -> None:
    program = parse_program(path.read_text(encoding="utf-8"), str(path))
    text = print_program(program)
    again = parse_program(text)
    assert (again, again.metadata) == (program, program.metadata)
    assert print_program(again) == text


def test_bytes_do_not_depend_on_the_hash_seed() -> None:
    script = (
        "import sys; from tpc.ir.parser import parse_program; "
        "from tpc.ir.printer import print_program; "
        "sys.stdout.buffer.write(print_program(parse_program(open(sys.argv[1]).read())).encode())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script, str(KITCHEN_SINK)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("0", "1", "12345")
    }
    assert len(outputs) == 1


def complaint(text: str) -> TpcError:
    with pytest.raises(TpcError) as caught:
        parse_program(text, "demo.tpir")
    return caught.value


@pytest.mark.parametrize(
    ("before", "after", "message", "excerpt"),
    [
        ('"b" | "c" => "a"', '"b" | "C" => "a"', 'no value "C"', '"C"'),
        ("%attn_0_0_pattern, %tokens", "%attn_0_0_patern, %tokens", "not defined", "%attn_0_0_pat"),
        ("query=%tokens, key=%tokens) where", "query=%ones, key=%tokens) where", "categ", "%ones"),
        (": cat<@token>\n  %attn_0_1_p", ": cat<@tokn>\n  %attn_0_1_p", "@tokn", "@tokn"),
        ("select.first", "select.frist", "unknown rule", "select.frist"),
        ("num<0..25>", "num<0..24>", "can be 0..25", "%num_attn_1_0"),
        (
            ", _ => 0} : cat<@value>\n  %num_mlp_0_0",
            "} : cat<@value>\n  %num_mlp_0_0",
            "no case",
            "%mlp",
        ),
        ("%ones = ones", "%positions = ones", "defined twice", "%positions"),
        ("return %label", "return %ones", "not of the type", "%ones"),
        ("hidden 2", "hidden 3", "do not fit", "%num_mlp_0_1"),
        ("> 3 > 4", "> 3", "ranked exactly once", "prefer"),
        ('never ["<pad>"]', 'never ["pad"]', 'no value "pad"', "classify"),
        ("rewrite lower", "rewrite upper", "unknown rewriting", "upper"),
        ("max_length 5", "max_length 6", "more positions", "%positions"),
        ('"a" => 0.5', '"a" => 1e999', "not finite", "%weight"),
        ("contract every", "contract some", "unexpected", "some"),
    ],
)
def test_mistakes_are_located(
    text: str, before: str, after: str, message: str, excerpt: str
) -> None:
    assert text.count(before) >= 1
    error = complaint(text.replace(before, after, 1))
    assert message in error.render()
    assert error.location is not None
    assert error.location.file == "demo.tpir"
    assert error.location.source[error.location.column - 1 :].startswith(excerpt)


def test_a_file_cut_short_anywhere_is_refused(text: str) -> None:
    body = text.rstrip()
    for end in range(0, len(body) - 1, 7):
        if body[:end].rstrip().endswith("return %label\n}"):
            continue
        with pytest.raises(TpcError):
            parse_program(body[:end], "demo.tpir")


@pytest.mark.parametrize("version", ["2.0", "10.1"])
def test_a_newer_major_version_is_refused_with_a_hint(text: str, version: str) -> None:
    error = complaint(text.replace("tpir 1.0", f"tpir {version}", 1))
    assert version in error.message
    assert error.hint is not None
    assert "install" in error.hint


def test_a_newer_minor_version_is_read_if_it_uses_nothing_new(text: str) -> None:
    assert parse_program(text.replace("tpir 1.0", "tpir 1.7", 1)) == parse_program(text)


def test_what_is_no_program_is_refused() -> None:
    assert "not a program" in complaint("def run(tokens): ...\n").message
    assert "empty" in complaint("; only a comment\n").message


def test_a_change_after_the_seal_is_noticed(text: str) -> None:
    sealed = print_program(parse_program(text))
    changed = sealed.replace('"a" => [0, 1, -1.5]', '"a" => [0, 1, -1.25]')
    assert changed != sealed
    assert "seal" in complaint(changed).message
    unsealed = changed[: changed.rindex("\nseal ")]
    assert parse_program(unsealed) != parse_program(text)


def test_layout_and_comments_do_not_break_the_seal(text: str) -> None:
    sealed = print_program(parse_program(text))
    relaid = sealed.replace("\n  %ones", "\n\n  ; a comment\n  %ones").replace(", ", ",   ")
    assert parse_program(relaid) == parse_program(text)
