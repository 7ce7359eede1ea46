"""Emitted C: strict compilers and sanitizers, the command, missing tools, whole languages."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.backends.conftest import NAMES, Load, corpus_program, inputs
from tests.backends.test_numpy import expected_lines, whole_language
from tests.frontends.test_export import ZOO, zoo_vocabulary
from tpc.backends.c import BACKEND
from tpc.diagnostics import TpcError
from tpc.frontends.run import export_run
from tpc.ir.parser import parse_program
from tpc.ir.program import Program
from tpc.runtime.backend import emit_to
from tpc.runtime.compiled import build
from tpc.semantics import interpreter
from tpc.semantics.batched import BatchEvaluator
from tpc.semantics.strings import language_batches

STRICT = ("-Wall", "-Wextra", "-Werror", "-pedantic")
SANITIZERS = ("-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")


@cache
def _has_compiler() -> bool:
    try:
        from tpc.runtime.compiled import compiler

        compiler()
    except TpcError:
        return False
    return True


pytestmark = pytest.mark.skipif(not _has_compiler(), reason="there is no C compiler here")


def compiled(program: Program, folder: Path, *flags: str) -> Path:
    main = emit_to(BACKEND, program, folder, "emitted")
    output = folder / "program"
    build([main], output, [*STRICT, *flags])
    return output


@pytest.fixture(scope="module")
def kitchen_sink(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The largest program of the corpus, compiled with sanitizers."""
    folder = tmp_path_factory.mktemp("kitchen_sink")
    return compiled(corpus_program("kitchen_sink"), folder, *SANITIZERS)


def command(path: Path, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(path), *arguments], input=text, capture_output=True, text=True, check=False
    )


def json_lines(values: Any) -> str:
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)


@pytest.mark.parametrize("name", ZOO)
def test_zoo_lines_under_sanitizers(name: str, shared: Path, tmp_path: Path) -> None:
    folder = shared / "zoo" / name
    program = export_run(folder, zoo_vocabulary(folder))
    path = compiled(program, tmp_path, *SANITIZERS)
    sequences, labels = expected_lines(folder)
    done = command(path, json_lines(sequences), "--raw")
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout == json_lines(labels)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("flags", [SANITIZERS, ("-march=x86-64", "-O2")], ids=["asan", "plain"])
def test_the_command_answers_as_the_interpreter(
    name: str, flags: tuple[str, ...], tmp_path: Path
) -> None:
    program = corpus_program(name)
    path = compiled(program, tmp_path, *flags)
    sequences = [tokens for tokens in inputs(program) if "\0" not in "".join(tokens)]
    for raw in ((), ("--raw",)):
        done = command(path, json_lines(sequences), *raw)
        answers = list(interpreter.Interpreter(program).run_many(sequences, raw=bool(raw)))
        assert (done.stderr, done.returncode) == ("", 0)
        assert done.stdout == json_lines(answers)


@pytest.mark.parametrize("name", NAMES)
def test_every_variant_compiles_without_a_warning(name: str, tmp_path: Path) -> None:
    main = emit_to(BACKEND, corpus_program(name), tmp_path, "emitted")
    library = ("-O1", "-DTPC_NO_MAIN")
    for flags in (library, (*library, "-DTPC_TRACE"), ("-std=gnu17", "-O0")):
        build([main], tmp_path / "object.o", [*STRICT, *flags, "-c"])


def test_the_header_compiles_alone(tmp_path: Path) -> None:
    emit_to(BACKEND, corpus_program("kitchen_sink"), tmp_path, "emitted")
    user = tmp_path / "user.c"
    user.write_text('#include "emitted.h"\n#include "emitted.h"\nint main(void) { return 0; }\n')
    build([user], tmp_path / "user", STRICT)


@pytest.mark.parametrize(("name", "count"), [("sort", 19_530), ("hist", 335_922)])
def test_whole_languages(name: str, count: int, shared: Path, load: Load) -> None:
    """Against the batch evaluator, which has its own tests of equality with the interpreter."""
    program = export_run(shared / "zoo" / name)
    loaded: Any = load(BACKEND, program)
    found = [labels.tolist() for _, labels in whole_language(program, loaded)]
    evaluator = BatchEvaluator(program, only=())
    compared = [
        evaluator.evaluate(batch.ids, batch.lengths).labels.tolist()
        for batch in language_batches(program, batch_size=1 << 20)
    ]
    assert found == compared
    assert sum(map(len, found)) == count


def test_words_between_spaces(tmp_path: Path) -> None:
    path = compiled(corpus_program("kitchen_sink"), tmp_path)
    done = command(path, "  <s> a\tB \r\n\nc", "--words")
    answers = [interpreter.run(corpus_program("kitchen_sink"), t) for t in (["<s>", "a", "B"], "c")]
    assert done.stdout == "".join(" ".join(answer) + "\n" for answer in answers)


TEXT = """tpir 1.0
domain @token = ["<unk>", "<s>", "</s>", "é", "k", "i̇", "@", "a@b", "日本"]
domain @label = ["<unk>", "<s>", "</s>", "é", "k", "i̇", "@", "a@b", "日本"]
max_length 12
language any{1..12}
rewrite lower, digits
contract every_string
program @p(%tokens: cat<@token>) -> label<@label> {
  %label = lookup(%tokens) {"<unk>" => "<unk>", "<s>" => "<s>", "</s>" => "</s>", "é" => "é",
    "k" => "k", "i̇" => "i̇", "@" => "@", "a@b" => "a@b", "日本" => "日本"} : label<@label>
  return %label
}
"""


