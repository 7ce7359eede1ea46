"""reverse: a Transformer Program.

Exported from a network of depth 3 trained by tpc for the task reverse.

On the inputs of its task its labels are the network's, elsewhere they may differ.
Proved against sha256:37ba573326b994bff415fcc33163e50ba700de833dc98f5669a405ad03bc4fa5.

    run(['<s>', '4', '3', '2', '1', '2', '0', '</s>'])
    == ['<s>', '0', '2', '1', '2', '3', '4', '</s>']
"""


def run(tokens: list[str], raw: bool = False) -> list[str]:
    """The class of each token; a first <s> and a last </s> are echoed unless `raw`."""
    if len(tokens) > 8:
        raise ValueError(f"{len(tokens)} tokens: it takes at most 8")
    if unknown := set(tokens) - {"0", "1", "2", "3", "4", "</s>", "<s>"}:
        raise ValueError(f"unknown tokens: {sorted(unknown)}")
    # position at the first position with token '</s>'
    end = tokens.index("</s>") if "</s>" in tokens else 0
    mlp_1_0 = [abs(end - i) for i in range(len(tokens))]
    # token at the position this mlp_1_0 looks for, else at the first
    attn_2_7 = [
        tokens[j if (j := value if 1 <= value <= 6 else 1) < len(tokens) else 0]
        for value in mlp_1_0
    ]
    label = ["4" if value in {"</s>", "<s>"} else value for value in attn_2_7]
    if not raw:
        if "<s>" in tokens[:1]:
            label[0] = "<s>"
        if "</s>" in tokens[-1:]:
            label[-1] = "</s>"
    return label
