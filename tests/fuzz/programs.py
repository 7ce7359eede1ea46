"""Programs as text to start from, random ones among them, and strings to run them on."""

from __future__ import annotations

import random
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from tpc.ir.language import Language
from tpc.ir.printer import print_program
from tpc.ir.program import Program
from tpc.ir.words import PAD, rewrite

_FOLDER = Path(__file__).parent.parent / "corpus"
#: Longer strings are run with no more than so many positions times definitions.
MOST_STEPS = 20_000


@cache
def corpus_texts() -> tuple[str, ...]:
    """The programs of the tests' corpus that are not mainly weights."""
    paths = sorted(_FOLDER.glob("*.tpir"))
    return tuple(path.read_text(encoding="utf-8") for path in paths if path.stat().st_size < 4_000)


def random_texts(stream: random.Random, count: int) -> list[str]:
    """Random well-typed programs; none without hypothesis."""
    if find_spec("hypothesis") is None:
        return []
    from hypothesis import HealthCheck, Phase, given, seed, settings

    from tests.strategies import programs

    found: list[Program] = []

    @seed(stream.getrandbits(64))
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(programs())
    def collect(program: Program) -> None:
        found.append(program)

    collect()
    return [print_program(program) for program in found]


def strings(program: Program, stream: random.Random, count: int) -> list[tuple[int, ...]]:
    """Token ids of strings of the language, then of others; not too long for the interpreter.

    A string of the language that is too long is cut, and so is one of the others.
    """
    room = max(2, MOST_STEPS // (len(program.nodes) + 2))
    longest = min(program.max_length, int(room**0.6))
    found = [one_string(program.language, program.max_length, stream) for _ in range(count)]
    usable = usable_ids(program)
    if usable:
        for _ in range(count):
            length = stream.randint(1, longest)
            found.append(tuple(stream.choice(usable) for _ in range(length)))
    cut = (ids if len(ids) <= longest else ids[:longest] for ids in found)
    return [ids for ids in cut if ids or not program.label_type.pooled]


def usable_ids(program: Program) -> list[int]:
    """Tokens that an input can have."""
    return [
        index
        for index, word in enumerate(program.vocabulary)
        if word != PAD and rewrite(word, program.rewrite) == word
    ]


def one_string(language: Language[int], max_length: int, stream: random.Random) -> tuple[int, ...]:
    """A string of the language, most often one of the first shapes, without listing them all."""
    shapes = []
    for shape in language.shapes(max_length):
        shapes.append(shape)
        if len(shapes) == 50:
            break
    return tuple(stream.choice(slot.tokens) for slot in stream.choice(shapes))
