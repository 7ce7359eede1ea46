"""induction: a Transformer Program.

Exported from a network of depth 2 trained by tpc for the task induction.

On the inputs of its task its labels are the network's, elsewhere they may differ.
Proved against sha256:b8ee991f2115cbea1ab39acf8dcd76cb6ec362a13909d70dcd079692675a0d11.

    run(['<s>', 'a', '2', 'd', '3', 'c', '3', 'c', '1', 'b'])
    == ['<s>', '<unk>', '<unk>', '<unk>', '<unk>', '<unk>', '<unk>', '3', '<unk>', '<unk>']
"""

ATTN_1_0 = (0, 2, 3, 4, 5, 6, 7, 8, 0, 0)


def run(tokens: list[str], raw: bool = False) -> list[str]:
    """The class of each token; a first <s> is echoed unless `raw`."""
    if len(tokens) > 10:
        raise ValueError(f"{len(tokens)} tokens: it takes at most 10")
    if unknown := set(tokens) - {"0", "1", "2", "3", "<s>", "a", "b", "c", "d"}:
        raise ValueError(f"unknown tokens: {sorted(unknown)}")
    # position at the last earlier position with the same token, else its own
    attn_0_0 = [
        max((j for j in range(i) if tokens[j] == token), default=i)
        for i, token in enumerate(tokens)
    ]
    # token at the position this attn_0_0 looks for, else at the first
    attn_1_0 = [
        tokens[j if (j := ATTN_1_0[value]) <= i else 0]
        for i, value in enumerate(attn_0_0)
    ]
    label = [value if value in {"0", "1", "2", "3"} else "<unk>" for value in attn_1_0]
    if not raw and "<s>" in tokens[:1]:
        label[0] = "<s>"
    return label
