"""most_freq: a Transformer Program.

Exported from a network of depth 3 trained by tpc for the task most_freq.

On the inputs of its task its labels are the network's, elsewhere they may differ.
Proved against sha256:8e70cfa5a9a7595663c58f1e79d4c57715a45c3b66018bca567cb6f6fbf44e8b.

    run(['<s>', '3', '0', '2', '4', '3', '3', '2'])
    == ['<s>', '3', '2', '0', '0', '<s>', '<s>', '<s>']
"""

import json
from collections.abc import Sequence
from functools import cache
from operator import add
from pathlib import Path
from typing import Any, TypeVar

V = TypeVar("V")
MLP_0_0 = (
    (6, 6, 6, 6, 6, 6, 6, 6),
    (6, 2, 1, 0, 4, 5, 6, 2),
    (5, 0, 5, 1, 5, 4, 0, 2),
    (5, 4, 5, 0, 1, 1, 1, 1),
    (6, 5, 6, 6, 4, 6, 0, 2),
    (6, 6, 6, 6, 6, 6, 4, 6),
    (6, 2, 4, 1, 0, 0, 6, 4),
    (5, 0, 1, 5, 5, 1, 4, 4),
)
ATTN_1_1 = {0: 3}
MLP_0_1 = (
    (5, 0, 5, 5, 5, 5, 5, 5),
    (5, 4, 1, 5, 1, 5, 1, 5),
    (5, 4, 7, 3, 1, 5, 5, 5),
    (6, 4, 6, 1, 2, 2, 1, 1),
    (5, 6, 5, 7, 6, 3, 5, 6),
    (5, 0, 6, 4, 6, 5, 4, 4),
    (6, 0, 6, 1, 6, 6, 6, 1),
    (0, 0, 0, 0, 0, 0, 0, 0),
)
ATTN_2_1 = (5, 3, 2, 2, 1, 2, 2, 2)
ATTN_2_2 = {1: 1, 2: 2, 3: 3, 4: 4, 5: 1}
MLP_2_0 = {
    "0": (1, 4, 0, 6, 1, 0, 1, 1),
    "1": (1, 5, 5, 2, 4, 0, 3, 3),
    "2": (1, 7, 3, 3, 0, 7, 1, 7),
    "3": (2, 0, 5, 0, 7, 7, 3, 6),
    "4": (4, 6, 4, 1, 5, 4, 2, 6),
    "5": (0, 2, 1, 7, 0, 0, 6, 0),
    "<s>": (5, 0, 3, 5, 4, 4, 4, 1),
}
NUM_ATTN_1_1 = ("1", "0", "1", "2", "3", "4", "5", "<s>")
NUM_ATTN_2_0 = {"1": 6, "2": 0, "3": 4, "4": 0}
NUM_ATTN_2_2 = ("2", "0", "1", "2", "3", "4", "5", "1")


@cache
def data() -> Any:
    """The tables that are too long to read, from the file beside this one."""
    return json.loads(
        Path(__file__).with_name("most_freq_data.json").read_text("utf-8")
    )


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


def at(wanted: Sequence[int], values: Sequence[str]) -> list[str]:
    """The value at each wanted position, the first value if the sequence ends before it."""
    return [values[j if j < len(values) else 0] for j, _ in zip(wanted, values)]


@cache
def mlp_1_0_at(previous_token: str, attn_1_2: str) -> int:
    """What mlp_1_0 is for previous_token, attn_1_2."""
    match previous_token, attn_1_2:
        case "1" | "3" | "5" | "<s>", "2":
            return 6
        case "1", "0" | "1" | "2" | "3":
            return 2
        case "1" | "4", "0" | "1" | "5":
            return 6
        case "0", "0" | "4" | "5":
            return 3
        case "4", "4" | "5" | "<s>":
            return 1
        case "5", "5" | "<s>":
            return 7
        case "0" | "<s>", "0" | "2" | "5":
            return 5
        case "2" | "<s>", "3":
            return 1
        case "2" | "4", "0" | "3" | "4":
            return 5
        case "3", "3" | "<s>":
            return 0
        case ("4", _) | ("2", "5"):
            return 2
        case "3", "0":
            return 1
        case "3", "1":
            return 5
        case "5", "1":
            return 3
        case "5", "3":
            return 6
        case "<s>", "<s>":
            return 3
    return 4


