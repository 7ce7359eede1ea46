"""Whether two programs answer alike on a whole input language: everything that can decide it.

Cheap members first: programs that are the same; a sample; all strings, where there are few; counts,
where only they matter; then, shape by shape, the solver. No member asks for time: the same
programs and the same budget give the same verdict, whatever the machine and however many processes.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_all_start_methods, get_context
from typing import TypeAlias

import numpy as np

from tpc.ir.language import Slot
from tpc.ir.numbers import counted
from tpc.ir.program import Program
from tpc.proof.counting import counted_columns
from tpc.proof.cubes import Effort, differing_labels, settle
from tpc.proof.equality import LabelComparison, compare_on_language
from tpc.proof.product import needed, product
from tpc.proof.query import Answer, Possible, Undecided, solver_name
from tpc.proof.values import NotEncodableError
from tpc.proof.verdict import Proved, Refuted, Unknown, Verdict
from tpc.semantics.interpreter import evaluate
from tpc.semantics.strings import shrink

Shape: TypeAlias = tuple[Slot[int], ...]
