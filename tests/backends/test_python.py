"""What the Python backend promises beyond equal answers."""

from __future__ import annotations

import ast
import gzip
import io
import json
import random
import re
import subprocess
import sys
import tokenize
from dataclasses import replace
from pathlib import Path

import black
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.backends.conftest import CORPUS, NAMES, Load, corpus_program, inputs
from tests.backends.update_goldens import GOLDEN
from tpc.backends.python import BACKEND
from tpc.backends.python.literals import cost, tuple_of
from tpc.diagnostics import TpcError
from tpc.ir.nodes import Classify
from tpc.ir.parser import parse_program
from tpc.ir.program import Program
from tpc.runtime.backend import emit_to
from tpc.runtime.loaded import TargetFailedError
from tpc.semantics import interpreter

#: Tokens that nobody reads.
LAYOUT = {
    *(tokenize.COMMENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER, tokenize.INDENT),
    *(tokenize.NEWLINE, tokenize.NL),
}

#: Answers a JSON list of token lists, with every label raw, as a stranger would: no `tpc` in sight.
STRANGER = """
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("emitted", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
assert not {"tpc", "backends", "black", "numpy"} & sys.modules.keys()
print(json.dumps([module.run(tokens, raw=True) for tokens in json.load(sys.stdin)]))
"""


def run_alone(main: Path, sequences: list[list[str]], folder: Path) -> list[list[str] | str]:
    """Run an emitted module in a process of its own, isolated, from another directory."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", STRANGER, str(main)],
        input=json.dumps(sequences),
        capture_output=True,
        text=True,
        cwd=folder,
        check=True,
        env={},
    )
    assert not done.stderr
    answers: list[list[str] | str] = json.loads(done.stdout)
    return answers


def source_of(program: Program) -> str:
    return BACKEND.emit(program, program.name)[0].content.decode("utf-8")


def test_a_module_runs_alone_from_another_directory(program: Program, tmp_path: Path) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    elsewhere.mkdir()
    main = emit_to(BACKEND, program, home, "emitted")
    sequences = inputs(program)
    expected = list(interpreter.Interpreter(program).run_many(sequences, raw=True))
    assert run_alone(main, sequences, elsewhere) == expected
    assert not list(elsewhere.iterdir())


def test_every_variable_is_traced(program: Program, load: Load) -> None:
    loaded = load(BACKEND, program)
    for tokens in inputs(program)[-5:]:
        assert loaded.trace(tokens) == interpreter.trace(program, tokens)


def test_text_is_formatted_documented_and_of_the_standard_library(program: Program) -> None:
    source = source_of(program)
    mode = black.Mode(target_versions={black.TargetVersion.PY311}, line_length=88)
    assert black.format_str(source, mode=mode) == source
    tree = ast.parse(source)
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            assert ast.get_docstring(node), node.name
            assert node.returns, node.name
            assert all(argument.annotation for argument in node.args.args), node.name
        if isinstance(node, ast.Import):
            assert {alias.name for alias in node.names} <= sys.stdlib_module_names
        if isinstance(node, ast.ImportFrom):
            assert node.module
            assert node.module.split(".")[0] in sys.stdlib_module_names


def test_nothing_unused_is_emitted(program: Program) -> None:
    """Every import, constant and function is read somewhere."""
    tree = ast.parse(source_of(program))
    defined = {"run"}
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            defined |= {alias.name for alias in node.names}
        if isinstance(node, ast.Assign):
            defined |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        if isinstance(node, ast.FunctionDef):
            defined.add(node.name)
    read = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    assert defined - read == {"run"}


def test_types_check_strictly(tmp_path: Path) -> None:
    for name in NAMES:
        emit_to(BACKEND, corpus_program(name), tmp_path, name)
    command = [sys.executable, "-m", "mypy", "--strict", "--python-version", "3.11", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_promise_of_an_optimised_program_is_in_its_docstring() -> None:
    source = source_of(corpus_program("clipped_count"))
    assert "On the inputs of its task" in source
    assert "sha256:0f1e2d3c4b5a" in source


def test_a_recognised_count_reads_as_one() -> None:
    source = source_of(corpus_program("clipped_count"))
    assert "tokens.count(token)" in source
    assert "str(min(tokens.count(token), 4)) for token in tokens" in source
    assert cost(source) <= 250
    assert source.count("\n") <= 40


def test_a_module_says_what_is_wrong_with_an_input(tmp_path: Path) -> None:
    main = emit_to(BACKEND, corpus_program("clipped_count"), tmp_path, "emitted")
    namespace: dict[str, object] = {"__file__": str(main)}
    exec(compile(main.read_text(), str(main), "exec"), namespace)
    run = namespace["run"]
    assert callable(run)
    with pytest.raises(ValueError, match=r"unknown tokens: \['9', '<pad>'\]"):
        run(["1", "9", "<pad>"])
    with pytest.raises(ValueError, match="7 tokens: it takes at most 6"):
        run(["1"] * 7)
    assert run([]) == []


def test_a_loaded_module_suggests_close_tokens(load: Load) -> None:
    loaded = load(BACKEND, corpus_program("embedded_words").replace())
    assert loaded.run(["word99"])
    with pytest.raises(TpcError, match="did you mean a"):
        load(BACKEND, corpus_program("constant")).run(["aa"])


@pytest.mark.parametrize("path", sorted((GOLDEN / "python").glob("*.py.txt")), ids=lambda p: p.stem)
def test_the_cost_of_source_is_its_tokens(path: Path) -> None:
    """Whole modules, comments and layout aside: how many tokens Python's own tokenizer finds."""
    source = path.read_text(encoding="utf-8")
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    assert cost(source) == sum(token.type not in LAYOUT for token in tokens)


