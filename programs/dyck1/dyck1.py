"""dyck1: a Transformer Program.

Exported from a network of depth 3 trained by tpc for the task dyck1.

On the inputs of its task its labels are the network's, elsewhere they may differ.
Proved against sha256:083e685101a11d17916996f3aeae8c58bc1ce71464da9df7e72c9a9da0c1ffed.
"""

from collections.abc import Sequence
from typing import TypeVar

V = TypeVar("V")
ATTN_1_0 = (None, None, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8)


def first_so_far(
    wanted: Sequence[object], keys: Sequence[object], values: Sequence[V]
) -> list[V]:
    """The value at the first position so far with the wanted key, else the first value."""
    where: dict[object, int] = {}
    chosen = []
    for i, (want, key) in enumerate(zip(wanted, keys)):
        where.setdefault(key, i)
        chosen.append(values[where.get(want, 0)])
    return chosen


def label_at(attn_2_0: int, attn_0_0: int, attn_1_0: str) -> str:
    """What label is for attn_2_0, attn_0_0, attn_1_0."""
    if attn_2_0 != 0:
        return "F"
    if 2 <= attn_0_0 <= 13 and attn_1_0 == "<s>":
        return "T"
    if attn_0_0 == 1:
        return "F"
    return "P"


def run(tokens: list[str], raw: bool = False) -> list[str]:
    """The class of each token; a first <s> is echoed unless `raw`."""
    if len(tokens) > 16:
        raise ValueError(f"{len(tokens)} tokens: it takes at most 16")
    if unknown := set(tokens) - {"(", ")", "<s>"}:
        raise ValueError(f"unknown tokens: {sorted(unknown)}")
    positions = list(range(len(tokens)))
    # token at position 2, else at the first
    token_2 = [tokens[j if (j := 2) <= i else 0] for i in positions]
    # position at the first position so far with the token this token looks for
    attn_0_0 = first_so_far(
        [")" if token != "<s>" else None for token in tokens], tokens, positions
    )
    # attn_0_0 at the first position so far with attn_0_0 1
    attn_1_3 = first_so_far([1] * 16, attn_0_0, attn_0_0)
    # number of positions so far with the same token
    num_mlp_0_0 = [
        n if (n := tokens[: i + 1].count(token)) <= 8 else 1
        for i, token in enumerate(tokens)
    ]
    # token at the first position so far with the num_mlp_0_0 this position looks for
    attn_1_0 = first_so_far(ATTN_1_0, num_mlp_0_0, tokens)
    # position at the first position so far with attn_1_0 ')'
    attn_2_0 = first_so_far([")"] * 16, attn_1_0, positions)
    label = list(map(label_at, attn_2_0, attn_0_0, attn_1_0))
    if not raw and "<s>" in tokens[:1]:
        label[0] = "<s>"
    return label
