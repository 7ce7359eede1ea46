"""double_hist: a Transformer Program.

Exported from a network of depth 3 trained by tpc for the task double_hist.

On the inputs of its task its labels are the network's, elsewhere they may differ.
Proved against sha256:d60b6317ae09004d13ca54de902b5af5b175be9d169af3aa35a6c2c74d30be77.

    run(['<s>', '3', '0', '2', '4', '3', '3', '2'])
    == ['<s>', '1', '2', '1', '2', '1', '1', '1']
"""

from functools import cache

LABEL = {1: "1", 3: "2", 4: "4", 5: "6", 6: "3", 7: "5"}


@cache
def num_mlp_2_0_at(count_same: int, num_attn_2_0: int) -> int:
    """What num_mlp_2_0 is for count_same, num_attn_2_0."""
    match count_same, num_attn_2_0:
        case 2, 4 | 5:
            return 3
        case 2, 6 | 7 | 8:
            return 6
        case (3, 6 | 7 | 8) | (1, 3):
            return 3
        case 1, 4:
            return 6
        case 1, 5:
            return 4
        case 1, 6:
            return 7
        case 1, 7 | 8:
            return 5
    return 1


def run(tokens: list[str], raw: bool = False) -> list[str]:
    """The class of each token; a first <s> is echoed unless `raw`."""
    if len(tokens) > 8:
        raise ValueError(f"{len(tokens)} tokens: it takes at most 8")
    if unknown := set(tokens) - {"0", "1", "2", "3", "4", "5", "<s>"}:
        raise ValueError(f"unknown tokens: {sorted(unknown)}")
    # number of positions with the same token
    count_same = [tokens.count(token) for token in tokens]
    num_mlp_1_0 = [n if 2 <= n <= 7 else 0 for n in count_same]
    # number of positions with the same num_mlp_1_0
    num_attn_2_0 = [num_mlp_1_0.count(value) for value in num_mlp_1_0]
    num_mlp_2_0 = list(map(num_mlp_2_0_at, count_same, num_attn_2_0))
    label = [LABEL[value] for value in num_mlp_2_0]
    if not raw and "<s>" in tokens[:1]:
        label[0] = "<s>"
    return label