@given(st.lists(st.text(max_size=5) | st.integers() | st.floats(0, 1e30), min_size=1))
def test_the_cost_of_a_literal_is_its_tokens(values: list[str | int | float]) -> None:
    source = tuple_of(values)
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    assert cost(source) == sum(token.type not in LAYOUT for token in tokens)


@pytest.mark.parametrize(
    ("name", "variable", "taken"),
    [("kitchen_sink", "kind", "num_mlp_0_1_at"), ("offsets", "wide", "at")],
)
def test_variables_hide_no_function(name: str, variable: str, taken: str, load: Load) -> None:
    """A variable that is called what a function of the module would have been called."""
    assert f"def {taken}(" in source_of(corpus_program(name))
    text = (CORPUS / f"{name}.tpir").read_text(encoding="utf-8")
    program = parse_program(re.sub(rf"%{variable}\b", f"%{taken}", text))
    loaded = load(BACKEND, program)
    for tokens in inputs(program)[-20:]:
        assert loaded.run(tokens) == interpreter.run(program, tokens)


def test_loading_leaves_no_trace(tmp_path: Path) -> None:
    main = emit_to(BACKEND, corpus_program("hostile"), tmp_path, "emitted")
    BACKEND.load(
        corpus_program("smallest"), emit_to(BACKEND, corpus_program("smallest"), tmp_path, "m")
    )
    before = set(sys.modules)  # Those of the backend, which is imported when it is used, included.
    files = {path.name for path in tmp_path.iterdir()}
    BACKEND.load(corpus_program("hostile"), main).run(["'"])
    assert {path.name for path in tmp_path.iterdir()} == files
    assert set(sys.modules) <= before


def test_files_that_do_not_load_are_named(tmp_path: Path) -> None:
    program = corpus_program("constant")
    main = tmp_path / "broken.py"
    with pytest.raises(TpcError, match="cannot read"):
        BACKEND.load(program, main)
    for text in ("def run(:", "answer = 42", "import no_such_module", "raise ValueError('x')"):
        main.write_text(text)
        with pytest.raises(TpcError, match="not a module that the Python backend wrote"):
            BACKEND.load(program, main)


def test_a_missing_data_file_is_named(tmp_path: Path) -> None:
    main = emit_to(BACKEND, corpus_program("embedded_words"), tmp_path, "emitted")
    (tmp_path / "emitted_data.json").unlink()
    with pytest.raises(TpcError, match=r"emitted_data\.json"):
        BACKEND.load(corpus_program("embedded_words"), main).run(["word00"])


def test_data_of_another_program_are_refused(tmp_path: Path) -> None:
    """Who compiles anew may be stopped between two files, or copy one of them."""
    program = corpus_program("embedded_words")
    main = emit_to(BACKEND, program, tmp_path, "emitted")
    [data] = tmp_path.glob("*.json")
    text = data.read_text()
    data.write_text(text.replace("1", "2", 1))
    for failing in (
        lambda: BACKEND.load(program, main).run(["word00"]),
        lambda: list(BACKEND.load(program, main).run_many([["word00"]])),
        lambda: BACKEND.load(program, main).trace(["word00"]),
    ):
        with pytest.raises(TargetFailedError, match=r"emitted_data\.json is not this program's"):
            failing()
    data.write_bytes(text.replace("\n", "\r\n").encode())  # As some systems check out text.
    assert BACKEND.load(program, main).run(["word00"]) == interpreter.run(program, ["word00"])