def test_words_are_rewritten_as_the_interpreter_does(tmp_path: Path) -> None:
    """Case beyond ASCII: the Kelvin sign is a k, a dotted capital I becomes two characters."""
    program = parse_program(TEXT)
    path = compiled(program, tmp_path, *SANITIZERS)
    lines = [
        ["É", "K", "K", "İ", "1984", "A17B", "日本", "never"],
        ["<S>", "a", "</S>"],
        ["<s>", "</s>"],
        ["@12@", "a٣b", "é", "e\u0301", "\U0001f600"],
    ]
    for ascii_only in (True, False):
        text = "".join(json.dumps(line, ensure_ascii=ascii_only) + "\n" for line in lines)
        done = command(path, text)
        assert done.stdout == json_lines(interpreter.run(program, line) for line in lines)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('["a", "nobody"]', 'does not know the token "nobody"'),
        ('["' + "n" * 5000 + '"]', f'the token "{"n" * 80}..." (5000 bytes)\n'),
        ('["n' + "é" * 60 + '"]', f'the token "n{"é" * 39}..." (121 bytes)\n'),
        ('["a"', "the list does not end"),
        ('["a" "b"]', "the list does not end"),
        ('["a', "a string does not end"),
        ('["\\x"]', "wrong escape"),
        ('["\\u12"]', "wrong escape"),
        ("[1]", "something else than strings"),
        ('["a",]', "something else than strings"),
        ("a b", "no JSON list"),
        ('["a"] x', "something follows"),
        ('["a", "a", "a", "a", "a", "a"]', "longer than the program takes"),
        ('["<pad>"]', "padding is no input"),
        ('["a\0b"]', "zero byte"),
        ('["' + "a" * (1 << 20) + '"]', "too long"),
    ],
)
def test_mistakes_are_named_with_their_line(line: str, message: str, kitchen_sink: Path) -> None:
    done = command(kitchen_sink, f'["a"]\n\n{line}\n["b"]\n')
    assert done.returncode == 2
    assert done.stderr.startswith("line 3: error: ")
    assert message in done.stderr


def test_an_empty_pooled_line_is_refused(tmp_path: Path) -> None:
    path = compiled(corpus_program("pooled_sum"), tmp_path)
    done = command(path, "[]\n")
    assert done.returncode == 2
    assert "empty" in done.stderr


def test_wrong_arguments_show_the_usage(tmp_path: Path) -> None:
    done = command(compiled(corpus_program("smallest"), tmp_path), "", "--help")
    assert done.returncode == 2
    assert "usage:" in done.stderr


def test_a_missing_compiler_is_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = corpus_program("smallest")
    main = emit_to(BACKEND, program, tmp_path, "emitted")
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(TpcError, match="there is no C compiler 'no-such-compiler'") as caught:
        BACKEND.load(program, main)
    assert caught.value.hint is not None


def test_a_file_that_does_not_compile_is_a_message(tmp_path: Path) -> None:
    path = tmp_path / "broken.c"
    emit_to(BACKEND, corpus_program("smallest"), tmp_path, "broken")
    path.write_text("int main(void) { return x; }\n")
    with pytest.raises(TpcError, match=r"the C compiler refuses broken\.c"):
        BACKEND.load(corpus_program("smallest"), path)


def test_a_damaged_header_is_a_message(tmp_path: Path) -> None:
    program = corpus_program("smallest")
    main = emit_to(BACKEND, program, tmp_path, "emitted")
    header = main.with_suffix(".h")
    header.write_text(header.read_text().replace("typedef uint8_t", "typedef unsigned char"))
    with pytest.raises(TpcError, match=r"emitted\.h is not a header that the C backend wrote"):
        BACKEND.load(program, main)


def test_the_header_of_another_program_is_refused(tmp_path: Path) -> None:
    """Who compiles anew may be stopped between two files."""
    program = corpus_program("kitchen_sink")
    main = emit_to(BACKEND, program, tmp_path, "emitted")
    other = replace(corpus_program("smallest"), name=program.name)
    [_, header] = BACKEND.emit(other, "emitted")
    main.with_suffix(".h").write_bytes(header.content)
    with pytest.raises(TpcError, match=r"emitted\.h is not this program's: compile it again"):
        BACKEND.load(program, main)


def test_fast_math_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TpcError, match="fast-math"):
        compiled(corpus_program("real"), tmp_path, "-ffast-math")


def test_no_multiplication_is_fused_with_an_addition(tmp_path: Path) -> None:
    """By default gcc fuses them in its own dialect of C; the file forbids it."""
    main = emit_to(BACKEND, corpus_program("real"), tmp_path, "emitted")
    build([main], tmp_path / "out.s", ["-std=gnu17", "-S", "-DTPC_NO_MAIN"])
    text = (tmp_path / "out.s").read_text()
    assert "fmadd" not in text
    assert "fmsub" not in text
    assert "fmla" not in text


def test_a_greek_sigma_cannot_be_lower_cased() -> None:
    program = parse_program(TEXT.replace('"日本"', '"λόγος"'))
    with pytest.raises(TpcError, match="sigma"):
        BACKEND.emit(program, "stem")


@pytest.mark.parametrize("stem", ["é", "a b", "-x", "%d", "\udcff", "a'b", "std io"])
def test_files_of_any_name_that_c_can_include(stem: str, tmp_path: Path) -> None:
    program = corpus_program("smallest")
    main = emit_to(BACKEND, program, tmp_path, stem)
    build([main], tmp_path / "program", STRICT)
    done = command(tmp_path / "program", '["a"]\n')
    assert (done.stdout, done.returncode) == ('["y"]\n', 0)


@pytest.mark.parametrize("stem", ["a??b", 'a"b', "a\\b", "a\nb"])
def test_files_of_a_name_that_c_cannot_include(stem: str) -> None:
    with pytest.raises(TpcError, match="cannot be included in C"):
        BACKEND.emit(corpus_program("smallest"), stem)