@cache
def num_mlp_1_0_at(num_attn_0_2: int, num_attn_1_3: int) -> int:
    """What num_mlp_1_0 is for num_attn_0_2, num_attn_1_3."""
    match num_attn_0_2, num_attn_1_3:
        case 3 | 4, 0:
            return 5
        case 0 | 3, 1:
            return 1
        case 0, 2:
            return 6
        case 1, 1:
            return 0
        case 1, 2:
            return 4
        case 2, 1:
            return 3
        case 2, 2:
            return 0
        case 5, 0:
            return 1
        case 1, 3 | 4 | 5 | 6 | 7:
            return 7
        case 0, _:
            return 5
        case 1 | 2, _:
            return 2
        case 4, _:
            return 1
    return 6


@cache
def num_mlp_1_1_at(count_0: int, num_attn_1_0: int) -> int:
    """What num_mlp_1_1 is for count_0, num_attn_1_0."""
    match count_0, num_attn_1_0:
        case 1 | 2, 1:
            return 0
        case 4 | 5, 0:
            return 6
        case 3, 1 | 2:
            return 5
        case 0, 1:
            return 1
        case 0, 2:
            return 5
        case 1, 2:
            return 4
        case 2, 2:
            return 3
        case 0 | 3, _:
            return 6
        case 1, _:
            return 2
        case 4, _:
            return 1
    return 7


def mlp_1_1_at(num_mlp_0_0: int, attn_1_0: int) -> int:
    """What mlp_1_1 is for num_mlp_0_0, attn_1_0."""
    if (
        num_mlp_0_0 <= 2
        and 1 <= attn_1_0 <= 5
        or num_mlp_0_0 == 3
        and attn_1_0 == 2
        or 4 <= num_mlp_0_0 <= 5
        and attn_1_0 == 1
    ):
        return 2
    if num_mlp_0_0 == 1 and attn_1_0 == 0 or attn_1_0 == 1:
        return 3
    return 0


@cache
def mlp_2_1_at(token: str, attn_1_2: str) -> int:
    """What mlp_2_1 is for token, attn_1_2."""
    match token, attn_1_2:
        case "1" | "2" | "3", "4":
            return 0
        case "1", "0" | "1" | "3":
            return 6
        case "1" | "5", "0" | "5":
            return 7
        case "2" | "3", "1":
            return 3
        case "3" | "4", "0":
            return 2
        case "4", "2" | "3":
            return 7
        case "2", "2" | "3":
            return 6
        case "5", "1" | "4":
            return 5
        case "4" | "5", "2" | "4":
            return 6
        case _, "4":
            return 3
        case "0", "0":
            return 6
        case "0", "2":
            return 4
        case "0", "<s>":
            return 2
        case "1", "2":
            return 3
        case _, "2":
            return 2
        case "1", _:
            return 5
        case "2", "5":
            return 2
        case ("2", "<s>") | ("3", "3"):
            return 4
        case "3", "5":
            return 0
        case "4", "5":
            return 5
        case "4", "<s>":
            return 0
        case "5", "<s>":
            return 3
    return 1


@cache
def num_mlp_2_0_at(num_attn_1_2: int, num_attn_2_1: int) -> int:
    """What num_mlp_2_0 is for num_attn_1_2, num_attn_2_1."""
    match num_attn_1_2, num_attn_2_1:
        case 1, 2 | 3 | 5:
            return 2
        case 3 | 4, 2:
            return 5
        case 4, 0 | 1:
            return 4
        case 0, 2:
            return 7
        case 2, 0:
            return 2
        case _, 2:
            return 6
        case 2, 3:
            return 0
        case 3, 0:
            return 3
        case 3, 3:
            return 6
        case 3, 4:
            return 7
        case 4, 3:
            return 5
        case 1, _:
            return 0
        case 4, _:
            return 2
        case 5 | 6 | 7, _:
            return 4
    return 1


