"""What the JavaScript backend promises beyond equal answers."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import tempfile
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.backends.conftest import corpus_program, inputs
from tests.strategies import programs, sequences
from tpc.backends.javascript import BACKEND, emitter, module
from tpc.ir.parser import parse_program
from tpc.ir.program import Program
from tpc.runtime.backend import emit_to
from tpc.runtime.node import NodeProgram
from tpc.semantics import interpreter
from tpc.semantics.encoding import encode

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node here")

#: Tokens that mean something in JavaScript, JSON or HTML, or to objects and to who reads lines.
TOKENS = [
    "__proto__", "constructor", "toString", "hasOwnProperty", "</script>", "</SCRIPT ", "<!--",
    "<script>", "-->", "*/", "//", "\u2028", "\u2029", "\ufeff", "\u202e", "\r", "\n", "\0", '"',
    "'", "`", "${x}", "\\", "\\u2028", "\\ud83d", "😀", "e\u0301", "null", "undefined", "NaN", "0",
    "00", "-1", "1e3", "", " ", "<s>", "</s>",
]  # fmt: skip

#: Answers a JSON list of token lists as a page would: by functions that have only the language.
BARE = """
import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
const source = readFileSync(process.argv[1], "utf-8").replaceAll(/^export /gm, "");
const context = Object.create(null);
const call = runInNewContext(`(() => {"use strict";${source}; return (name, json) =>
  JSON.stringify({ run, runBatch, trace }[name](...JSON.parse(json)));})()`, context);
const sequences = JSON.parse(readFileSync(0, "utf-8"));
const answers = sequences.map((tokens) => JSON.parse(call("run", JSON.stringify([tokens, true]))));
const batch = JSON.parse(call("runBatch", JSON.stringify([sequences, true])));
console.log(JSON.stringify({ answers, batch, leaked: Object.keys(context) }));
"""

#: Imports a module as it is, and says what became global by that.
IMPORTED = """
const before = Reflect.ownKeys(globalThis).length;
const program = await import(process.argv[1]);
console.log(JSON.stringify({
  labels: program.run(JSON.parse(process.argv[2])),
  exported: Object.keys(program),
  leaked: Reflect.ownKeys(globalThis).length - before,
}));
"""


def node(code: str, *arguments: str, given: object = None) -> Any:
    """What a program for Node says, run in an empty folder as a module."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["node", "--input-type=module", "--eval", code, "--", *arguments],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            cwd=folder,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def source_of(program: Program) -> str:
    return BACKEND.emit(program, program.name)[0].content.decode("utf-8")


def assert_traced(program: Program, loaded: NodeProgram, tokens: list[str]) -> None:
    """Every variable, every chosen position and every logit is the interpreter's."""
    traced = loaded.call("trace", tokens)
    found = interpreter.evaluate(program, encode(program, tokens))
    assert traced["variables"] == {
        name: interpreter.present_column(program, name, column)
        for name, column in found.columns.items()
    }
    assert traced["network"] == interpreter.trace(program, tokens)
    assert traced["chosen"] == found.patterns
    never = getattr(program.by_name[program.result], "never", ())
    answered = [[x for k, x in enumerate(row) if k not in never] for row in found.logits]
    assert traced["logits"] == answered


def loaded_from(program: Program, folder: Path) -> NodeProgram:
    loaded = BACKEND.load(program, emit_to(BACKEND, program, folder, "emitted"))
    assert isinstance(loaded, NodeProgram)
    return loaded


def test_all_that_is_computed_is_traced(program: Program, tmp_path: Path) -> None:
    loaded = loaded_from(program, tmp_path)
    for tokens in inputs(program)[-40:]:
        assert_traced(program, loaded, tokens)


