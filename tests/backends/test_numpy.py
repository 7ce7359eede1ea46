"""Emitted NumPy modules: executed by themselves, on real runs, on whole languages, in pieces."""

from __future__ import annotations

import ast
import gzip
import importlib.util
import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tests.backends.conftest import NAMES, Load, corpus_program, inputs
from tests.frontends.test_export import ZOO, zoo_vocabulary
from tpc.backends.numpy import BACKEND
from tpc.diagnostics import TpcError
from tpc.frontends.run import export_run
from tpc.ir.program import Program
from tpc.runtime.backend import emit_to
from tpc.semantics import interpreter
from tpc.semantics.batched import BatchEvaluator

#: Reads JSON lines, writes JSON lines: what a user's own script would do with the module.
SCRIPT = """
import json, sys
import emitted
sequences = [json.loads(line) for line in sys.stdin]
for answer in emitted.run_batch(sequences, raw=True):
    print(json.dumps(answer, ensure_ascii=True))
"""


def module(program: Program, folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("m", emit_to(BACKEND, program, folder, "emitted"))
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def expected_lines(folder: Path) -> tuple[list[list[str]], list[Any]]:
    with gzip.open(folder / "expected.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [row["tokens"] for row in rows], [row.get("labels", row.get("label")) for row in rows]


@pytest.mark.parametrize("name", ZOO)
def test_zoo_lines_by_the_module_alone(name: str, shared: Path, tmp_path: Path) -> None:
    folder = shared / "zoo" / name
    emit_to(BACKEND, export_run(folder, zoo_vocabulary(folder)), tmp_path, "emitted")
    (tmp_path / "script.py").write_text(SCRIPT)
    sequences, labels = expected_lines(folder)
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{SCRIPT}"],
        input="".join(json.dumps(tokens) + "\n" for tokens in sequences),
        capture_output=True,
        text=True,
        cwd="/",
        check=True,
    )
    assert [json.loads(line) for line in done.stdout.splitlines()] == labels


@pytest.mark.parametrize(("name", "count", "step"), [("sort", 19_530, 11), ("hist", 335_922, 151)])
def test_whole_languages(name: str, count: int, step: int, shared: Path, load: Load) -> None:
    """By the batch evaluator, and every `step`th string by the interpreter itself."""
    program = export_run(shared / "zoo" / name)
    evaluator = BatchEvaluator(program, only=())
    compared = 0
    for ids, labels in whole_language(program, load(BACKEND, program)):
        lengths = np.full(len(ids), ids.shape[1])
        assert (evaluator.evaluate(ids, lengths).labels == labels).all()
        for row, found in list(zip(ids.tolist(), labels.tolist(), strict=True))[::step]:
            assert interpreter.evaluate(program, row).columns[program.result] == found
        compared += len(ids)
    assert compared == count


def whole_language(program: Program, loaded: Any) -> Any:
    """Every string of the language with its labels, length by length."""
    for shape in program.language.shapes(program.max_length):
        axes = np.meshgrid(*(slot.tokens for slot in shape), indexing="ij")
        ids = np.stack([axis.reshape(-1) for axis in axes], axis=1)
        yield ids, loaded.run_array(ids)


@pytest.mark.parametrize("name", NAMES)
def test_numpy_is_the_only_import(name: str) -> None:
    tree = ast.parse(BACKEND.emit(corpus_program(name), "stem")[0].content)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imports] == ["import numpy as np"]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_loops_over_sequences_or_tokens(name: str) -> None:
    """The function `label` has no loop at all; helpers loop over positions, classes, pieces."""
    tree = ast.parse(BACKEND.emit(corpus_program(name), "stem")[0].content)
    label = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "label")
    assert not [
        n for n in ast.walk(label) if isinstance(n, ast.For | ast.While | ast.comprehension)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_small_pieces_give_the_same_labels(name: str, tmp_path: Path) -> None:
    program = corpus_program(name)
    emitted: Any = module(program, tmp_path)
    ids, lengths = emitted.encode(inputs(program))
    whole = emitted.run_array(ids, lengths)
    emitted.CHUNK, emitted.SPAN = 64, 50
    assert (emitted.run_array(ids, lengths) == whole).all()


@pytest.mark.parametrize("name", NAMES)
def test_logits_are_the_interpreters_to_the_last_bit(name: str, tmp_path: Path) -> None:
    program = corpus_program(name)
    emitted: Any = module(program, tmp_path)
    if not hasattr(emitted, "logits"):
        pytest.skip("the program's label comes from a table, or is always the same")
    node: Any = program.by_name[program.result]
    names = list(dict.fromkeys(feature.variable for feature in node.features))
    for tokens in inputs(program)[-40:]:
        ids, _ = emitted.encode([tokens])
        if not tokens or node.pool != "none":
            continue
        trace: dict[str, Any] = {"tokens": ids.T}
        emitted.label(ids.T, np.array([len(tokens)]), None, emitted.make_room(), trace)
        found = emitted.logits(*(trace[name] for name in names))
        expected = np.array(interpreter.evaluate(program, ids[0].tolist()).logits)
        assert (np.broadcast_to(found, (len(tokens), 1, expected.shape[1]))[:, 0] == expected).all()


def test_memory_does_not_grow_with_the_number_of_sequences(tmp_path: Path) -> None:
    program = corpus_program("kitchen_sink")
    emitted: Any = module(program, tmp_path)

    def peak(count: int) -> int:
        ids = np.ones((count, program.max_length), dtype=np.uint8)
        lengths = np.arange(count) % program.max_length + 1
        tracemalloc.start()
        labels = emitted.run_array(ids, lengths)
        found = tracemalloc.get_traced_memory()[1] - labels.nbytes - lengths.nbytes
        tracemalloc.stop()
        return found

    assert peak(1_000_000) < 1.2 * peak(100_000)


def test_words_are_refused_with_a_sentence(tmp_path: Path) -> None:
    emitted: Any = module(corpus_program("kitchen_sink"), tmp_path)
    with pytest.raises(ValueError, match="does not know the token 'nobody'"):
        emitted.run(["a", "nobody"])
    with pytest.raises(ValueError, match="the most are 5"):
        emitted.run(["a"] * 6)
    with pytest.raises(ValueError, match="<pad> is no input"):
        emitted.run(["a", "<pad>"])
    pooled: Any = module(corpus_program("pooled_sum"), tmp_path)
    with pytest.raises(ValueError, match="empty"):
        pooled.run_batch([[]])
    assert emitted.run_batch([]) == []
    assert emitted.run_batch([[]]) == [[]]


def test_a_damaged_module_is_a_message(tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text("def label(:")
    with pytest.raises(TpcError, match="not a module that the NumPy backend wrote"):
        BACKEND.load(corpus_program("smallest"), path)


def test_the_bytes_do_not_depend_on_the_hash_seed() -> None:
    script = (
        "import sys\n"
        "from tpc.ir.parser import parse_program\n"
        "from tpc.runtime.backend import find_backend\n"
        "program = parse_program(open(sys.argv[1], encoding='utf-8').read())\n"
        "for name in ('numpy', 'c'):\n"
        "    for file in find_backend(name).emit(program, 'stem'):\n"
        "        sys.stdout.buffer.write(file.content)\n"
    )
    corpus = Path(__file__).parent.parent / "corpus"
    for name in ("kitchen_sink", "hostile"):
        outputs = {
            subprocess.run(
                [sys.executable, "-c", script, str(corpus / f"{name}.tpir")],
                env={**os.environ, "PYTHONHASHSEED": seed},
                capture_output=True,
                check=True,
            ).stdout
            for seed in ("1", "2", "3")
        }
        assert len(outputs) == 1
