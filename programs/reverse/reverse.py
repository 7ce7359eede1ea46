"""reverse: a Transformer Program.

Exported from a network of depth 3 trained by tpc for the task reverse.

On the inputs of its task its labels are the network's, elsewhere they may differ.
Proved against sha256:91cd68b4acb35d9a71b97e698fa70f10acd046d2f515a183210579137b621cf6.

    run(['<s>', '4', '3', '2', '1', '2', '0', '</s>'])
    == ['<s>', '0', '2', '1', '2', '3', '4', '</s>']
"""

from functools import cache


@cache
def mlp_0_0_at(attn_0_3: int, i: int) -> int:
    """What mlp_0_0 is for attn_0_3, position."""
    match attn_0_3, i:
        case (3, 1) | (4, 2) | (5, 3) | (6, 4) | (7, 5):
            return 2
        case (4, 1) | (5, 2) | (6, 3) | (7, 4):
            return 3
        case (5, 1) | (6, 2) | (7, 3):
            return 4
        case (6, 1) | (7, 2):
            return 5
        case 7, 1:
            return 6
    return 1


def run(tokens: list[str], raw: bool = False) -> list[str]:
    """The class of each token; a first <s> and a last </s> are echoed unless `raw`."""
    if len(tokens) > 8:
        raise ValueError(f"{len(tokens)} tokens: it takes at most 8")
    if unknown := set(tokens) - {"0", "1", "2", "3", "4", "</s>", "<s>"}:
        raise ValueError(f"unknown tokens: {sorted(unknown)}")
    positions = list(range(len(tokens)))
    # position at the first position with token '</s>'
    attn_0_3 = tokens.index("</s>") if "</s>" in tokens else 0
    mlp_0_0 = list(map(mlp_0_0_at, [attn_0_3] * len(tokens), positions))
    # token at position mlp_0_0, else at the first
    attn_1_1 = [tokens[j if (j := value) < len(tokens) else 0] for value in mlp_0_0]
    label = ["4" if value in {"</s>", "<s>"} else value for value in attn_1_1]
    if not raw:
        if "<s>" in tokens[:1]:
            label[0] = "<s>"
        if "</s>" in tokens[-1:]:
            label[-1] = "</s>"
    return label
