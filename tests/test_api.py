"""`import tpc`: light, lazy, and the same answers as the commands give."""

from __future__ import annotations

import json
import pickle
import pydoc
import subprocess
import sys
from pathlib import Path

import pytest

import tpc
from tests.backends.conftest import CORPUS, corpus_program, inputs
from tests.conftest import MakeRun
from tpc.circuit.export import circuit
from tpc.diagnostics import TpcWarning
from tpc.semantics import interpreter

PROGRAMS = Path(__file__).parent.parent / "programs"
NAMES = [path.stem for path in sorted(CORPUS.glob("*.tpir"))]


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def program(name: str = "kitchen_sink") -> tpc.Program:
    return tpc.load(CORPUS / f"{name}.tpir")


def test_importing_loads_nothing_of_weight() -> None:
    heavy = "torch numpy lark typer rich tpc.api.program tpc.diagnostics"
    code = f"import sys, tpc; print([m for m in {heavy.split()!r} if m in sys.modules])"
    assert python(code) == "[]"


def test_importing_takes_no_time() -> None:
    """Of the processor: the limit is 150 ms of a user's patience."""
    code = "import time; t = time.process_time(); import tpc; print(time.process_time() - t)"
    assert min(float(python(code)) for _ in range(3)) < 0.15


def test_a_program_is_loaded_and_run_without_torch() -> None:
    code = (
        f"import sys, tpc; p = tpc.load({str(CORPUS / 'kitchen_sink.tpir')!r}); "
        "p.run(['a']); p.trace(['a']); p.emit('c'); print('torch' in sys.modules)"
    )
    assert python(code) == "False"


