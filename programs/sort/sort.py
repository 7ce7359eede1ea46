"""sort: a Transformer Program.

Exported from a network of depth 2 trained by tpc for the task sort.

On the inputs of its task its labels are the network's, elsewhere they may differ.
Proved against sha256:e0528767a00a303bd7b800089f7220c7778b6b6a2ef1516478226437f607ef04.

    run(['<s>', '4', '3', '2', '1', '2', '0', '</s>'])
    == ['<s>', '0', '1', '2', '2', '3', '4', '</s>']
"""

POSITIONS_WEIGHTS = {
    2: (5, 9, 14, 18),
    3: (8, 15, 23, 30),
    4: (11, 21, 32, 42),
    5: (14, 27, 41, 54),
    6: (16, 32, 49, 65),
}


def run(tokens: list[str], raw: bool = False) -> list[str]:
    """The class of each token; a first <s> and a last </s> are echoed unless `raw`."""
    if len(tokens) > 8:
        raise ValueError(f"{len(tokens)} tokens: it takes at most 8")
    if unknown := set(tokens) - {"0", "1", "2", "3", "4", "</s>", "<s>"}:
        raise ValueError(f"unknown tokens: {sorted(unknown)}")
    # number of positions with token '0'
    count_0 = tokens.count("0")
    # number of positions with token '1'
    count_1 = tokens.count("1")
    # number of positions with token '2'
    count_2 = tokens.count("2")
    label = []
    for rows in zip(
        [POSITIONS_WEIGHTS.get(i, (2, 3, 4, 5)) for i in range(len(tokens))],
        [(-3 * count_0, -6 * count_0, -9 * count_0, -12 * count_0)] * len(tokens),
        [(0, -3 * count_1, -6 * count_1, -9 * count_1)] * len(tokens),
        [(0, 0, -3 * count_2, -6 * count_2)] * len(tokens),
        [(0, 0, 0, -3 * tokens.count("3"))] * len(tokens),
    ):
        logits = [0, *map(sum, zip(*rows))]
        label.append(str(logits.index(max(logits))))
    if not raw:
        if "<s>" in tokens[:1]:
            label[0] = "<s>"
        if "</s>" in tokens[-1:]:
            label[-1] = "</s>"
    return label
