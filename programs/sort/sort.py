"""sort: a Transformer Program.

Exported from a network of depth 3 trained by tpc for the task sort.

On the inputs of its task its labels are the network's, elsewhere they may differ.
Proved against sha256:2f014e5eeac43c12d8d14de71e16805431aa688b05d04c8ca271372035595d4d.

    run(['<s>', '4', '3', '2', '1', '2', '0', '</s>'])
    == ['<s>', '0', '1', '2', '2', '3', '4', '</s>']
"""

from collections.abc import Sequence

POSITIONS_WEIGHTS = {
    2: (5, 9, 14, 18),
    3: (8, 15, 23, 30),
    4: (11, 21, 32, 42),
    5: (14, 27, 41, 54),
    6: (16, 32, 49, 65),
}


def at(wanted: Sequence[int], values: Sequence[str]) -> list[str]:
    """The value at each wanted position, the first value if the sequence ends before it."""
    return [values[j if j < len(values) else 0] for j, _ in zip(wanted, values)]


def exception_at(
    token: str, i: int, count_2: int, token_1: str, token_2: str, token_5: str
) -> int:
    """What exception is for token, position, count_2, token_1, token_2, token_5."""
    if (
        token == "0"
        and i == 3
        and count_2 == 2
        and token_1 == "0"
        and token_2 == "0"
        and token_5 == "0"
    ):
        return 4
    return 0


def run(tokens: list[str], raw: bool = False) -> list[str]:
    """The class of each token; a first <s> and a last </s> are echoed unless `raw`."""
    if len(tokens) > 8:
        raise ValueError(f"{len(tokens)} tokens: it takes at most 8")
    if unknown := set(tokens) - {"0", "1", "2", "3", "4", "</s>", "<s>"}:
        raise ValueError(f"unknown tokens: {sorted(unknown)}")
    positions = list(range(len(tokens)))
    # number of positions with token '0'
    count_0 = [tokens.count("0")] * len(tokens)
    # number of positions with token '1'
    count_1 = [tokens.count("1")] * len(tokens)
    # number of positions with token '2'
    count_2 = [tokens.count("2")] * len(tokens)
    # number of positions with token '3'
    count_3 = [tokens.count("3")] * len(tokens)
    # token at position 1, else at the first
    token_1 = at([1] * 8, tokens)
    # token at position 2, else at the first
    token_2 = at([2] * 8, tokens)
    # token at position 5, else at the first
    token_5 = at([5] * 8, tokens)
    exception = list(
        map(exception_at, tokens, positions, count_2, token_1, token_2, token_5)
    )
    label = []
    for rows in zip(
        [POSITIONS_WEIGHTS.get(i, (2, 3, 4, 5)) for i in positions],
        [(-3 * n, -6 * n, -9 * n, -12 * n) for n in count_0],
        [(0, -3 * n, -6 * n, -9 * n) for n in count_1],
        [(0, 0, -3 * n, -6 * n) for n in count_2],
        [(0, 0, 0, -3 * n) for n in count_3],
        [(0, 0, 0, 0) if value == 0 else (0, 1000, 0, 0) for value in exception],
    ):
        logits = [0, *map(sum, zip(*rows))]
        label.append(str(logits.index(max(logits))))
    if not raw:
        if tokens[:1] == ["<s>"]:
            label[0] = "<s>"
        if tokens[-1:] == ["</s>"]:
            label[-1] = "</s>"
    return label