def test_every_name_is_there_and_is_loaded_once() -> None:
    assert set(tpc.__all__) <= set(dir(tpc))
    for name in tpc.__all__:
        assert getattr(tpc, name) is getattr(tpc, name)
        assert getattr(tpc, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        tpc.nonsense  # noqa: B018


def test_help_reads_well() -> None:
    text = pydoc.render_doc(tpc, renderer=pydoc.plaintext)
    for name in tpc.__all__:
        assert f"{name}(" in text or f"class {name}" in text
    assert "stable" in text
    public = [name for name in vars(tpc.Program) if not name.startswith("_")]
    assert all(getattr(tpc.Program, name).__doc__ for name in public)


@pytest.mark.parametrize("name", NAMES)
def test_answers_are_the_interpreters(name: str) -> None:
    found, given = program(name), corpus_program(name)
    sequences = inputs(given)
    for raw in (False, True):
        expected = list(interpreter.Interpreter(given).run_many(sequences, raw=raw))
        assert [found.run(tokens, raw=raw, unchecked=True) for tokens in sequences] == expected
        assert found.run_batch(sequences, raw=raw, unchecked=True) == expected
    for tokens in sequences[:5]:
        assert found.trace(tokens, unchecked=True) == interpreter.trace(given, tokens)


def test_an_empty_batch_and_an_empty_sequence() -> None:
    assert program().run_batch([]) == []
    assert program().run_batch([[], ["a"], []])[::2] == [[], []]
    with pytest.raises(tpc.TpcError, match="empty"):
        program("pooled_sum").run_batch([[]])


def test_a_program_is_its_text(tmp_path: Path) -> None:
    found = program()
    again = tpc.parse(str(found))
    assert again == found
    assert hash(again) == hash(found)
    assert found != program("smallest")
    assert found != "kitchen_sink"
    found.save(tmp_path / "saved.tpir")
    assert (tmp_path / "saved.tpir").read_text() == str(found)
    assert tpc.load(str(tmp_path / "saved.tpir")) == found
    assert pickle.loads(pickle.dumps(found)) == found


def test_what_a_notebook_shows_fits_a_line() -> None:
    for name in NAMES:
        shown = repr(program(name))
        assert len(shown) <= 100
        assert shown.startswith(f"<tpc.Program {program(name).name}: ")


def test_facts() -> None:
    found, given = program(), corpus_program("kitchen_sink")
    assert found.ir == given
    assert (found.name, found.max_length) == (given.name, given.max_length)
    assert (found.vocabulary, found.classes) == (given.vocabulary, given.classes)


@pytest.mark.parametrize("target", ["python", "numpy", "c", "rasp"])
def test_emitted_text_has_the_main_file_first(target: str) -> None:
    files = program("smallest").emit(target, name="small")
    assert next(iter(files)).startswith("small.")
    assert all(files.values())


def test_optimising_keeps_the_answers() -> None:
    found = program("unknown_words")
    small = found.optimize(1)
    sequences = inputs(found.ir)
    assert small.run_batch(sequences) == found.run_batch(sequences)
    assert found.optimize(0) == found


def test_coverage_is_what_the_command_says() -> None:
    program = tpc.load(PROGRAMS / "hist" / "hist.tpir")
    found = program.coverage([["<s>", "3", "1", "3"]], training=[["<s>", "0"]])
    rows = [(node.name, node.reachable, node.exercised, node.trained) for node in found.nodes]
    assert rows == [("count_same_pattern", 7, 3, 2), ("label", 7, 2, 1)]
    inputs = program.covering_inputs(10)
    again = program.coverage(inputs)
    assert all(node.exercised == node.reachable for node in again.nodes)
    assert len(program.covering_inputs(1)) == 1
    with pytest.raises(tpc.TpcError):
        program.coverage([["unheard of"]])


def test_a_circuit_is_what_the_command_writes() -> None:
    program, words = tpc.load(PROGRAMS / "hist" / "hist.tpir"), ["<s>", "3", "1", "3"]
    found = program.export_circuit([words])
    assert json.loads(json.dumps(found)) == json.loads(json.dumps(circuit(program.ir, [words])))
    assert found["inputs"][0]["causes"]["count_same"][1][1:] == [
        ["value", "ones", 1],
        ["value", "ones", 3],
    ]


def test_what_is_left_alone_is_a_warning() -> None:
    with pytest.warns(TpcWarning, match="left alone"):
        program("embedded_words").optimize(2)


def test_a_run_is_imported_optimised_and_verified(make_run: MakeRun) -> None:
    folder = make_run(vocab_size=5, max_length=5)
    found = tpc.import_run(folder)
    small = found.optimize(3)
    result = small.verify(folder, targets=["interpreter", "python"])
    assert result
    assert result.equal
    assert result.proved
    assert str(result).splitlines()[-1].startswith("proved: sort is the network of")
    assert len(repr(result)) < 80
    with pytest.raises(tpc.TpcError, match="not in it"):
        small.run(["0", "0"])
    assert small.run(["0", "0"], unchecked=True)
    other = tpc.import_run(make_run(weight_seed=1, vocab_size=5, max_length=5))
    different = other.verify(folder)
    assert not different
    assert "refuted: " in str(different)


def test_a_vocabulary_is_given_as_it_is_or_as_a_file(make_run: MakeRun, tmp_path: Path) -> None:
    folder = make_run(max_length=5, vocab_size=6)
    words = ["<pad>", "2", "1", "0", "</s>", "<s>"]
    given = {"vocabulary": words, "classes": ["<pad>", "2", "1", "0"]}
    (tmp_path / "words.json").write_text(str(given).replace("'", '"'))
    found = tpc.import_run(folder, vocabulary=given)
    assert found.vocabulary == tuple(words)
    assert tpc.import_run(str(folder), vocabulary=tmp_path / "words.json") == found
    assert found.verify(folder, vocabulary=given, limit=0, samples=5)


SMALL = {
    "vocab_size": 5,
    "max_length": 4,
    "dataset_size": 60,
    "recipe": "paper",
    "n_epochs": 1,
    "n_layers": 1,
    "n_heads_cat": 1,
    "n_cat_mlps": 0,
}


def test_training_gives_the_program_of_the_run(tmp_path: Path) -> None:
    found = tpc.train("sort", output=tmp_path / "run", **SMALL)
    assert found == tpc.load(tmp_path / "run/program.tpir")
    assert found == tpc.import_run(tmp_path / "run")
    with pytest.raises(tpc.TpcError, match="already"):
        tpc.train("sort", output=tmp_path / "run", **SMALL)
    assert tpc.train("sort", output=str(tmp_path / "run"), overwrite=True, **SMALL) == found


def test_training_with_several_seeds_gives_the_best(tmp_path: Path) -> None:
    found = tpc.train("sort", output=tmp_path / "runs", seeds=[0, 1], device="cpu", **SMALL)
    both = [tpc.load(tmp_path / f"runs/seed-{seed}/program.tpir") for seed in (0, 1)]
    assert found in both


def test_training_on_text_of_ones_own(tmp_path: Path) -> None:
    rows = "text,label\n" + "good film,yes\nbad film,no\n" * 10
    (tmp_path / "rows.csv").write_text(rows)
    options = {"n_layers": 1, "n_heads_cat": 1, "n_cat_mlps": 0, "n_epochs": 1, "recipe": "paper"}
    found = tpc.train(
        data=str(tmp_path / "rows.csv"),
        val_data=str(tmp_path / "rows.csv"),
        output=tmp_path / "run",
        **options,
    )
    assert found.run(["<s>", "good", "film", "</s>"]) in found.classes


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_epochs": "many"}, "n_epochs is 'many'"),
        ({"n_epochs": True}, "n_epochs is True"),
        ({"n_epoch": 3}, "n_epoch"),
        ({"model": "standard"}, "has no program"),
        ({"recipe": "nobodys"}, "no recipe 'nobodys'"),
        ({"seeds": "x"}, "no list of seeds"),
    ],
)
def test_wrong_options_of_training(
    options: dict[str, object], message: str, tmp_path: Path
) -> None:
    with pytest.raises(tpc.TpcError, match=message):
        tpc.train("sort", output=tmp_path / "run", **options)
    assert not (tmp_path / "run").exists()


def test_errors_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(tpc.TpcError, match=r"hint: .*TASK|hint: name a task"):
        tpc.train(output=tmp_path / "run")
    with pytest.raises(tpc.TpcError, match="cannot read"):
        tpc.load(tmp_path / "nowhere.tpir")
    with pytest.raises(tpc.TpcError, match="it is a directory"):
        tpc.load(tmp_path)
    with pytest.raises(tpc.TpcError, match=r"mine:1:1: error: this is not a program"):
        tpc.parse("nonsense", "mine")
    with pytest.raises(tpc.TpcError):
        tpc.import_run(tmp_path)
    with pytest.raises(tpc.TpcError, match="no backend 'fortran'"):
        program().emit("fortran")
    with pytest.raises(tpc.TpcError, match="there is no -O7"):
        program().optimize(7)
    with pytest.raises(tpc.TpcError, match="does not know the token"):
        program("smallest").run(["nobody"])
    with pytest.raises(tpc.TpcError, match="cannot write"):
        program().save(tmp_path / "no" / "such.tpir")
