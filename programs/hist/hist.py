"""hist: a Transformer Program.

Exported from a network of depth 1 trained by tpc for the task hist.

On the inputs of its task its labels are the network's, elsewhere they may differ.
Proved against sha256:19cec79fe05f760031afa252702233bbc7fa62ffd696d46587caa0ad1cece2ed.

    run(['<s>', '3', '0', '2', '4', '3', '3', '2'])
    == ['<s>', '3', '1', '2', '1', '3', '3', '2']
"""


def run(tokens: list[str], raw: bool = False) -> list[str]:
    """The class of each token; a first <s> is echoed unless `raw`."""
    if len(tokens) > 8:
        raise ValueError(f"{len(tokens)} tokens: it takes at most 8")
    if unknown := set(tokens) - {"0", "1", "2", "3", "4", "5", "<s>"}:
        raise ValueError(f"unknown tokens: {sorted(unknown)}")
    # number of positions with the same token
    label = [str(min(tokens.count(token), 7)) for token in tokens]
    if not raw and "<s>" in tokens[:1]:
        label[0] = "<s>"
    return label
