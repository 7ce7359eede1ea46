"""most_freq: a Transformer Program.

Exported from a network of depth 3 trained by tpc for the task most_freq.

On the inputs of its task its labels are the network's, elsewhere they may differ.
Proved against sha256:9bce60801a47a6f4e894a0c128b90afbb25064e72ab14b50570598424c0f7c9e.

    run(['<s>', '3', '0', '2', '4', '3', '3', '2'])
    == ['<s>', '3', '2', '0', '4', '<s>', '<s>', '<s>']
"""

import json
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from operator import add
from pathlib import Path
from typing import Any, TypeVar

V = TypeVar("V")
ATTN_0_2 = (1, 2, 3, 4, 5, 6, 7, 1)
MLP_0_1 = (
    (0, 0, 0, 0, 0, 0, 0, 0),
    (2, 0, 4, 0, 0, 0, 3, 2),
    (0, 0, 0, 3, 0, 2, 0, 0),
    (0, 2, 0, 2, 5, 0, 0, 0),
    (4, 0, 2, 2, 2, 0, 0, 3),
    (5, 3, 2, 0, 3, 2, 5, 3),
    (6, 2, 0, 0, 3, 3, 3, 6),
    (0, 6, 3, 0, 4, 4, 4, 4),
)
MLP_0_0 = (
    (0, 0, 0, 0, 0, 0, 0, 0),
    (5, 5, 3, 1, 1, 1, 1, 1),
    (0, 3, 0, 6, 4, 2, 2, 2),
    (0, 4, 5, 3, 1, 2, 1, 0),
    (7, 6, 6, 7, 4, 3, 3, 3),
    (7, 7, 7, 7, 7, 7, 4, 4),
    (0, 0, 0, 0, 0, 0, 0, 0),
    (0, 0, 0, 0, 0, 0, 0, 0),
)
ATTN_1_1 = (1, 2, 5, 3, 4, 1, 7, 1)
ATTN_1_3 = (3, 5, 1, 0, 0, 7, 0, 0)
MLP_1_0 = {
    "0": (1, 0, 5, 4, 6, 4, 2, 6),
    "1": (2, 0, 4, 6, 5, 2, 5, 1),
    "2": (2, 3, 1, 7, 0, 6, 1, 5),
    "3": (5, 7, 3, 0, 0, 2, 6, 7),
    "4": (6, 6, 2, 3, 5, 5, 7, 6),
    "5": (1, 2, 0, 1, 6, 6, 6, 2),
    "<s>": (6, 6, 0, 0, 6, 6, 6, 6),
}
ATTN_2_1 = (2, 1, 3, 2, 1, 5, 5, 1)
ATTN_2_3 = (4, 1, 1, 2, 3, 4, 4, 5)
MLP_2_0 = (
    (6, 6, 7, 3, 5, 5, 5, 6),
    (0, 6, 4, 0, 1, 2, 2, 2),
    (7, 7, 1, 2, 4, 4, 0, 7),
    (6, 6, 2, 4, 5, 3, 6, 6),
    (6, 6, 2, 7, 3, 6, 6, 6),
    (6, 6, 6, 6, 6, 6, 6, 6),
)
MLP_2_1 = (
    (7, 7, 3, 4, 5, 5, 5, 4),
    (6, 6, 0, 1, 2, 2, 6, 4),
    (0, 0, 0, 2, 3, 7, 5, 4),
    (0, 0, 3, 3, 4, 4, 5, 4),
    (0, 0, 3, 5, 5, 5, 5, 4),
)
NUM_ATTN_0_1 = {1: "5", 2: "2", 6: "3"}
NUM_ATTN_1_2 = {"0": 5, "1": 2, "2": 5, "3": 7}
NUM_ATTN_2_3 = ("0", "0", "3", "5", "1", "2", "0", "2")


@cache
def data() -> Any:
    """The tables that are too long to read, from the file beside this one."""
    text = Path(__file__).with_name("most_freq_data.json").read_text("utf-8")
    if sha256(text.encode()).hexdigest()[:16] != "1c81a8482f2a5d8b":
        raise OSError("most_freq_data.json is not this program's: compile it again")
    return json.loads(text)


