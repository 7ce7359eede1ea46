"""All strings of a shape gone through by compiled code, or, without a compiler, in NumPy."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tpc.diagnostics import TpcError
from tpc.ir.language import Slot
from tpc.ir.program import Program
from tpc.proof.enumeration import Enumerator, NotEnumerableError, slot_arrays
from tpc.proof.parallel import in_order
from tpc.runtime.compiled import load_library
from tpc.semantics.batched import BatchEvaluator
from tpc.semantics.shrinking import Ids
from tpc.semantics.strings import shape_batches

#: NumPy takes about so many times as long as compiled code, and goes so much less far.
SLOWER = 100

#: A shape is gone through in at least so many pieces, for as many processes.
_PIECES = 16


class Exhaustion:
    """Compares two results of a program on all strings of shapes.

    Args:
        program: The program.
        results: The names of the results.

    Attributes:
        compiled: Whether there is compiled code.
    """

    def __init__(self, program: Program, results: tuple[str, str]) -> None:
        self._program, self._results = program, results
        self._enumerator: Enumerator | None = None
        try:
            self._enumerator = Enumerator(program, results)
            self._library = _compiled(self._enumerator.text)
        except (NotEnumerableError, TpcError):
            self._enumerator = None
        self.compiled = self._enumerator is not None

    def __reduce__(self) -> tuple[type[Exhaustion], tuple[Program, tuple[str, str]]]:
        """Compiled anew in another process: machines may differ."""
        return Exhaustion, (self._program, self._results)

    def work(self, shape: Sequence[Slot[int]]) -> int:
        """How many positions are computed to go through a shape, in units of compiled code."""
        sizes = [len(slot.tokens) for slot in shape]
        whole = math.prod(sizes) * len(sizes)
        if self._enumerator is None:
            return whole * SLOWER
        shared = sum(accumulate(sizes, int.__mul__))
        late = any(node.name not in self._enumerator.early for node in self._program.nodes)
        return shared + whole * late

    def difference(self, shape: Sequence[Slot[int]], processes: int) -> Ids | None:
        """The first string on which the results differ at a scored position, if there is one."""
        search = self._searched if self._enumerator is None else self._walked
        return next(
            (found for found in in_order(search, _pieces(shape), processes) if found is not None),
            None,
        )

    def _walked(self, shape: tuple[Slot[int], ...]) -> Ids | None:
        assert self._enumerator is not None, "checked by the caller"
        tables = self._enumerator.tables
        counts, rows = slot_arrays([slot.tokens for slot in shape])
        scored = np.array([slot.scored for slot in shape], dtype=np.uint8)
        found = np.zeros(len(shape), dtype=np.int32)
        pointer, taken = ctypes.c_void_p, ctypes.c_uint64()
        arrays = (pointer(array.ctypes.data) for array in (counts, rows, scored, found))
        different = self._library.tpc_compare(
            (pointer * len(tables))(*(table.ctypes.data for table in tables)),
            *(len(shape), rows.shape[1]),
            *arrays,
            ctypes.byref(taken),
        )
        return tuple(found.tolist()) if different else None

    def _searched(self, shape: tuple[Slot[int], ...]) -> Ids | None:
        evaluator = BatchEvaluator(self._program, only=self._results, result=False)
        for batch in shape_batches(shape):
            columns = evaluator.evaluate(batch.ids, batch.lengths).columns
            one, other = (columns[name] for name in self._results)
            different = one != other
            if not self._program.label_type.pooled:
                different = (different & batch.scored).any(axis=1)
            if different.any():
                return tuple(batch.ids[int(different.argmax())].tolist())
        return None


def _compiled(text: str) -> ctypes.CDLL:
    with TemporaryDirectory(prefix="tpc-proof-") as folder:
        source = Path(folder) / "compare.c"
        source.write_text(text, encoding="utf-8")
        return load_library([source], ["-ffp-contract=off"])


def _pieces(shape: Sequence[Slot[int]]) -> list[tuple[Slot[int], ...]]:
    """The shape with its first tokens fixed, in every way."""
    fixed, pieces = 0, 1
    while fixed < len(shape) and pieces < _PIECES:
        pieces *= len(shape[fixed].tokens)
        fixed += 1
    first = product(*([replace(slot, tokens=(t,)) for t in slot.tokens] for slot in shape[:fixed]))
    return [(*slots, *shape[fixed:]) for slots in first]