@pytest.mark.slow(seconds=5)
@pytest.mark.parametrize("name", ["hist", "sort", "dyck1", "double_hist_learned_counts", "trec"])
def test_real_runs_are_answered_as_the_network_answers(
    name: str, shared: Path, tmp_path: Path
) -> None:
    from tpc.frontends.run import export_run

    run = shared / "zoo" / name
    vocabulary = json.loads((run / "expected.json").read_text())
    program = export_run(run, {key: vocabulary[key] for key in ("vocabulary", "classes")})
    with gzip.open(run / "expected.jsonl.gz", "rt", encoding="utf-8") as lines:
        expected = [json.loads(line) for line in lines]
    main = emit_to(BACKEND, program, tmp_path, name)
    answers = run_alone(main, [line["tokens"] for line in expected], Path("/"))
    assert answers == [line.get("labels", line.get("label")) for line in expected]


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("many", [False, True])
def test_a_class_without_weights_has_no_column(place: int, many: bool, load: Load) -> None:
    """Its logit is 0: where it stands among the others decides ties."""
    program = corpus_program("many_weights" if many else "ties")
    node = program.by_name[program.result]
    assert isinstance(node, Classify)
    column = [i for i in range(program.domain_of(node.name).size) if i not in node.never][place]
    features = tuple(
        replace(
            feature,
            rows=tuple((*row[:column], 0.0, *row[column + 1 :]) for row in feature.rows),
        )
        for feature in node.features
    )
    changed = program.replace(
        nodes=tuple(
            replace(node, features=features) if n.name == node.name else n for n in program.nodes
        )
    )
    source = source_of(changed)
    assert ("[0, *map(sum" if place == 0 and not many else f"logits.insert({place}, 0)") in source
    loaded = load(BACKEND, changed)
    for tokens in inputs(changed):
        assert loaded.run(tokens, raw=True) == interpreter.run(changed, tokens, raw=True)


def test_rows_of_zeros_are_left_out_of_the_data_file(load: Load) -> None:
    data = json.loads(BACKEND.emit(corpus_program("embedded_words"), "e")[1].content)
    assert data["weights"]["var0"][0] is None
    program = corpus_program("many_weights")
    node = program.by_name[program.result]
    assert isinstance(node, Classify)
    features = tuple(
        replace(f, rows=tuple(r if i % 3 == 1 else (0.0,) * len(r) for i, r in enumerate(f.rows)))
        if len(f.rows) > 1
        else f
        for f in node.features
    )
    changed = program.replace(
        nodes=tuple(
            replace(node, features=features) if n.name == node.name else n for n in program.nodes
        )
    )
    source, file = BACKEND.emit(changed, "m")
    assert b"table.get(str(v), [0] * 10)" in source.content
    assert None not in json.loads(file.content)["weights"]["positions"].values()
    loaded = load(BACKEND, changed)
    for tokens in inputs(changed):
        assert loaded.run(tokens, raw=True) == interpreter.run(changed, tokens, raw=True)


def test_cases_that_are_too_long_to_read_are_in_the_data_file(load: Load) -> None:
    stream = random.Random(0)
    words = [chr(97 + index) for index in range(26)]
    cases = [
        f"({' | '.join(sorted(json.dumps(w) for w in stream.sample(words, 9)))}, "
        f"{' | '.join(map(str, sorted(stream.sample(range(0, 24, 2), 5))))}) => {case % 3}"
        for case in range(30)
    ]
    program = parse_program(
        f"""tpir 1.0
domain @token = {json.dumps(["<pad>", *words])}
domain @position = 0..23
domain @value = 0..3
domain @label = ["x", "y"]
max_length 24
language {json.dumps(words)}{{1..24}}
program @p(%tokens: cat<@token>) -> label<@label> {{
  %positions = positions : cat<@position>
  %many = lookup(%tokens, %positions) {{{", ".join(cases)}, _ => 3}} : cat<@value>
  %label = lookup(%many) {{0 | 2 => "x", _ => "y"}} : label<@label>
  return %label
}}
"""
    )
    source, data = BACKEND.emit(program, "p")
    assert b'in data()["many"]' in source.content
    assert len(json.loads(data.content)["many"]) == 30
    loaded = load(BACKEND, program)
    for tokens in inputs(program):
        assert loaded.run(tokens) == interpreter.run(program, tokens)


def test_positions_under_another_name_are_a_list(load: Load) -> None:
    """A head that repeats the first of them cannot repeat a range."""
    program = parse_program("""tpir 1.0
domain @token = ["<pad>", "a"]
domain @position = 0..2
domain @label = ["x", "y", "z"]
max_length 3
language ["a"]{1..3}
program @copies(%tokens: cat<@token>) -> label<@label> {
  %positions = positions : cat<@position>
  %own_pattern = select.best(query=%positions, key=%positions) where key == query
    prefer 0 > -1 > 1 > -2 > 2
  %own = aggregate(%own_pattern, %positions) : cat<@position>
  %none_pattern = select.best(query=%own, key=%tokens) {} prefer 0 > -1 > 1 > -2 > 2
  %none = aggregate(%none_pattern, %own) : cat<@position>
  %label = lookup(%none, %own) {(_, 0) => "x", (0, _) => "y", _ => "z"} : label<@label>
  return %label
}
""")
    loaded = load(BACKEND, program)
    for tokens in (["a"], ["a", "a", "a"]):
        assert loaded.run(tokens) == interpreter.run(program, tokens)
        assert loaded.trace(tokens) == interpreter.trace(program, tokens)