def at(wanted: Sequence[int], values: Sequence[str]) -> list[str]:
    """The value at each wanted position, the first value if the sequence ends before it."""
    return [values[j if j < len(values) else 0] for j, _ in zip(wanted, values)]


def closest(
    wanted: Sequence[object], keys: Sequence[object], values: Sequence[V]
) -> list[V]:
    """The value at the nearest other position with the wanted key, on a tie the left one.

    Failing that the position's own if its key is the wanted one, and the first value if none is.
    """
    where: dict[object, list[int]] = {}
    for j, key in enumerate(keys):
        where.setdefault(key, []).append(j)
    return [
        values[min(where.get(want, [0]), key=lambda j: abs(j - i) or len(keys))]
        for i, (want, _) in enumerate(zip(wanted, keys))
    ]


@cache
def num_mlp_1_1_at(count_same: int, num_attn_1_1: int) -> int:
    """What num_mlp_1_1 is for count_same, num_attn_1_1."""
    match count_same, num_attn_1_1:
        case 6 | 7 | 8, _:
            return 2
        case 1 | 3, 4 | 5 | 6 | 7 | 8:
            return 7
        case 5, 1 | 2 | 3 | 4 | 5:
            return 2
        case 4, 1 | 2 | 3:
            return 4
        case 1 | 2, 3 | 4:
            return 7
        case 1 | 3, 2:
            return 5
        case 2 | 4, 0:
            return 3
        case _, 2:
            return 4
        case _, 3:
            return 1
        case 1 | 2, 0 | 5:
            return 2
        case 2, _:
            return 1
        case 3, 0:
            return 4
        case 3, _:
            return 6
    return 0


def mlp_1_1_at(num_mlp_0_1: int, i: int) -> int:
    """What mlp_1_1 is for num_mlp_0_1, position."""
    if not 1 <= num_mlp_0_1 <= 2 or num_mlp_0_1 == 2 and i <= 2:
        return 1
    if num_mlp_0_1 == 2:
        return 2
    if 2 <= i <= 4:
        return 3
    if i == 0:
        return 0
    if i == 1:
        return 2
    if i == 7:
        return 5
    return 4


@cache
def num_mlp_0_0_at(count_0: int, num_attn_0_3: int) -> int:
    """What num_mlp_0_0 is for count_0, num_attn_0_3."""
    match count_0, num_attn_0_3:
        case 0 | 5, _:
            return 0
        case 1, 0 | 1 | 2 | 3 | 4:
            return 1
        case 3, 3 | 4 | 5 | 6 | 7:
            return 4
        case 2, 0 | 1 | 2 | 4:
            return 2
        case 1, _:
            return 5
        case 2, 3:
            return 1
        case 2, _:
            return 0
        case 4, 0 | 1:
            return 4
    return 3


@cache
def num_mlp_1_0_at(num_attn_1_1: int, num_attn_1_3: int) -> int:
    """What num_mlp_1_0 is for num_attn_1_1, num_attn_1_3."""
    match num_attn_1_1, num_attn_1_3:
        case 4, 0 | 1 | 2:
            return 4
        case 2 | 3, 0:
            return 0
        case 3, 1 | 4:
            return 4
        case 2, 5:
            return 3
        case 0, 6 | 7 | 8:
            return 4
        case 1, _:
            return 1
        case 2, _:
            return 2
        case 3, _:
            return 3
    return 0


@cache
def num_mlp_2_0_at(num_attn_0_3: int, count_2: int) -> int:
    """What num_mlp_2_0 is for num_attn_0_3, count_2."""
    match num_attn_0_3, count_2:
        case 3 | 4 | 5 | 6 | 7, 1 | 2 | 3 | 4 | 5 | 6 | 7:
            return 2
        case 0 | 3 | 4, 0 | 4 | 5 | 6 | 7:
            return 3
        case 2, 1 | 2:
            return 4
        case 0 | 5 | 6 | 7, 0 | 1:
            return 2
        case _, 1:
            return 1
        case 0, 2:
            return 7
        case 0, _:
            return 5
        case _, 2:
            return 6
        case (2, 0) | (1, 4 | 5 | 6 | 7):
            return 5
    return 0


