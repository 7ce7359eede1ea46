"""`tpc run --on-error`: bad lines are named and left out, or null, and all others are answered."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.backends.conftest import CORPUS, corpus_program, inputs
from tests.cli.conftest import Outcome, Tpc
from tests.cli.test_bad_input import assert_polite
from tests.cli.test_eval_text import write_tagger
from tests.cli.test_run_text import POOLED
from tpc.runtime import streaming
from tpc.runtime.backend import target_names

#: Lines that nobody can answer, and a word of the reason.
BAD = {
    b'["a", "nobody"]': "nobody",
    b'["a"': "not JSON",
    b'{"a": 1}': "not a list",
    b'["a", "\xff"]': "not UTF-8",
    b'["a", "\0"]': "NUL",
    b'["a", "a", "a", "a", "a", "a"]': "at most 5",
    b'["<pad>"]': "stands for the absence",
}
KITCHEN_SINK = CORPUS / "kitchen_sink.tpir"


def mixed(count: int = 60, every: int = 7) -> tuple[list[bytes], set[int]]:
    """Lines of which every seventh is bad, and the numbers of these; some are blank."""
    sequences = inputs(corpus_program("kitchen_sink"))
    lines: list[bytes] = []
    for index in range(count):
        lines.append(json.dumps(sequences[index % len(sequences)]).encode())
        if index % every == 3:
            lines.append(list(BAD)[index // every % len(BAD)])
        if index % 11 == 0:
            lines.append(b" ")
    return lines, {number for number, line in enumerate(lines, 1) if line in BAD}


def assert_named(outcome: Outcome, bad: set[int], ran: int) -> None:
    assert outcome.status == 1
    *named, counts = outcome.err.splitlines()
    numbers = [int(line.split(":")[1].removeprefix("<stdin>, line ")) for line in map(place, named)]
    assert numbers == sorted(bad)
    assert counts == f"{ran:,} sequences ran, {len(bad):,} failed"


def place(line: str) -> str:
    """`x:<number>:...` of both ways in which a place is written."""
    return line.replace("error: <stdin>, line ", "<stdin>:")


@pytest.mark.parametrize("target", target_names())
@pytest.mark.parametrize("mode", ["skip", "null"])
def test_every_other_line_is_answered(tpc: Tpc, target: str, mode: str) -> None:
    lines, bad = mixed()
    good = [line for number, line in enumerate(lines, 1) if number not in bad]
    expected = tpc("run", KITCHEN_SINK, stdin=b"\n".join(good)).out.splitlines()
    outcome = tpc(
        "run", KITCHEN_SINK, "-t", target, "--on-error", mode, stdin=b"\n".join(lines) + b"\n"
    )
    found = outcome.out.splitlines()
    assert_named(outcome, bad, 60)
    assert [line for line in found if line != "null"] == expected
    if mode == "null":
        filled = [number for number, line in enumerate(lines, 1) if line.strip()]
        assert {filled[index] for index, line in enumerate(found) if line == "null"} == bad
    else:
        assert "null" not in found


@pytest.mark.parametrize("line", BAD)
@pytest.mark.parametrize("target", ["interpreter", "numpy"])
def test_the_reason_is_named(tpc: Tpc, line: bytes, target: str) -> None:
    outcome = tpc("run", KITCHEN_SINK, "-t", target, "--on-error", "skip", stdin=line + b'\n["a"]')
    assert BAD[line] in outcome.err.splitlines()[0]
    assert outcome.err.endswith("1 sequences ran, 1 failed\n")
    assert len(outcome.out.splitlines()) == 1


@pytest.mark.parametrize("target", ["interpreter", "c"])
@pytest.mark.parametrize("mode", ["skip", "null"])
def test_several_processes_say_the_same(
    tpc: Tpc, monkeypatch: pytest.MonkeyPatch, target: str, mode: str
) -> None:
    lines, _ = mixed(300)
    data = b"\n".join(lines)
    alone = tpc("run", KITCHEN_SINK, "--on-error", mode, stdin=data)
    monkeypatch.setattr(streaming, "BATCH", 16)
    options = ("-t", target, "--on-error", mode, "-j", 2)
    assert tpc("run", KITCHEN_SINK, *options, stdin=data) == alone


def test_a_line_of_several_lines_is_counted_as_such(tpc: Tpc) -> None:
    data = b'["a"]\r["b"]\r\n["nobody"]\r["c"]\n["nobody"]\n'
    for options in ((), ("-j", 2), ("-t", "numpy"), ("--skip-long",)):
        outcome = tpc("run", KITCHEN_SINK, "--on-error", "skip", *options, stdin=data)
        assert_named(outcome, {3, 5}, 3)


def test_a_file_has_all_the_rest(tpc: Tpc, tmp_path: Path) -> None:
    lines, bad = mixed()
    output = tmp_path / "out.jsonl"
    data = b"\n".join(lines)
    outcome = tpc("run", KITCHEN_SINK, "--on-error", "null", "-o", output, stdin=data)
    assert_named(outcome, bad, 60)
    assert output.read_text() == tpc("run", KITCHEN_SINK, "--on-error", "null", stdin=data).out
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]


def test_without_mistakes_all_is_well(tpc: Tpc) -> None:
    outcome = tpc("run", KITCHEN_SINK, "--on-error", "skip", stdin='["a"]\n')
    assert (outcome.status, outcome.err) == (0, "1 sequences ran, 0 failed\n")
    assert tpc("run", KITCHEN_SINK, stdin='["a"]\n').err == ""


def test_to_stop_is_the_default(tpc: Tpc) -> None:
    data = '["a"]\n["nobody"]\n["b"]\n'
    outcome = tpc("run", KITCHEN_SINK, stdin=data)
    assert_polite(outcome, "<stdin>:2:1", "nobody")
    assert len(outcome.out.splitlines()) == 1
    assert tpc("run", KITCHEN_SINK, "--on-error", "stop", stdin=data) == outcome
    assert_polite(tpc("run", KITCHEN_SINK, "--on-error", "ignore", stdin=data), "stop, skip, null")


TEXT = b"ann\na <pad>\n\nin \xff\nin in in in in\nin\n"
CONLL = b"ann N O\nlee\n\n-DOCSTART- -X- O\n\nin I O\n\xff I O\n\n<pad> X O\n\nin I O\n"


@pytest.mark.parametrize(
    ("kind", "mode", "data", "output", "bad", "ran"),
    [
        ("text", "skip", TEXT, "ann\tB-PER\n\nin\tO\n\n", {2, 4, 5}, 2),
        (
            "text",
            "null",
            TEXT,
            "ann\tB-PER\n\na\t_\n<pad>\t_\n\nin\t_\n\ufffd\t_\n\n" + "in\t_\n" * 5 + "\nin\tO\n\n",
            {2, 4, 5},
            2,
        ),
        ("conll", "skip", CONLL, "-DOCSTART- -X- O\n\nin I O O\n\n", {2, 7, 9}, 1),
        (
            "conll",
            "null",
            CONLL,
            "ann N O _\nlee _\n\n-DOCSTART- -X- O\n\nin I O _\n\ufffd I O _\n\n<pad> X O _\n\n"
            "in I O O\n\n",
            {2, 7, 9},
            1,
        ),
    ],
)
def test_text_and_columns(
    tpc: Tpc,
    tmp_path: Path,
    kind: str,
    mode: str,
    data: bytes,
    output: str,
    bad: set[int],
    ran: int,
) -> None:
    program = write_tagger(tmp_path)
    options = ("--format", kind, "--on-error", mode)
    outcome = tpc("run", program, *options, stdin=data)
    assert outcome.out == output
    assert_named(outcome, bad, ran)
    assert tpc("run", program, *options, "-t", "python", stdin=data) == outcome


@pytest.mark.parametrize("kind", ["text", "conll"])
def test_one_label_a_sentence(tpc: Tpc, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "mood.tpir"
    path.write_text(POOLED)
    bad = "good good good good good" if kind == "text" else "good\n" * 5
    data = f"good\n\n{bad}\n\ngood\n"
    outcome = tpc("run", path, "--format", kind, "--on-error", "null", stdin=data)
    assert (outcome.status, outcome.out) == (1, "yes\n_\nyes\n")


@pytest.mark.parametrize("kind", ["jsonl", "text"])
def test_details_are_null(tpc: Tpc, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "mood.tpir"
    path.write_text(POOLED)
    data = f"good\n{'good ' * 5}\n" if kind == "text" else '["good"]\n["<pad>"]\n'
    options = ("--format", kind, "--on-error", "null", "--details")
    first, second = tpc("run", path, *options, stdin=data).out.splitlines()
    assert json.loads(first)["label"] == "yes"
    assert second == "null"


def test_too_long_sequences_may_be_left_out_besides(tpc: Tpc) -> None:
    data = json.dumps(["a"] * 6) + '\n["nobody"]\n["a"]\n'
    outcome = tpc("run", KITCHEN_SINK, "--skip-long", "--on-error", "null", stdin=data)
    assert outcome.out.splitlines()[0] == "null"
    assert len(outcome.out.splitlines()) == 2
    assert "1 sequences are too long: <stdin>:1" in outcome.err
    assert "1 sequences ran, 1 failed" in outcome.err


def test_a_class_cannot_stand_for_no_answer(tpc: Tpc, tmp_path: Path) -> None:
    path = tmp_path / "mood.tpir"
    path.write_text(POOLED.replace('"no"', '"_"'))
    outcome = tpc("run", path, "--format", "text", "--on-error", "null", stdin="good\n")
    assert_polite(outcome, "'_' is a class", "--on-error skip")
    outcome = tpc("run", path, "--on-error", "null", stdin='["good"]\n["<pad>"]\n')
    assert (outcome.status, outcome.out.splitlines()[1]) == (1, "null")


def test_a_target_that_fails_is_no_bad_line(tpc: Tpc, monkeypatch: pytest.MonkeyPatch) -> None:
    from tpc.runtime.node import NodeProgram

    def killed(self: NodeProgram, request: bytes) -> dict[str, object]:
        if request:
            self._process.kill()
            self._process.wait()
        return exchange(self, request)

    exchange = NodeProgram._exchange
    monkeypatch.setattr(NodeProgram, "_exchange", killed)
    outcome = tpc(
        "run", KITCHEN_SINK, "-t", "javascript", "--on-error", "skip", stdin='["a"]\n' * 3
    )
    assert_polite(outcome, "Node ended without an answer")
    assert outcome.out == ""


def test_bad_lines_are_named_as_they_are_met() -> None:
    """Standard input stays open: what is known so far must be there already."""
    command = [sys.executable, "-m", "tpc.cli.main", "run", str(KITCHEN_SINK), "--on-error", "skip"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(b'["nobody"]\n')
        process.stdin.flush()
        assert b"<stdin>:1:1: error: " in process.stderr.readline()
        process.stdin.close()
        assert process.stderr.readline() == b"0 sequences ran, 1 failed\n"
    assert process.returncode == 1
