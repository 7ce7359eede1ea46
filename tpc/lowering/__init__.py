"""From a program to what a backend renders: every decision that no target makes differently.

`lower` gives the `Lowered` program: its columns (a variable at each position), and steps that
compute them, in order. What only some renderers need is derived from it, each in a file of its own:
`arrays` (dense tables, folded columns: targets that run many sequences at once), `cases` and `axes`
(short and small forms of lookups), `formulas` (over values as they are shown), `functions` (of one
variable, recognised), `predicates` (the matched key as a formula or a table, and in words),
`logits` and `weights` (the classifier, as rows to add up or in fixed point), `about` (what an
emitted file says of itself).
"""

from tpc.ir.nodes import TOKENS, Case, Feature, Rule
from tpc.lowering.lower import lower
from tpc.lowering.lowered import (
    Classifier,
    Column,
    Embedding,
    Head,
    Lookup,
    Lowered,
    Ones,
    Perceptron,
    Positions,
    Selector,
    Step,
)

__all__ = [
    "TOKENS",
    "Case",
    "Classifier",
    "Column",
    "Embedding",
    "Feature",
    "Head",
    "Lookup",
    "Lowered",
    "Ones",
    "Perceptron",
    "Positions",
    "Rule",
    "Selector",
    "Step",
    "lower",
]
