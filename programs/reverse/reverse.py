"""reverse: a Transformer Program.

Exported from a network of depth 3 trained by tpc for the task reverse.

On the inputs of its task its labels are the network's, elsewhere they may differ.
Proved against sha256:440aec19247b5609ec3801da74c0d75b4a45e73cbf7a77d09d51ee8a50d71652.

    run(['<s>', '4', '3', '2', '1', '2', '0', '</s>'])
    == ['<s>', '0', '2', '1', '2', '3', '4', '</s>']
"""

from collections.abc import Sequence
from functools import cache

ATTN_1_3 = (6, 6, 5, 4, 3, 6, 1, 6)


def first(
    wanted: Sequence[object], keys: Sequence[object], values: Sequence[int]
) -> list[int]:
    """The value at the first position with the wanted key, else the first value."""
    return [
        values[keys.index(want) if want in keys else 0] for want, _ in zip(wanted, keys)
    ]


@cache
def mlp_0_0_at(i: int, attn_0_2: int) -> int:
    """What mlp_0_0 is for position, attn_0_2."""
    match i, attn_0_2:
        case 1, 3:
            return 2
        case 1, 4:
            return 3
        case 1, 5:
            return 4
        case 1, 6:
            return 5
        case 2, 4:
            return 2
        case 2, 5:
            return 3
        case 2, 6:
            return 4
        case 3, 5:
            return 2
        case 3, 6:
            return 3
        case (4, 6) | (5, 7):
            return 2
        case _, 7:
            return 0
    return 1


@cache
def label_at(attn_1_3: str, attn_2_1: str) -> str:
    """What label is for attn_1_3, attn_2_1."""
    if attn_2_1 == "0":
        return "0"
    if attn_2_1 == "1":
        return "1"
    if attn_2_1 == "2":
        return "2"
    if attn_2_1 == "3":
        return "3"
    if attn_2_1 == "4":
        return "4"
    if attn_1_3 == "0":
        return "0"
    if attn_1_3 == "1":
        return "1"
    if attn_1_3 == "2":
        return "2"
    if attn_1_3 == "3":
        return "3"
    return "4"


def run(tokens: list[str], raw: bool = False) -> list[str]:
    """The class of each token; a first <s> and a last </s> are echoed unless `raw`."""
    if len(tokens) > 8:
        raise ValueError(f"{len(tokens)} tokens: it takes at most 8")
    if unknown := set(tokens) - {"0", "1", "2", "3", "4", "</s>", "<s>"}:
        raise ValueError(f"unknown tokens: {sorted(unknown)}")
    positions = list(range(len(tokens)))
    # token at the position this position looks for, else at the first
    attn_1_3 = [tokens[j if (j := ATTN_1_3[i]) < len(tokens) else 0] for i in positions]
    # position at the first position with token '</s>'
    attn_0_2 = first(["</s>"] * 8, tokens, positions)
    mlp_0_0 = list(map(mlp_0_0_at, positions, attn_0_2))
    # token at the position this mlp_0_0 looks for, else at the first
    attn_2_1 = [tokens[j if (j := value) < len(tokens) else 0] for value in mlp_0_0]
    label = list(map(label_at, attn_1_3, attn_2_1))
    if not raw:
        if tokens[:1] == ["<s>"]:
            label[0] = "<s>"
        if tokens[-1:] == ["</s>"]:
            label[-1] = "</s>"
    return label
