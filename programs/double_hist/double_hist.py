"""double_hist: a Transformer Program.

Exported from a network of depth 3 trained by tpc for the task double_hist.

On the inputs of its task its labels are the network's, elsewhere they may differ.
Proved against sha256:467121a1da06cbe867db611f5fc5fbe458b77d9a6d4449c02e25230aa7ac596d.

    run(['<s>', '3', '0', '2', '4', '3', '3', '2'])
    == ['<s>', '1', '2', '1', '2', '1', '1', '1']
"""

from functools import cache

MLP_0_0 = {"0": 1, "1": 2, "2": 3, "3": 4, "4": 5, "5": 6, "<s>": 7}


@cache
def label_at(num_attn_1_0: int, num_attn_2_1: int) -> str:
    """What label is for num_attn_1_0, num_attn_2_1."""
    match num_attn_1_0, num_attn_2_1:
        case (4 | 5 | 6 | 7, _) | (_, 2) | (3, 3 | 7):
            return "1"
        case _, 5:
            return "4"
        case _, 7:
            return "6"
        case 1, 4:
            return "3"
        case 1, 6:
            return "5"
        case 2, 6:
            return "3"
    return "2"


def run(tokens: list[str], raw: bool = False) -> list[str]:
    """The class of each token; a first <s> is echoed unless `raw`."""
    if len(tokens) > 8:
        raise ValueError(f"{len(tokens)} tokens: it takes at most 8")
    if unknown := set(tokens) - {"0", "1", "2", "3", "4", "5", "<s>"}:
        raise ValueError(f"unknown tokens: {sorted(unknown)}")
    mlp_0_0 = [MLP_0_0[token] for token in tokens]
    # number of positions with the same mlp_0_0
    num_attn_1_0 = [mlp_0_0.count(value) for value in mlp_0_0]
    num_mlp_1_0 = [0 if n == 1 else 3 if n == 2 else 4 for n in num_attn_1_0]
    # number of positions with the same num_mlp_1_0
    num_attn_2_1 = [num_mlp_1_0.count(value) for value in num_mlp_1_0]
    label = list(map(label_at, num_attn_1_0, num_attn_2_1))
    if not raw:
        if tokens[:1] == ["<s>"]:
            label[0] = "<s>"
    return label