@cache
def num_mlp_2_1_at(num_attn_1_0: int, num_attn_2_0: int) -> int:
    """What num_mlp_2_1 is for num_attn_1_0, num_attn_2_0."""
    match num_attn_1_0, num_attn_2_0:
        case 1 | 2, 2:
            return 4
        case 0 | 1 | 2 | 3, 2:
            return 5
        case 3 | 4, 0:
            return 3
        case 4 | 5, 1:
            return 5
        case 0 | 3, 1:
            return 2
        case 2, 0 | 5 | 6 | 7:
            return 7
        case 1, 1:
            return 0
        case 2, 1:
            return 6
        case 3, 4:
            return 1
        case 0 | 6, _:
            return 3
        case 3, _:
            return 7
        case 7, _:
            return 4
    return 1


def run(tokens: list[str], raw: bool = False) -> list[str]:
    """The class of each token; a first <s> is echoed unless `raw`."""
    if len(tokens) > 8:
        raise ValueError(f"{len(tokens)} tokens: it takes at most 8")
    if unknown := set(tokens) - {"0", "1", "2", "3", "4", "5", "<s>"}:
        raise ValueError(f"unknown tokens: {sorted(unknown)}")
    positions = list(range(len(tokens)))
    # token at the position this position looks for, else at the first
    attn_0_3 = at((7, 6, 7, 5, 6, 7, 7, 0), tokens)
    # position at the nearest other position with the same token, else its own
    attn_0_0 = closest(tokens, tokens, positions)
    # position at the position this position looks for, else at the first
    attn_0_2 = [j if (j := ATTN_0_2[i]) < len(tokens) else 0 for i in positions]
    mlp_0_1 = [MLP_0_1[a][b] for a, b in zip(attn_0_0, attn_0_2)]
    # token at the nearest other position with the mlp_0_1 this position looks for
    attn_1_0 = closest((6, 2, 3, 4, 5, 6, 6, 6), mlp_0_1, tokens)
    mlp_0_0 = [MLP_0_0[a][b] for a, b in zip(positions, attn_0_0)]
    # token at the nearest other position with the mlp_0_0 this attn_0_0 looks for
    attn_1_1 = closest([ATTN_1_1[value] for value in attn_0_0], mlp_0_0, tokens)
    # token at the position this mlp_0_0 looks for, else at the first
    attn_1_2 = at([value if value != 6 else 5 for value in mlp_0_0], tokens)
    # token at the position 1 to the right, else at the first
    next_token = tokens[1:] + tokens[:1]
    # next_token at the nearest other position with the mlp_0_0 this mlp_0_0 looks for
    attn_1_3 = closest([ATTN_1_3[value] for value in mlp_0_0], mlp_0_0, next_token)
    mlp_1_0 = [MLP_1_0[a][b] for a, b in zip(next_token, mlp_0_0)]
    # number of positions with the same token
    count_same = [tokens.count(token) for token in tokens]
    # number of positions with the token this attn_0_2 looks for
    num_attn_1_1 = [tokens.count("1" if value != 7 else "5") for value in attn_0_2]
    num_mlp_1_1 = list(map(num_mlp_1_1_at, count_same, num_attn_1_1))
    num_mlp_0_1 = [n if n <= 3 or n == 5 else 0 for n in count_same]
    # token at the nearest other position with the num_mlp_0_1 this attn_0_2 looks for
    attn_2_1 = closest([ATTN_2_1[value] for value in attn_0_2], num_mlp_0_1, tokens)
    mlp_1_1 = list(map(mlp_1_1_at, num_mlp_0_1, positions))
    # token at the nearest other position with the mlp_1_1 this attn_0_2 looks for
    attn_2_2 = closest(
        [4 if value == 2 else 1 if 3 <= value <= 4 else 2 for value in attn_0_2],
        mlp_1_1,
        tokens,
    )
    # token at the nearest other position with the mlp_1_1 this attn_0_2 looks for
    attn_2_3 = closest([ATTN_2_3[value] for value in attn_0_2], mlp_1_1, tokens)
    # number of positions with token '0'
    count_0 = tokens.count("0")
    # number of positions with the token this position looks for
    num_attn_0_3 = [
        tokens.count("2" if i == 1 else "4") if 1 <= i <= 6 else 0 for i in positions
    ]
    num_mlp_0_0 = list(map(num_mlp_0_0_at, [count_0] * len(tokens), num_attn_0_3))
    mlp_2_0 = [MLP_2_0[a][b] for a, b in zip(num_mlp_0_0, attn_0_2)]
    # number of positions with the num_mlp_0_1 this token looks for
    num_attn_1_3 = [
        num_mlp_0_1.count(2 if token in {"3", "4"} else 1) for token in tokens
    ]
    num_mlp_1_0 = list(map(num_mlp_1_0_at, num_attn_1_1, num_attn_1_3))
    # position at the position this position looks for, else at the first
    attn_2_0 = [i if i != 1 else 0 for i in positions]
    mlp_2_1 = [MLP_2_1[a][b] for a, b in zip(num_mlp_1_0, attn_2_0)]
    # number of positions with token '2'
    count_2 = tokens.count("2")
    num_mlp_2_0 = list(map(num_mlp_2_0_at, num_attn_0_3, [count_2] * len(tokens)))
    # number of positions with the token this attn_0_2 looks for
    num_attn_1_0 = [
        tokens.count("3" if value != 7 else "1") if value != 1 else 0
        for value in attn_0_2
    ]
    # number of positions with the token this attn_0_2 looks for
    num_attn_2_0 = [
        tokens.count("3" if value in {2, 7} else "5") if value != 1 else 0
        for value in attn_0_2
    ]
    num_mlp_2_1 = list(map(num_mlp_2_1_at, num_attn_1_0, num_attn_2_0))
    # number of positions with the token this position looks for
    num_attn_0_1 = [
        tokens.count(NUM_ATTN_0_1.get(i, "4")) if i not in {0, 3, 7} else 0
        for i in positions
    ]
    # number of positions with the mlp_0_0 this next_token looks for
    num_attn_1_2 = [mlp_0_0.count(NUM_ATTN_1_2.get(value, 3)) for value in next_token]
    # number of positions with the mlp_1_1 this token looks for
    num_attn_2_1 = [
        mlp_1_1.count(2 if token in {"1", "3", "5"} else 3) for token in tokens
    ]
    # number of positions with the attn_1_2 this attn_0_0 looks for
    num_attn_2_3 = [attn_1_2.count(NUM_ATTN_2_3[value]) for value in attn_0_0]
    tables = data()
    label = []
    for values, numbers in zip(
        zip(
            tokens,
            positions,
            attn_0_3,
            attn_1_0,
            attn_1_1,
            attn_1_2,
            attn_1_3,
            mlp_1_0,
            num_mlp_1_1,
            attn_2_1,
            attn_2_2,
            attn_2_3,
            mlp_2_0,
            mlp_2_1,
            num_mlp_2_0,
            num_mlp_2_1,
        ),
        zip(num_attn_0_1, num_attn_1_2, num_attn_1_3, num_attn_2_1, num_attn_2_3),
    ):
        rows = [table[v] for table, v in zip(tables["weights"].values(), values)]
        rows += [
            [w * x for w in row] for row, x in zip(tables["factors"].values(), numbers)
        ]
        logits = [0.0] * 6
        for row in rows:
            logits = list(map(add, logits, row))
        logits.insert(0, 0)
        label.append(("0", "1", "2", "3", "4", "5", "<s>")[logits.index(max(logits))])
    if not raw and "<s>" in tokens[:1]:
        label[0] = "<s>"
    return label
