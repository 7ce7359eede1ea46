"""A trained network's activations by name: those of the variables that its program has.

The network is the discretised one, with every choice its argmax: the function that the program
equals. What an interpretability method finds in it can be scored against the program, whose
`tpc export-circuit` says what each variable's values really came from.

    >>> run = load_run(Path("runs/hist"))
    >>> found = activations(run, ["<s>", "3", "1", "3"])
    >>> found["num_attn_0_0"], found["num_attn_0_0_pattern"], found["logits"]
    >>> activations(run, tokens, replaced={"num_attn_0_0": [0, 0, 0, 0]})["label"]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import torch
from numpy.typing import ArrayLike, NDArray

from tpc.diagnostics import TpcError, did_you_mean, quoted
from tpc.ir.words import UNK, rewrite
from tpc.model.attention import visible_keys
from tpc.model.discrete import DiscreteNetwork, Trace, one_thread
from tpc.model.run import Run

Activations: TypeAlias = dict[str, NDArray[Any]]


def activations(
    run: Run, tokens: Sequence[str], replaced: Mapping[str, ArrayLike] | None = None
) -> Activations:
    """Everything that a run's network computes on one input, by name.

    Args:
        run: A trained network; `tpc.model.run_dir.load_run` loads it.
        tokens: Words of an input, framing included.
        replaced: Values `[length]` that variables have instead of what they would be: what comes
            after is computed from these, as activation patching does.

    Returns:
        For each variable of the network its values `[length]`: the index into its domain if it is
        categorical, else a number in binary64. Its name is the one that programs have after `from`,
        and that an exported program has itself. `NAME_pattern` is a head's attention
        `[length, length]`: whether query position `i` reads key position `j`. `logits` are
        `[length, classes]`, `label` the classes `[length]`; `[classes]` and a single class if the
        network labels whole sequences. Classes that are never answered are at -1e30.

    Raises:
        TpcError: The network does not take the input, or has no such variable.
    """
    ids = torch.tensor([_ids(run, tokens)], dtype=torch.int64)
    mask = torch.ones_like(ids, dtype=torch.bool)
    network = DiscreteNetwork(run.config, run.weights)
    with torch.no_grad(), one_thread():
        given = _replacements(network.trace(ids, mask), replaced or {}, len(tokens))
        found = network.trace(ids, mask, given)
        visible = visible_keys(run.config, mask)
        patterns = {
            f"{name}_pattern": head.attends(
                found.variables[head.query], found.variables[head.key], visible
            )
            for name, head in network.heads.items()
        }
    named = {**found.variables, **patterns, "logits": found.logits, "label": found.labels()}
    return {"tokens": ids[0].numpy()} | {name: values[0].numpy() for name, values in named.items()}


def _ids(run: Run, tokens: Sequence[str]) -> list[int]:
    known = {word: index for index, word in enumerate(run.vocabulary.words)}
    if not 0 < len(tokens) <= run.config.n_ctx:
        raise TpcError(
            f"the input has {len(tokens)} tokens, and the network takes 1 to {run.config.n_ctx}"
        )
    found = []
    for token in tokens:
        word = rewrite(token, run.rewrite)
        if word not in known and UNK not in known:
            hint = did_you_mean(word, known)
            raise TpcError(f"the network does not know the token {quoted(word)}", hint=hint)
        found.append(known.get(word, known.get(UNK, 0)))
    return found


def _replacements(
    usual: Trace, replaced: Mapping[str, ArrayLike], length: int
) -> dict[str, torch.Tensor]:
    found = {}
    for name, values in replaced.items():
        if name not in usual.variables:
            hint = did_you_mean(name, usual.variables) or ", ".join(usual.variables)
            raise TpcError(f"the network has no variable {quoted(name)}", hint=hint)
        row = torch.as_tensor(values).to(usual.variables[name].dtype)
        if row.shape != (length,):
            raise TpcError(f"{name} needs a value for each of the {length} positions")
        found[name] = row.unsqueeze(0)
    return found
