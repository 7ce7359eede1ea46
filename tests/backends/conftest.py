"""What every backend's tests run over: the corpus of small programs, and inputs for them."""

from __future__ import annotations

import atexit
import itertools
import random
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import pytest

from tpc.ir.parser import parse_program
from tpc.ir.printer import print_program
from tpc.ir.program import Program
from tpc.ir.words import UNK, rewrite
from tpc.runtime.backend import Backend, LoadedProgram, emit_to

CORPUS = Path(__file__).parent.parent / "corpus"
NAMES = sorted(path.stem for path in CORPUS.glob("*.tpir"))

#: All strings up to the length at which there are more than this, then as many random ones.
MOST_STRINGS = 150

Load = Callable[[Backend, Program], LoadedProgram]


@cache
def corpus_program(name: str) -> Program:
    path = CORPUS / f"{name}.tpir"
    return parse_program(path.read_text(encoding="utf-8"), str(path))


@pytest.fixture(params=NAMES)
def program(request: pytest.FixtureRequest) -> Program:
    """Each program of the corpus in turn."""
    return corpus_program(request.param)


@cache
def _folder() -> Path:
    """A folder that is there as long as this process, for what it has loaded."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    return Path(folder.name)


_LOADED: dict[tuple[str, str], LoadedProgram] = {}


@pytest.fixture(scope="session")
def load() -> Load:
    """Emits a program to a folder of its own and loads it from there, once in a process."""

    def emit_and_load(backend: Backend, program: Program) -> LoadedProgram:
        key = backend.name, print_program(program)
        if key not in _LOADED:
            folder = _folder() / str(len(_LOADED))
            folder.mkdir()
            _LOADED[key] = backend.load(program, emit_to(backend, program, folder, "emitted"))
        return _LOADED[key]

    return emit_and_load


def acceptable_words(program: Program) -> list[str]:
    """Words that the program takes: of its vocabulary, rewritten ones and unknown ones too."""
    known = [
        word for word in program.vocabulary if rewrite(word, program.rewrite) in program.vocabulary
    ]
    if "lower" in program.rewrite:
        known += [word.upper() for word in known if word.upper().lower() == word]
    if "digits" in program.rewrite and "@" in known:
        known += ["7", "1984"]
    if UNK in program.vocabulary:
        known += ["never seen", "", "naïve"]
    return [word for word in dict.fromkeys(known) if rewrite(word, program.rewrite) != "<pad>"]


def inputs(program: Program, seed: int = 0) -> list[list[str]]:
    """Short sequences exhaustively, longer ones at random, and some of the task's own."""
    words, stream = acceptable_words(program), random.Random(seed)
    least = 1 if program.label_type.pooled else 0
    found: list[Sequence[str]] = []
    for length in range(least, program.max_length + 1):
        if len(found) + len(words) ** length > MOST_STRINGS:
            break
        found += itertools.product(words, repeat=length)
    lengths = range(max(1, least), program.max_length + 1)
    for _ in range(MOST_STRINGS):
        found.append([stream.choice(words) for _ in range(stream.choice(lengths))])
    for ids in program.language.sample(program.max_length, 30, seed):
        sample = [program.vocabulary[index] for index in ids]
        if all(rewrite(word, program.rewrite) in program.vocabulary for word in sample):
            found.append(sample)
    return [list(words) for words in found]