@cache
def num_mlp_2_1_at(num_attn_2_1: int, num_attn_2_3: int) -> int:
    """What num_mlp_2_1 is for num_attn_2_1, num_attn_2_3."""
    if num_attn_2_1 == 0 and num_attn_2_3 == 7:
        return 1
    if (
        num_attn_2_1 == 0
        and num_attn_2_3 == 6
        or num_attn_2_1 == 6
        and 6 <= num_attn_2_3 <= 7
    ):
        return 2
    if (
        num_attn_2_3 == 4
        or num_attn_2_1 == 2
        and 6 <= num_attn_2_3 <= 7
        or num_attn_2_1 in {3, 5}
        and 5 <= num_attn_2_3 <= 6
    ):
        return 3
    if num_attn_2_1 == 4 and num_attn_2_3 >= 7:
        return 4
    if num_attn_2_3 <= 3 or num_attn_2_1 == 2:
        return 5
    if num_attn_2_3 == 6:
        return 6
    if num_attn_2_3 == 5 or num_attn_2_1 == 3 and num_attn_2_3 == 7:
        return 7
    return 0


def run(tokens: list[str], raw: bool = False) -> list[str]:
    """The class of each token; a first <s> is echoed unless `raw`."""
    if len(tokens) > 8:
        raise ValueError(f"{len(tokens)} tokens: it takes at most 8")
    if unknown := set(tokens) - {"0", "1", "2", "3", "4", "5", "<s>"}:
        raise ValueError(f"unknown tokens: {sorted(unknown)}")
    positions = list(range(len(tokens)))
    # position at the nearest other position with the token this position looks for
    attn_0_2 = closest((None, "1", "3", "0", "4", "4", "0", None), tokens, positions)
    # token at the position this position looks for, else at the first
    attn_0_3 = at((7, 3, 6, 7, 5, 7, 7, 0), tokens)
    # position at the nearest other position with the same token, else its own
    attn_0_0 = closest(tokens, tokens, positions)
    mlp_0_0 = [MLP_0_0[a][b] for a, b in zip(positions, attn_0_0)]
    # token at the nearest other position with the attn_0_0 this mlp_0_0 looks for
    attn_1_1 = closest(
        [ATTN_1_1.get(value, value) for value in mlp_0_0], attn_0_0, tokens
    )
    # number of positions with the same token
    count_same = [tokens.count(token) for token in tokens]
    num_mlp_0_0 = [min(n, 7) for n in count_same]
    # token at the position 1 to the left, else at the first
    previous_token = [tokens[max(i - 1, 0)] for i in positions]
    # previous_token at the nearest other position with the num_mlp_0_0 this position looks for
    attn_1_2 = closest((2, 3, 2, 2, 1, 1, 2, 2), num_mlp_0_0, previous_token)
    mlp_0_1 = [MLP_0_1[a][b] for a, b in zip(positions, attn_0_0)]
    # token at the position this mlp_0_1 looks for, else at the first
    attn_1_3 = at(mlp_0_1, tokens)
    mlp_1_0 = list(map(mlp_1_0_at, previous_token, attn_1_2))
    # number of positions with the token this position looks for
    num_attn_0_2 = [
        tokens.count("<s>" if i == 1 else "3") if 1 <= i <= 6 else 0 for i in positions
    ]
    # number of positions with the token this position looks for
    num_attn_1_3 = [tokens.count("2" if i != 1 else "<s>") for i in positions]
    num_mlp_1_0 = list(map(num_mlp_1_0_at, num_attn_0_2, num_attn_1_3))
    # number of positions with token '0'
    count_0 = [tokens.count("0")] * len(tokens)
    # number of positions with the token this position looks for
    num_attn_1_0 = [
        tokens.count("<s>" if i == 1 else "1") if 1 <= i <= 6 else 0 for i in positions
    ]
    num_mlp_1_1 = list(map(num_mlp_1_1_at, count_0, num_attn_1_0))
    num_mlp_0_1 = [1] * len(tokens)
    # position at the nearest other position with the num_mlp_0_1 this num_mlp_0_0 looks for
    attn_1_0 = closest(
        [1 if value != 5 else None for value in num_mlp_0_0], num_mlp_0_1, positions
    )
    mlp_1_1 = list(map(mlp_1_1_at, num_mlp_0_0, attn_1_0))
    # token at the nearest other position with num_mlp_0_0 = this mlp_1_1 - 1
    attn_2_0 = closest([value - 1 for value in mlp_1_1], num_mlp_0_0, tokens)
    # token at the nearest other position with the num_mlp_0_0 this attn_1_0 looks for
    attn_2_1 = closest([ATTN_2_1[value] for value in attn_1_0], num_mlp_0_0, tokens)
    # token at the nearest other position with the mlp_1_1 this position looks for
    attn_2_3 = closest((None, 0, None, None, None, None, 0, None), mlp_1_1, tokens)
    # position at the nearest other position with the num_mlp_0_0 this num_mlp_0_0 looks for
    attn_2_2 = closest(
        [ATTN_2_2.get(value) for value in num_mlp_0_0], num_mlp_0_0, positions
    )
    mlp_2_0 = [MLP_2_0[a][b] for a, b in zip(attn_2_0, attn_2_2)]
    mlp_2_1 = list(map(mlp_2_1_at, tokens, attn_1_2))
    # number of positions with the token this num_mlp_0_0 looks for
    num_attn_1_2 = [
        tokens.count("4" if value != 5 else "0") if value != 6 else 0
        for value in num_mlp_0_0
    ]
    # number of positions with the num_mlp_0_0 this attn_1_0 looks for
    num_attn_2_1 = [
        (
            num_mlp_0_0.count(4 if value == 0 else 1)
            if value == 0 or 3 <= value <= 5
            else 0
        )
        for value in attn_1_0
    ]
    num_mlp_2_0 = list(map(num_mlp_2_0_at, num_attn_1_2, num_attn_2_1))
    # number of positions with the num_mlp_0_1 this num_mlp_0_0 looks for
    num_attn_2_3 = [num_mlp_0_1.count(1) if value <= 4 else 0 for value in num_mlp_0_0]
    num_mlp_2_1 = list(map(num_mlp_2_1_at, num_attn_2_1, num_attn_2_3))
    # number of positions with the token this mlp_0_1 looks for
    num_attn_1_1 = [tokens.count(NUM_ATTN_1_1[value]) for value in mlp_0_1]
    # number of positions with the mlp_0_0 this token looks for
    num_attn_2_0 = [mlp_0_0.count(NUM_ATTN_2_0.get(token, 1)) for token in tokens]
    # number of positions with the token this mlp_0_1 looks for
    num_attn_2_2 = [tokens.count(NUM_ATTN_2_2[value]) for value in mlp_0_1]
    tables = data()
    label = []
    for values, numbers in zip(
        zip(
            tokens,
            positions,
            attn_0_2,
            attn_0_3,
            attn_1_1,
            attn_1_2,
            attn_1_3,
            mlp_1_0,
            num_mlp_1_0,
            num_mlp_1_1,
            attn_2_0,
            attn_2_1,
            attn_2_3,
            mlp_2_0,
            mlp_2_1,
            num_mlp_2_0,
            num_mlp_2_1,
        ),
        zip(num_attn_1_1, num_attn_2_0, num_attn_2_1, num_attn_2_2),
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
    if not raw:
        if tokens[:1] == ["<s>"]:
            label[0] = "<s>"
    return label
