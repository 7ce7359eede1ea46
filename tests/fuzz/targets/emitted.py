"""Programs in every target: labels, raw and echoed, and every variable are the interpreter's.

C is compiled with sanitizers where the compiler has them, and run as a command, which the words
of the vocabulary reach through JSON; Python, NumPy, RASP and JavaScript are loaded as a user would.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

from tests.fuzz import mutate, programs
from tests.fuzz.limits import lift_memory_limit
from tests.fuzz.target import Fault
from tests.fuzz.targets.program_text import read
from tpc.diagnostics import TpcError
from tpc.ir.program import Program
from tpc.ir.words import UNK, rewrite
from tpc.runtime.backend import Backend, emit_to
from tpc.semantics import interpreter

NAMES = ("python", "numpy", "rasp", "javascript")
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
#: Weights beyond this make a C compiler slow, and their faults are those of fewer.
MOST_CHARACTERS = 12_000


class Fuzzer:
    """See the module."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._texts: list[str] = []

    def seeds(self, stream: random.Random) -> Sequence[bytes]:
        self._texts = [*programs.corpus_texts(), *programs.random_texts(stream, 30)]
        return [text.encode() for text in self._texts]

    def mutate(self, case: bytes, stream: random.Random) -> bytes:
        """A random program as it is, or a mutant that is a program: most mutants are none."""
        for _ in range(60):
            if stream.random() < 0.02:
                break
            text = mutate.text(stream, case.decode(), self._texts)
            try:
                read(text.encode())
            except Exception:  # What is wrong with texts is found elsewhere.
                continue
            return text.encode()
        return case

    def simpler(self, case: bytes) -> Iterator[bytes]:
        return mutate.shorter(case)

    def check(self, case: bytes) -> str:
        if len(case) > MOST_CHARACTERS:
            return "too large"
        program = read(case)
        stream = random.Random(zlib.crc32(case))
        sequences = _sequences(program, stream)
        refused = []
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            folder = Path(name)
            for target in NAMES:
                try:
                    _check_loaded(target, program, sequences, folder)
                except TpcError as error:
                    refused.append(f"{target}: {error.message}")
            try:
                _check_command(program, sequences, folder)
            except TpcError as error:
                refused.append(f"c: {error.message}")
        for reason in refused:
            if "cannot" in reason.split(":")[0]:
                raise Fault(reason)
        return f"agrees {len(program.nodes)} {' '.join(refused)[:60]}"


def _sequences(program: Program, stream: random.Random) -> list[list[str]]:
    """Words of strings of the language and of others, some in another spelling."""
    found = []
    for ids in programs.strings(program, stream, 5):
        words = [program.vocabulary[index] for index in ids]
        if "lower" in program.rewrite and stream.random() < 0.5:
            raised = [word.upper() if word.upper().lower() == word else word for word in words]
            words = raised
        if UNK in program.vocabulary and words and stream.random() < 0.3:
            words[stream.randrange(len(words))] = stream.choice(("never seen", "", "naïve", "7"))
        if all(_taken(program, word) for word in words):
            found.append(words)
    return found


def _taken(program: Program, word: str) -> bool:
    rewritten = rewrite(word, program.rewrite)
    return rewritten != "<pad>" and (rewritten in program.vocabulary or UNK in program.vocabulary)


def _backend(name: str) -> Backend:
    """By import: a checkout that is not installed has no entry points."""
    backend: Backend = import_module(f"tpc.backends.{name}").BACKEND
    return backend


def _check_loaded(target: str, program: Program, sequences: list[list[str]], folder: Path) -> None:
    backend = _backend(target)
    loaded = backend.load(program, emit_to(backend, program, folder, "emitted"))
    for words in sequences:
        for raw in (False, True):
            expected, found = interpreter.run(program, words, raw=raw), loaded.run(words, raw=raw)
            if found != expected:
                raise Fault(f"{target} answers otherwise", f"{words}: {found} for {expected}")
        variables, expected_variables = loaded.trace(words), interpreter.trace(program, words)
        for name, values in variables.items():
            if list(values) != expected_variables[name]:
                raise Fault(
                    f"{target} traces otherwise",
                    f"{words}, {name}: {list(values)} for {expected_variables[name]}",
                )


@cache
def _flags() -> tuple[str, ...]:
    """Sanitizers, if the compiler has them and what it builds runs."""
    with tempfile.TemporaryDirectory() as name:
        source, output = Path(name) / "x.c", Path(name) / "x"
        source.write_text("int main(void) { return 0; }\n")
        command = [os.environ.get("CC", "cc"), *SANITIZERS, "-o", str(output), str(source)]
        built = subprocess.run(command, capture_output=True, check=False, preexec_fn=_free)
        if built.returncode == 0:
            run = subprocess.run([str(output)], check=False, preexec_fn=_free)
            if run.returncode == 0:
                return SANITIZERS
    return ()


def _free() -> None:
    lift_memory_limit()


def _check_command(program: Program, sequences: list[list[str]], folder: Path) -> None:
    main = emit_to(_backend("c"), program, folder, "emitted")
    output = folder / "program"
    command = [os.environ.get("CC", "cc"), "-std=c99", "-O0", "-w", *_flags(), "-o", str(output)]
    built = subprocess.run(
        [*command, str(main)], capture_output=True, text=True, check=False, preexec_fn=_free
    )
    if built.returncode:
        raise Fault("the C compiler refuses", built.stderr[:2000])
    sequences = [words for words in sequences if "\0" not in "".join(words)]
    lines = "".join(json.dumps(words, ensure_ascii=False) + "\n" for words in sequences)
    for options in ([], ["--raw"]):
        done = subprocess.run(
            [str(output), *options],
            input=lines.encode("utf-8", "surrogatepass"),
            capture_output=True,
            check=False,
            timeout=60,
            preexec_fn=_free,
        )
        expected = interpreter.Interpreter(program).run_many(sequences, raw=bool(options))
        text = "".join(json.dumps(answer, ensure_ascii=False) + "\n" for answer in expected)
        if done.returncode or done.stderr:
            raise Fault("the C command fails", done.stderr.decode("utf-8", "replace")[:2000])
        if done.stdout.decode("utf-8", "surrogatepass") != text:
            raise Fault("c answers otherwise", f"{lines}{done.stdout!r} for {text!r}")
