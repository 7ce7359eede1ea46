"""Programs as text: refused with a `TpcError`, or read, written, read again, and run."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from tests.fuzz import mutate, programs
from tests.fuzz.target import Fault
from tpc.ir.parser import parse_program
from tpc.ir.printer import print_program
from tpc.ir.program import Program
from tpc.ir.types import Cat, Label, Num
from tpc.ir.verifier import verify
from tpc.semantics.batched import BatchEvaluator
from tpc.semantics.interpreter import evaluate, run, trace


class Fuzzer:
    """See the module."""

    def __init__(self, folder: Path) -> None:
        self._texts: list[str] = []

    def seeds(self, stream: random.Random) -> Sequence[bytes]:
        self._texts = [*programs.corpus_texts(), *programs.random_texts(stream, 10)]
        return [text.encode() for text in self._texts]

    def mutate(self, case: bytes, stream: random.Random) -> bytes:
        if stream.random() < 0.03:
            return mutate.raw(stream, case)
        text = mutate.text(stream, case.decode("utf-8", "replace"), self._texts)
        return text.encode("utf-8", "replace")[: 1 << 20]

    def simpler(self, case: bytes) -> Iterator[bytes]:
        return mutate.shorter(case)

    def check(self, case: bytes) -> str:
        program = read(case)
        check_text(program)
        check_runs(program, random.Random(zlib.crc32(case)))
        return f"runs {len(program.nodes)} {program.max_length}"


def read(case: bytes) -> Program:
    """The program of a case; what is no UTF-8 is replaced, for files are read elsewhere."""
    return parse_program(case.decode("utf-8", "replace"))


def check_text(program: Program) -> None:
    """What is printed is read as the same program and printed alike."""
    verify(program)
    text = print_program(program)
    again = parse_program(text)
    same = (program, program.contract, program.metadata, program.rewrite)
    if (again, again.contract, again.metadata, again.rewrite) != same:
        raise Fault("a program printed and read again is another", text)
    if print_program(again) != text:
        raise Fault("a program printed, read and printed again is another text", text)


def check_runs(program: Program, stream: random.Random) -> None:
    """Every variable is of its type, and batches have the values of single sequences."""
    batched = BatchEvaluator(program)
    for ids in programs.strings(program, stream, 3):
        if not ids:
            continue
        found = evaluate(program, ids)
        for name, column in found.columns.items():
            _check_type(program, name, column)
        length = np.array([len(ids)])
        result = batched.evaluate(np.array([ids]), length)
        if result.labels.reshape(-1).tolist() != found.columns[program.result]:
            raise Fault("a batch has other labels than a sequence", f"{ids}")
    words = [program.vocabulary[index] for index in programs.usable_ids(program)[:5]]
    words = words[: program.max_length]
    if words:
        run(program, words)
        trace(program, words)


def _check_type(program: Program, name: str, column: Sequence[float]) -> None:
    kind = program.type_of(name)
    if isinstance(kind, Num):
        fits = all(type(value) is int and kind.lo <= value <= kind.hi for value in column)
    elif isinstance(kind, Cat | Label):
        size = program.domain_of(name).size
        fits = all(type(value) is int and 0 <= value < size for value in column)
    else:
        fits = all(isinstance(value, int | float) for value in column)
    if not fits:
        raise Fault("a value is not of its type", f"{name}: {column}")