@given(data=st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_all_that_random_programs_compute_is_traced(data: st.DataObject) -> None:
    program = data.draw(programs())
    with tempfile.TemporaryDirectory() as folder:
        loaded = loaded_from(program, Path(folder))
        for _ in range(3):
            assert_traced(program, loaded, data.draw(sequences(program)))


def test_a_module_needs_the_language_alone(program: Program, tmp_path: Path) -> None:
    """In a context without a console, a process, a document or timers; nothing is left there."""
    main = emit_to(BACKEND, program, tmp_path, "emitted")
    expected = [interpreter.run(program, tokens, raw=True) for tokens in inputs(program)]
    said = node(BARE, str(main), given=inputs(program))
    assert said == {"answers": expected, "batch": expected, "leaked": []}


def test_a_module_is_imported_without_a_package(program: Program, tmp_path: Path) -> None:
    main = emit_to(BACKEND, program, tmp_path, "emitted")
    tokens = inputs(program)[-1]
    said = node(IMPORTED, main.as_uri(), json.dumps(tokens))
    assert said["labels"] == interpreter.run(program, tokens)
    assert {"run", "runBatch", "trace"} <= set(said["exported"]) <= {
        "run", "runBatch", "trace", "CLASSES"
    }  # fmt: skip
    assert said["leaked"] == 0


def hostile_program() -> Program:
    """Heads that look for the token behind the one found before, a table and a lookup."""
    found, lines = "%tokens", []
    for name in ("__proto__", "constructor", "arguments", "await", "labels", "added", "_", "JSON"):
        lines += [
            f"%{name}_pattern = select.first(query={found}, key=%tokens) where key == query + 1",
            f"%{name} = aggregate(%{name}_pattern, %tokens) : cat<@token>",
            f'  from "{name}", "</script>{name}\\u2028"',
        ]
        found = f"%{name}"
    heads = "\n".join(lines)
    return parse_program(
        f"""tpir 1.0
domain @token = {json.dumps(["<pad>", *TOKENS])}
domain @position = 0..5
domain @label = {json.dumps(TOKENS[:-2])}
max_length 6
language {json.dumps(TOKENS)}{{1..6}}
program @eval(%tokens: cat<@token>) -> label<@label> {{
{heads}
%inherited = lookup(%tokens) {{"0" => 1, "00" => 2, "-1" => 3, "1e3" => 4, _ => 0}} : cat<@position>
%next_pattern = select.first(query=%tokens, key=%tokens) {{
  "0" => "1e3", "00" => "0", "-1" => "00", "null" => "-1", "__proto__" => "constructor"
}}
%next = aggregate(%next_pattern, %tokens) : cat<@token>
%sum = lookup({found}, %tokens, %inherited) {{
  ("constructor", _, _) => "__proto__", (_, "</script>" | "<!--", _) => "\\u2028",
  (_, "__proto__", 0) => "</script>", (_, _, 1..3) => "toString", _ => "`"
}} : label<@label>
return %sum
}}
metadata {{"origin": {{"task": "</script><!--\\u2028*/\\n", "trainer": "`${{x}}`"}}}}
"""
    )


def test_hostile_names_and_tokens_are_text(tmp_path: Path) -> None:
    program = hostile_program()
    loaded = loaded_from(program, tmp_path)
    for tokens in [*([token] for token in TOKENS), *inputs(program)]:
        assert_traced(program, loaded, tokens)
        assert loaded.run(tokens) == interpreter.run(program, tokens)
    source = source_of(program)
    assert not re.search(r"</?script|<!--", source, re.IGNORECASE)
    assert all(c.isprintable() or c == "\n" for c in source)


def test_what_overflows_is_infinite(tmp_path: Path) -> None:
    program = parse_program(
        """tpir 1.0
domain @token = ["<pad>", "a", "b"]
domain @position = 0..3
domain @value = 0..2
domain @label = ["x", "y"]
max_length 4
language ["a", "b"]{1..4}
program @p(%tokens: cat<@token>) -> label<@label> {
  %huge = embed(%tokens) {"<pad>" => 0, "a" => 1e308, "b" => -1e308} : real
  %all_pattern = select.all(query=%tokens, key=%tokens) where key == query
  %all = aggregate(%all_pattern, %huge) : real
  %again = aggregate(%all_pattern, %all) : real
  %mlp = mlp(%again, %all) hidden 3 w_in [1, -1, 0, 1, 1, 1] b_in [0, 1, 0]
    w_out [1, 0, 0, 0, 1, 0, 1, -1, 2] b_out [0, 1, 2] : cat<@value>
  %label = classify {
    %again: [1, -1], %all: [-1, 0], %mlp: {0 => [0, 1], _ => [2, 0]}
  } : label<@label>
  return %label
}
"""
    )
    loaded = loaded_from(program, tmp_path)
    for tokens in inputs(program):
        assert loaded.run(tokens) == interpreter.run(program, tokens)
        expected = interpreter.trace(program, tokens)
        assert {n: list(map(str, v)) for n, v in loaded.trace(tokens).items()} == {
            name: list(map(str, values)) for name, values in expected.items()
        }
    assert float("inf") in loaded.trace(["a", "a"])["all"]


def test_words_are_put_in_lower_case_as_python_does() -> None:
    """Whatever Unicode has had since its version 3.2, and where Greek words end."""
    old = unicodedata.ucd_3_2_0
    words = [chr(i) for i in range(0x110000) if old.category(chr(i)) not in ("Cn", "Cs")]
    words += ["ΟΔΟΣ", "Σ", "ΑΣ.Β", "Σ'", "ΑΣ'", "İΣ", "ΑΣ\u0301", "A\u0345Σ", "ΣΣ"]
    code = """
    import { readFileSync } from "node:fs";
    const words = JSON.parse(readFileSync(0, "utf-8"));
    console.log(JSON.stringify(words.map((word) => word.toLowerCase())));
    """
    assert node(code, given=words) == [word.lower() for word in words]


def test_a_module_says_what_is_wrong_with_an_input(tmp_path: Path) -> None:
    loaded = loaded_from(corpus_program("clipped_count"), tmp_path)
    for tokens, message in (
        (["1", "9", "<pad>"], r'unknown tokens: \["9","<pad>"\]'),
        (["1"] * 7, "7 tokens: it takes 0 to 6"),
    ):
        for function in ("run", "trace"):
            with pytest.raises(ValueError, match=message):
                loaded.call(function, tokens)
    assert loaded.call("run", []) == []
    pooled = loaded_from(corpus_program("pooled_sum"), tmp_path)
    with pytest.raises(ValueError, match="0 tokens: it takes 1 to 6"):
        pooled.call("run", [])
    with pytest.raises(ValueError, match=r'unknown tokens: \["<pad>"\]'):
        pooled.call("run", ["who", "<PAD>"])


def test_a_module_reads_as_a_person_would_write_it() -> None:
    source = source_of(corpus_program("clipped_count"))
    assert "  // number of positions with the same token\n" in source
    assert "matches(tokens, tokens)" in source
    assert "String(Math.min(value, 4))" in source
    assert "sha256:0f1e2d3c4b5a" in source
    assert source.count("\n") <= 65


def test_only_helpers_that_are_called_are_brought_along(program: Program) -> None:
    source = source_of(program)
    for name in re.findall(r"^function (\w+)", source, re.MULTILINE):
        assert len(re.findall(rf"\b{name}\(", source)) > 1, name


def test_no_variable_is_called_as_a_helper_is() -> None:
    helpers = set(re.findall(r"^function (\w+)", "\n\n".join(module._HELPERS), re.MULTILINE))
    assert len(helpers) == len(module._HELPERS)
    assert helpers <= set(emitter._RESERVED.split())


@pytest.mark.slow(seconds=3)
@pytest.mark.parametrize(
    "name", ["sort16_gpu", "dyck1", "double_hist_learned_counts", "option_score", "trec"]
)
def test_real_runs_are_answered_as_the_network_answers(
    name: str, shared: Path, tmp_path: Path
) -> None:
    from tpc.frontends.run import export_run

    run = shared / "zoo" / name
    vocabulary = json.loads((run / "expected.json").read_text())
    program = export_run(run, {key: vocabulary[key] for key in ("vocabulary", "classes")})
    with gzip.open(run / "expected.jsonl.gz", "rt", encoding="utf-8") as lines:
        expected = [json.loads(line) for line in lines]
    loaded = loaded_from(program, tmp_path)
    answers = list(loaded.run_many([line["tokens"] for line in expected], raw=True))
    assert answers == [line.get("labels", line.get("label")) for line in expected]
