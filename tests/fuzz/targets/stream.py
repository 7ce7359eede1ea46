"""Lines of tokens as `tpc run` answers them: in batches through NumPy, and one by one.

A case is a program, a line of dashes, and the lines.
"""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from functools import cache
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

from tests.fuzz import mutate, programs
from tests.fuzz.target import Fault
from tpc.diagnostics import TpcError
from tpc.ir.parser import parse_program
from tpc.ir.program import Program
from tpc.runtime.answering import StreamOptions
from tpc.runtime.backend import LoadedProgram, emit_to
from tpc.runtime.streaming import stream_answers
from tpc.semantics.interpreter import Interpreter

RULE = b"\n----\n"


class Fuzzer:
    """See the module."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loaded: dict[str, tuple[Program, LoadedProgram]] = {}

    def seeds(self, stream: random.Random) -> Sequence[bytes]:
        names = ("smallest", "kitchen_sink", "unknown_words", "pooled_sum", "hostile")
        return [_case(name, stream) for name in names]

    def mutate(self, case: bytes, stream: random.Random) -> bytes:
        name, _, lines = case.partition(RULE)
        if stream.random() < 0.4:
            return name + RULE + mutate.raw(stream, lines)
        text = mutate.text(stream, lines.decode("utf-8", "replace"))
        return name + RULE + text.encode("utf-8", "replace")[: 1 << 20]

    def simpler(self, case: bytes) -> Iterator[bytes]:
        name, _, lines = case.partition(RULE)
        return (name + RULE + less for less in mutate.shorter(lines))

    def check(self, case: bytes) -> str:
        name, _, lines = case.partition(RULE)
        program, loaded = self._load(name.decode())
        outcomes = []
        for raw in (False, True):
            options = StreamOptions(program, "numpy", "lines", raw=raw, unchecked=raw)
            batched = _answers(options, loaded, lines)
            single = _answers(options, Interpreter(program), lines)
            if batched != single:
                raise Fault("a batch is answered otherwise", f"{batched!r} for {single!r}")
            outcomes.append(single[1])
        return f"{name!r} {outcomes[0][:60]}"

    def _load(self, name: str) -> tuple[Program, LoadedProgram]:
        if name not in self._loaded:
            program = _program(name)
            backend = import_module("tpc.backends.numpy").BACKEND
            loaded = backend.load(program, emit_to(backend, program, self._folder, name))
            self._loaded[name] = program, loaded
        return self._loaded[name]


@cache
def _program(name: str) -> Program:
    path = Path(__file__).parents[2] / "corpus" / f"{name}.tpir"
    return parse_program(path.read_text(encoding="utf-8"))


def _case(name: str, stream: random.Random) -> bytes:
    program = _program(name)
    rows = [[program.vocabulary[i] for i in ids] for ids in programs.strings(program, stream, 3)]
    lines = "".join(json.dumps(row, ensure_ascii=stream.random() < 0.5) + "\n" for row in rows)
    return name.encode() + RULE + lines.encode()


def _answers(options: StreamOptions, loaded: LoadedProgram, lines: bytes) -> tuple[str, str]:
    """What was written, and the complaint that ended it."""
    found: list[str] = []
    run_with: Callable[..., object] = lambda *_: nullcontext(loaded)  # noqa: E731
    with patch("tpc.runtime.streaming.run_with", run_with):
        try:
            found.extend(answered.text for answered in stream_answers(options, io.BytesIO(lines)))
        except TpcError as error:
            return "".join(found), error.render()
    return "".join(found), ""
