"""Where rounding decides between two classes, the interpreter's sums decide."""

from __future__ import annotations

from itertools import product

import pytest

from tests.passes.cases import parse
from tpc.proof.encoding import Encoding
from tpc.proof.query import Impossible, Possible, Query
from tpc.semantics.interpreter import evaluate

#: 0.1 + 0.2 is more than 0.3 in binary64, though not in numbers: "y" is answered, not "x".
ROUNDED = """
%first_pattern = select.first(query=%positions, key=%positions) { 0 | 1 | 2 | 3 | 4 => 1 }
%first = aggregate(%first_pattern, %tokens) : cat<@token>
%label = classify never ["<pad>", "z"] {
  %tokens: {"a" => [0, 0.3, 0.1, 0], "b" => [0, 0.3, 0.2, 0], _ => [0, 0.3, 0.15, 0]},
  %first: {"a" => [0, 0, 0.1, 0], "b" => [0, 0, 0.2, 0], _ => [0, 0, 0.15, 0]}
} : label<@label>
"""


def test_rounding_decides_as_in_the_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tpc.proof.scores._MAX_TABLE", 0)
    program = parse(ROUNDED)
    answered = set()
    for shape in list(program.language.shapes(program.max_length))[1:3]:
        encoding = Encoding(shape)
        encoded = encoding.encode(program)
        assert encoding.ties
        for ids in product(*(slot.tokens for slot in shape)):
            labels = evaluate(program, ids).columns[program.result]
            fixed = encoding.formulas.all(encoding.token(i, t) for i, t in enumerate(ids))
            for position in encoded.labels:
                answered.add(labels[position])
                for c in (1, 2):
                    literal = encoding.formulas.both(fixed, encoded.label(position, c))
                    found = Query(encoding).ask(literal)
                    assert isinstance(found, Possible if c == labels[position] else Impossible)
    assert answered == {1, 2}
