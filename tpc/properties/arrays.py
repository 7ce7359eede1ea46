"""Circuits on many inputs of one shape at once, with NumPy."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from tpc.ir.program import Program
from tpc.properties.gates import (
    Before,
    Circuit,
    Conjunction,
    Constant,
    Gate,
    Linear,
    Negation,
    Node,
    Numeral,
    Read,
    Same,
    Sign,
    read_by,
)
from tpc.properties.syntax import Order
from tpc.properties.words import number_of, ranked
from tpc.semantics.arrays import Array, Mask

_COMPARED: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "=": operator.eq,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
    }
)


class WordCodes:
    """All words of a program by number: tokens and labels in one list.

    Args:
        program: The program.
        order: Of words.
    """

    def __init__(self, program: Program, order: Order) -> None:
        words = list(dict.fromkeys((*program.vocabulary, *program.classes, *order.words)))
        self.code = {word: number for number, word in enumerate(words)}
        self.tokens = np.array([self.code[word] for word in program.vocabulary], dtype=np.int32)
        self.labels = np.array([self.code[word] for word in program.classes], dtype=np.int32)
        ranks = ranked(order, set(words))
        self.ranked = np.array([word in ranks for word in words])
        self.rank = np.array([ranks.get(word, 0) for word in words], dtype=np.int64)
        numbers = [number_of(word) for word in words]
        self.is_number = np.array([number is not None for number in numbers])
        self.number = np.array([number or 0 for number in numbers], dtype=np.int64)


class CircuitArrays:
    """A gate of a circuit, ready to be evaluated.

    Args:
        circuit: The circuit.
        root: The gate.
        codes: Of words.
    """

    def __init__(self, circuit: Circuit, root: Gate, codes: WordCodes) -> None:
        self._codes = codes
        self._root = root
        self._nodes = [(gate, circuit.nodes[gate]) for gate in circuit.needed(root)]
        self._last = {g: gate for gate, node in self._nodes for g in read_by(node)}

    def holds(self, columns: Mapping[Read, Array], count: int) -> Mask:
        """For each input whether the gate is true.

        Args:
            columns: The code of the word of each reading: `[B]`.
            count: How many inputs there are.
        """
        known: dict[Gate, Mask] = {}
        for gate, node in self._nodes:
            known[gate] = self._value(node, known, columns, count)
            for read in set(read_by(node)):
                if self._last[read] == gate:
                    del known[read]
        return known[self._root]

    def _value(
        self, node: Node, known: dict[Gate, Mask], columns: Mapping[Read, Array], count: int
    ) -> Mask:
        match node:
            case Constant():
                return np.full(count, node.value)
            case Negation():
                return ~known[node.gate]
            case Conjunction():
                found = known[node.gates[0]].copy()
                for gate in node.gates[1:]:
                    found &= known[gate]
                return found
            case Same():
                left, right = self._word(node.left, columns), self._word(node.right, columns)
                return np.broadcast_to(left == right, (count,))
            case Before():
                return np.broadcast_to(self._before(node, columns), (count,))
            case Sign():
                total = _total(node.sum, known, count)
                return total == 0 if node.operator == "=" else total >= 0
            case Numeral():
                word, total = self._word(node.word, columns), _total(node.sum, known, count)
                compared = _COMPARED[node.operator](self._codes.number[word], total)
                return np.asarray(compared & self._codes.is_number[word])

    def _word(self, term: Read | str | None, columns: Mapping[Read, Array]) -> Array:
        """Codes `[B]`, or one code; a word that the program does not have is no code."""
        if isinstance(term, Read):
            return columns[term]
        return np.array(-1 if term is None else self._codes.code.get(term, -1))

    def _before(self, node: Before, columns: Mapping[Read, Array]) -> Mask:
        left, right = self._word(node.left, columns), self._word(node.right, columns)
        codes = self._codes
        ranks = codes.rank[left], codes.rank[right]
        before = ranks[0] < ranks[1] if node.strict else ranks[0] <= ranks[1]
        there = (left >= 0) & (right >= 0)
        return np.asarray(before & codes.ranked[left] & codes.ranked[right] & there)


def _total(total: Linear, known: dict[Gate, Mask], count: int) -> Array:
    found = np.full(count, total.constant, dtype=np.int64)
    for gate, coefficient in total.gates:
        found += coefficient * known[gate]
    return found
