"""Property files: refused with a place, or decided alike by trying all inputs and by the solver."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.fuzz import mutate
from tests.fuzz.target import CORPUS, Fault
from tests.properties.random_properties import random_property
from tpc.diagnostics import TpcError
from tpc.frontends.program_file import read_program_file
from tpc.ir.language import Language
from tpc.ir.program import Program
from tpc.properties.decide import Budget, Decision, decide
from tpc.properties.parser import parse_properties

PROGRAMS = CORPUS.parents[2] / "programs"

#: A label for each token, of which some are not scored; one that looks at positions; causal.
NAMES = ("hist", "reverse", "dyck1")

#: Inputs of so many tokens, at most, besides those that frame them.
_MOST = 3

#: Of the inputs made from others, so many are drawn anew: most changes leave no property.
_FRESH = 0.5

#: All inputs are tried; or the solver is asked, a little.
_ALL = Budget(processes=1)
_SOLVER = Budget(limit=0, samples=1, effort=1.0, processes=1)

TEXTS = (
    "property reversed: forall i: out[i] = in[length - 1 - i]\n",
    "define often(i) = count(j: in[j] = in[i])\nproperty hist: forall i: out[i] = often(i)\n",
    'order "2" < "1" < "0"\nproperty low: exists i: in[i] < "1" and not out[i] >= in[i + 1]\n',
    "property moved: forall i, j: after exchanging in[i] with in[j]: out'[i] = out[j]\n",
    "property renamed: forall tokens t, u: after exchanging t with u: forall i: out'[i] = out[i]\n",
    "property causal: forall i, j: i < j implies after changing in[j]: out'[i] = out[i]\n",
    "order alphabetic\n# nothing\nproperty many: forall i < length - 1: count(j <= i: in[j] != "
    "in[i]) - 2 <= i or true\nproperty none: not exists i: out[i] = in[0] and length > 1\n",
)


class Fuzzer:
    """See the module."""

    def __init__(self, folder: Path) -> None:
        paths = (PROGRAMS / name / f"{name}.tpir" for name in NAMES)
        self._programs = [_short(read_program_file(path)) for path in paths]

    def seeds(self, stream: random.Random) -> Sequence[bytes]:
        drawn = (random_property(stream, program) for program in self._programs * 4)
        return [text.encode() for text in (*TEXTS, *drawn)]

    def mutate(self, case: bytes, stream: random.Random) -> bytes:
        if stream.random() < _FRESH:
            return random_property(stream, stream.choice(self._programs)).encode()
        text = mutate.text(stream, case.decode("utf-8", "replace"), TEXTS)
        return text.encode("utf-8", "replace")[: 1 << 12]

    def simpler(self, case: bytes) -> Iterator[bytes]:
        return mutate.shorter(case)

    def check(self, case: bytes) -> str:
        file = parse_properties(case.decode("utf-8", "replace"), "f.prop")
        words: list[str] = []
        for program in self._programs:
            try:
                tried = decide(program, [file], budget=_ALL)
            except TpcError as error:
                words.append(f"refused: {error.message}")
            else:
                solved = decide(program, [file], budget=_SOLVER)
                words += map(_alike, tried, solved)
        return "; ".join(dict.fromkeys(words))


def _short(program: Program) -> Program:
    """The program on its shortest inputs."""
    alternatives = tuple(
        tuple(
            dataclasses.replace(group, least=min(group.least, _MOST), most=min(group.most, _MOST))
            for group in groups
        )
        for groups in program.language.alternatives
    )
    return program.replace(language=Language(alternatives))


def _alike(tried: Decision, solved: Decision) -> str:
    if solved.verdict.word not in (tried.verdict.word, "unknown"):
        raise Fault("verdicts differ", f"{tried.name}: {tried.verdict}, and {solved.verdict}")
    if solved.smallest and solved.counterexample != tried.counterexample:
        raise Fault("smallest counterexamples differ", f"{tried} and {solved}")
    return f"{tried.verdict.word}, {solved.verdict.word}"
