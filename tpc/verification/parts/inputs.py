"""What a network knows of a token and of its position before its first layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from tpc.diagnostics import quoted
from tpc.ir.nodes import TOKENS, Embed, Ones, Positions
from tpc.semantics.interpreter import pointwise
from tpc.verification.parts.heads import tensor
from tpc.verification.parts.matching import Matching
from tpc.verification.parts.part import Mismatch, PartGroup


def check_inputs(matching: Matching) -> Iterator[PartGroup]:
    """The network on every word as a text of its own, and on one of all positions."""
    from tpc.model import layout

    network, program = matching.network, matching.program
    words = np.arange(len(program.vocabulary))
    by_word = network.trace(tensor(words[:, None]), tensor(np.ones((len(words), 1), dtype=bool)))
    longest = np.full((1, program.max_length), len(words) - 1)
    by_position = network.trace(tensor(longest), tensor(np.ones(longest.shape, dtype=bool)))
    config = network.config
    for name in (*layout.categorical_inputs(config), *layout.numerical_inputs(config)):
        if name == "positions":
            found = by_position.variables[name][0].tolist()
            yield _compared(matching, name, found, [f"position {i}" for i in range(len(found))])
        else:
            found = by_word.variables[name][:, 0].tolist()
            words_shown = [f"the word {quoted(word)}" for word in program.vocabulary]
            yield _compared(matching, name, found, words_shown)


def _compared(
    matching: Matching, name: str, network: Sequence[float], what: Sequence[str]
) -> PartGroup:
    """One variable for each word or position; `<pad>`, the first word, is never an input."""
    variable, ours = matching.names[name], _programs(matching, name, len(network))
    first = 0 if name == "positions" else 1
    different = [
        Mismatch(
            f"{name} of {what[place]}",
            matching.shown(variable, network[place]),
            matching.shown(variable, ours[place]),
            (1,) * (place + 1) if name == "positions" else (place,),
        )
        for place in range(first, len(network))
        if network[place] != ours[place]
    ]
    return PartGroup("input", name, len(network) - first, tuple(different))


def _programs(matching: Matching, name: str, count: int) -> Sequence[float]:
    """What the program says of the first words or positions."""
    if name == TOKENS:
        return range(count)
    node = matching.node(name)
    assert isinstance(node, Embed | Ones | Positions), "matched"
    return pointwise(node, list(range(count)))
