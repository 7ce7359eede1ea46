"""Emitted JavaScript in a process of Node."""

from __future__ import annotations

import gc
import shutil
from pathlib import Path

import pytest

from tests.backends.conftest import corpus_program
from tpc.diagnostics import TpcError
from tpc.runtime import node
from tpc.runtime.node import NodeProgram

#: Answers what it is told to.
ECHO = """
export const run = (tokens) => tokens;
export const runBatch = (sequences, raw) => sequences.map(() => [String(raw), "\\u2028"]);
export const trace = (tokens) => { throw new RangeError(tokens.join()); };
"""


@pytest.fixture
def main(tmp_path: Path) -> Path:
    path = tmp_path / "echo 'name' é.mjs"
    path.write_text(ECHO)
    return path


needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node here")


def test_a_machine_without_node_is_told_what_to_install(
    main: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node.shutil, "which", lambda _: None)
    with pytest.raises(TpcError, match=r"no command 'node'[^$]*apt install nodejs"):
        NodeProgram(corpus_program("constant"), main)


@needs_node
def test_requests_are_one_line_whatever_is_in_them(main: Path) -> None:
    loaded = NodeProgram(corpus_program("constant"), main)
    tokens = ["\n", "\u2028", "\u2029", "\r", "\x85", "😀", "\ud83d", "", '"']
    assert loaded.call("run", tokens) == tokens
    assert list(loaded.run_many([["a"]] * 3, raw=True)) == [["true", "\u2028"]] * 3
    with pytest.raises(ValueError, match=r"^a,b$"):
        loaded.call("trace", ["a", "b"])
    assert loaded.call("run", ["still there"]) == ["still there"]


@needs_node
def test_files_that_do_not_load_are_named(tmp_path: Path) -> None:
    program = corpus_program("constant")
    path = tmp_path / "broken.mjs"
    with pytest.raises(TpcError, match="cannot read"):
        NodeProgram(program, path)
    for text, reason in (
        ("export function run(", "SyntaxError"),
        ("export const run = () => [];", "no function runBatch"),
        ("throw new Error('x');", "Error: x"),
        ("import 'no-such-package';", "no-such-package"),
    ):
        path.write_text(text)
        with pytest.raises(TpcError, match=f"not a module that .* backend wrote: .*{reason}"):
            NodeProgram(program, path)


@needs_node
def test_the_process_ends_with_the_program(main: Path) -> None:
    loaded = NodeProgram(corpus_program("constant"), main)
    process = loaded._process
    assert process.poll() is None
    del loaded
    gc.collect()
    assert process.returncode == 0


@needs_node
def test_a_process_that_is_gone_is_no_answer(main: Path) -> None:
    loaded = NodeProgram(corpus_program("constant"), main)
    loaded._process.kill()
    with pytest.raises(TpcError, match="Node ended without an answer"):
        loaded.run(["a"])


@needs_node
def test_node_is_not_waited_for_forever(main: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    main.write_text(ECHO + "\nexport function hang() { for (;;); }\n")
    loaded = NodeProgram(corpus_program("constant"), main)
    monkeypatch.setattr(node, "_PATIENCE", 0.2)
    with pytest.raises(TpcError, match="Node ended without an answer"):
        loaded.call("hang")
