"""Emitted Python that adds up the votes of the words around a position."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from tests.backends.conftest import Load
from tpc.backends.python import BACKEND
from tpc.ir.parser import parse_program
from tpc.ir.program import Program
from tpc.semantics.interpreter import Interpreter

WORDS = [f"w{index}" for index in range(80)]


def window_program(
    offsets: Sequence[int], *, pooled: bool = False, at: int = 0, weight: str = "3"
) -> Program:
    """A variable for each offset, read there, with weights of its own.

    The first `at` of them are read at the position `offset` alone.
    """
    stream = random.Random(5)
    body, features = [], []
    for k, offset in enumerate(offsets):
        values = ", ".join(str(stream.randrange(3)) for _ in range(81))
        body.append(f"  %var{k} = embed(%tokens) dense [{values}] : cat<@value>")
        name = f"var{k}"
        if offset:
            where = f"where key == query {'+' if offset > 0 else '-'} {abs(offset)}"
            if k < at:
                where = f"{{{offset} => {offset}, _ => 0}}"
            body.append(f"  %p{k} = select.closest(query=%positions, key=%positions) {where}")
            body.append(f"  %a{k} = aggregate(%p{k}, %var{k}) : cat<@value>")
            name = f"a{k}"
        numbers = [stream.randint(-4, 4) for _ in range(3)]
        features.append(
            f"    %{name}: {{\n      0 => [0, {numbers[0]}, 0, 0],\n"
            f"      1 => [0, {numbers[1]}, {weight}, 0],\n"
            f"      _ => [0, {numbers[2]}, 0, 0]\n    }}"
        )
    return parse_program(_program(body, features, pooled), "window")


def _program(body: Sequence[str], features: Sequence[str], pooled: bool) -> str:
    tokens = ", ".join(f'"{word}"' for word in ["<pad>", *WORDS])
    kind = "pooled<@label>" if pooled else "label<@label>"
    mark = ".sum" if pooled else ""
    return "\n".join(
        [
            "tpir 1.0",
            f"domain @token = [{tokens}]",
            "domain @position = 0..5",
            "domain @value = 0..2",
            'domain @label = ["<pad>", "A", "B", "C"]',
            "max_length 6",
            'language any except ["<pad>"]{1..6}',
            "contract every_string",
            f"program @window(%tokens: cat<@token>) -> {kind} {{",
            "  %positions = positions : cat<@position>",
            *body,
            f'  %label = classify{mark} never ["<pad>"] {{',
            ",\n".join(features),
            "  } : " + kind,
            "  return %label",
            "}",
            "",
        ]
    )


@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize(
    ("offsets", "at", "loop"),
    [
        ((0, -1, 1, -2, 2, 5), 0, "for offset, k, weights in rules"),
        ((0, 1, 2, 3, 5, 1), 9, "for at, k, weights in rules"),
    ],
)
def test_votes_of_a_window_are_those_of_the_program(
    load: Load, pooled: bool, offsets: tuple[int, ...], at: int, loop: str
) -> None:
    program = window_program(offsets, pooled=pooled, at=at)
    source = BACKEND.emit(program, "window")[0].content.decode()
    assert loop in source
    emitted, referee, stream = load(BACKEND, program), Interpreter(program), random.Random(1)
    for _ in range(300):
        words = stream.choices(WORDS, k=stream.randint(1, 6))
        assert emitted.run(words, raw=True) == referee.run(words, raw=True)
        columns = emitted.columns([*words])
        values = referee.evaluate([WORDS.index(word) + 1 for word in words]).columns
        for name in (f"a{k}" for k, offset in enumerate(offsets) if offset):
            assert list(columns[name]) == values[name]


def test_both_kinds_of_heads_at_once_are_no_window() -> None:
    mixed = window_program((0, 1, 2, 3, 5, 1), at=3)
    assert "rules" not in BACKEND.emit(mixed, "window")[0].content.decode()


@pytest.mark.parametrize(("offsets", "weight"), [((0, -1, 1, 2), "3"), ((0, -1, 1, -2, 2), "0.5")])
def test_few_features_and_real_weights_are_written_as_ever(
    offsets: Sequence[int], weight: str
) -> None:
    program = window_program(offsets, weight=weight)
    assert "rules" not in BACKEND.emit(program, "window")[0].content.decode()
