"""dyck1: a Transformer Program.

Exported from a network of depth 3 trained by tpc for the task dyck1.

On the inputs of its task its labels are the network's, elsewhere they may differ.
Proved against sha256:0031ef710ce95326cf35eb88856a46ebcaf37fab1300bd235e60d3d646c46401.
"""

from collections.abc import Sequence
from typing import TypeVar

V = TypeVar("V")
NUM_MLP_0_0 = {1: 9, 10: 9, 11: 9, 12: 9, 13: 9, 14: 9, 15: 9, 16: 9}
ATTN_1_3 = (None, None, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8)


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


def mlp_0_0_at(attn_0_0: int, token_1: str) -> int:
    """What mlp_0_0 is for attn_0_0, token_1."""
    if attn_0_0 == 0:
        return 1
    if token_1 == ")":
        return 4
    return 13


def label_at(mlp_0_0: int, attn_1_3: str, attn_2_0: int) -> str:
    """What label is for mlp_0_0, attn_1_3, attn_2_0."""
    if attn_2_0 >= 2 or mlp_0_0 == 4:
        return "F"
    if mlp_0_0 == 13 and attn_1_3 == "<s>":
        return "T"
    return "P"


def run(tokens: list[str], raw: bool = False) -> list[str]:
    """The class of each token; a first <s> is echoed unless `raw`."""
    if len(tokens) > 16:
        raise ValueError(f"{len(tokens)} tokens: it takes at most 16")
    if unknown := set(tokens) - {"(", ")", "<s>"}:
        raise ValueError(f"unknown tokens: {sorted(unknown)}")
    positions = list(range(len(tokens)))
    # position at the first position so far with token ')'
    attn_0_0 = first_so_far([")"] * 16, tokens, positions)
    # token at position 1, else at the first
    token_1 = [tokens[j if (j := 1) <= i else 0] for i, token in enumerate(tokens)]
    mlp_0_0 = list(map(mlp_0_0_at, attn_0_0, token_1))
    # number of positions so far with the same token
    count_same = [tokens[: i + 1].count(token) for i, token in enumerate(tokens)]
    num_mlp_0_0 = [NUM_MLP_0_0.get(n, n) for n in count_same]
    # token at the first position so far with the num_mlp_0_0 this position looks for
    attn_1_3 = first_so_far(ATTN_1_3, num_mlp_0_0, tokens)
    mlp_1_0 = [0] * len(tokens)
    # position at the first position so far with attn_1_3 ')'
    attn_2_0 = first_so_far([")"] * 16, attn_1_3, positions)
    label = list(map(label_at, mlp_0_0, attn_1_3, attn_2_0))
    if not raw:
        if tokens[:1] == ["<s>"]:
            label[0] = "<s>"
    return label
