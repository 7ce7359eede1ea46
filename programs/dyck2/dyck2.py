"""dyck2: a Transformer Program.

Exported from a network of depth 3 trained by tpc for the task dyck2.

On the inputs of its task its labels are the network's, elsewhere they may differ.
Proved against sha256:046c1cdf47fcc40cc3781470d8f7084abf298846ca0218e188bc037f902b262d.
"""

import json
from collections.abc import Sequence
from functools import cache
from operator import add
from pathlib import Path
from typing import Any, TypeVar

V = TypeVar("V")
ATTN_0_2 = {"(": ")", ")": "(", "{": ")", "}": "{"}
NUM_MLP_0_0 = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 0, 0, 0, 0, 0, 0, 0)
ATTN_1_0 = (0, 4, 2, 6, 4, 6, 5, 8, 2, 0, 6, 4, 4, 0, 6, 0)
ATTN_1_1 = (4, 4, 10, 13, 9, 13, 7, 8, 9, 10, 11, 12, 13, 13, 5, 0)
ATTN_1_2 = (3, 3, 5, 5, 3, 3, 5, 3, 7, 3, 3, 7, 5, 11, 7, 0)
ATTN_1_3 = {0: 0, 3: 6, 4: 7, 5: 8, 6: 9, 7: 2, 8: 15, 10: 1}
MLP_1_0 = {
    "(": (10, 4, 14, 8, 5, 0, 0, 10, 12, 9, 4, 13, 4, 12, 4, 4),
    ")": (1, 4, 3, 13, 3, 12, 2, 7, 7, 9, 11, 11, 8, 13, 4, 4),
    "<s>": (0, 1, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4),
    "{": (9, 13, 5, 9, 5, 9, 12, 15, 3, 12, 13, 14, 4, 7, 4, 4),
    "}": (9, 8, 5, 12, 4, 1, 6, 14, 3, 6, 4, 1, 4, 14, 4, 4),
}
NUM_ATTN_1_2 = (6, 2, 5, 0, 5, 6, 7, 5, 4, 7, 8, 9, 11, 13, 13, 0)
ATTN_2_0 = (4, 5, 7, 6, 1, 3, 3, 5, 3, 4, 4, 1, 8, 12, 3, 0)
ATTN_2_1 = (0, 0, 1, 3, 8, 2, 3, 3, 5, 0, 5, 0, 3, 9, 9, 12)
MLP_2_0 = {
    "(": (0, 1, 3, 6, 3, 4, 3, 4, 0, 1, 1, 4, 4, 1, 6, 3),
    ")": (0, 2, 2, 3, 0, 5, 6, 6, 2, 6, 3, 0, 0, 3, 3, 3),
    "<s>": (2, 1, 0, 3, 6, 2, 2, 2, 3, 2, 3, 3, 3, 3, 3, 3),
    "{": (4, 1, 3, 0, 0, 0, 1, 4, 1, 3, 1, 0, 0, 3, 0, 3),
    "}": (2, 2, 3, 3, 1, 1, 2, 3, 0, 0, 3, 4, 3, 3, 3, 3),
}
NUM_ATTN_0_3 = {2: "(", 3: ")", 15: "}"}
NUM_ATTN_2_1 = (
    "}",
    ")",
    "<s>",
    "<s>",
    ")",
    "(",
    "{",
    "(",
    "(",
    "{",
    "{",
    "(",
    "{",
    "(",
    "(",
)


@cache
def data() -> Any:
    """The tables that are too long to read, from the file beside this one."""
    return json.loads(Path(__file__).with_name("dyck2_data.json").read_text("utf-8"))


def latest(
    wanted: Sequence[object], keys: Sequence[object], values: Sequence[int]
) -> list[int]:
    """The value at the last earlier position with the wanted key.

    Failing that the position's own if its key is the wanted one, and the first value if not.
    """
    last: dict[object, int] = {}
    chosen = []
    for i, (want, key) in enumerate(zip(wanted, keys)):
        chosen.append(values[last.get(want, i if key == want else 0)])
        last[key] = i
    return chosen


def at_so_far(wanted: Sequence[int], values: Sequence[V]) -> list[V]:
    """The value at each wanted position, the first value if that is further to the right."""
    return [values[j if j <= i else 0] for i, (j, _) in enumerate(zip(wanted, values))]


@cache
def mlp_0_0_at(attn_0_1: str, token: str) -> int:
    """What mlp_0_0 is for attn_0_1, token."""
    match attn_0_1, token:
        case ")", "{":
            return 1
        case ("(", "(") | (")", "(" | ")"):
            return 2
        case ("(", "}") | ("{", ")"):
            return 3
        case (")", "}") | ("{", "{"):
            return 4
        case ("(", "{") | ("{", "(") | ("}", "}"):
            return 5
    return 0


@cache
def num_mlp_1_0_at(num_attn_1_0: int, num_attn_1_2: int) -> int:
    """What num_mlp_1_0 is for num_attn_1_0, num_attn_1_2."""
    match num_attn_1_0, num_attn_1_2:
        case 1, 1 | 5:
            return 2
        case 1, 3 | 4 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16:
            return 3
        case 3, 0:
            return 5
        case (2, 0 | 1 | 2 | 3 | 4 | 5) | (3, 1 | 3):
            return 7
        case 1, 6:
            return 8
        case 1, 7:
            return 11
        case 1, 2:
            return 14
        case (0, _) | (1, 0):
            return 15
    return 0


@cache
def num_mlp_2_0_at(num_attn_2_0: int, num_attn_1_1: int) -> int:
    """What num_mlp_2_0 is for num_attn_2_0, num_attn_1_1."""
    match num_attn_2_0, num_attn_1_1:
        case 2, 2:
            return 0
        case 3, 3:
            return 1
        case 2, 1:
            return 2
        case 3, 2:
            return 3
        case 4, 4:
            return 4
        case 4, 2 | 3:
            return 5
        case (0, 0) | (1, 1) | (4, 5 | 6) | (6, 2):
            return 6
        case 1, 0:
            return 7
        case (2 | 16, 0) | (3, 1):
            return 8
        case 5, 4:
            return 10
        case 5, 3:
            return 11
        case (6, 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15) | (7, 0):
            return 12
        case 6, 5:
            return 13
        case 5, 5:
            return 14
        case (
            (_, 16)
            | (1 | 5 | 16, 2)
            | (2 | 6 | 16, 3)
            | (2 | 3 | 16, 4 | 5)
            | (3 | 16, 6)
            | (4 | 5 | 16, 1)
            | (16, 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15)
        ):
            return 15
    return 9


def run(tokens: list[str], raw: bool = False) -> list[str]:
    """The class of each token; a first <s> is echoed unless `raw`."""
    if len(tokens) > 16:
        raise ValueError(f"{len(tokens)} tokens: it takes at most 16")
    if unknown := set(tokens) - {"(", ")", "<s>", "{", "}"}:
        raise ValueError(f"unknown tokens: {sorted(unknown)}")
    positions = list(range(len(tokens)))
    # token at the position this position looks for, else at the first
    attn_0_0 = [tokens[min(i, 2)] for i in positions]
    # position at the last earlier position with the token this token looks for
    attn_0_2 = latest([ATTN_0_2.get(token) for token in tokens], tokens, positions)
    # position at the last earlier position with the token this position looks for
    attn_0_3 = latest(
        [None if i == 0 else "(" if i >= 3 else "{" for i in positions],
        tokens,
        positions,
    )
    # number of positions so far with the token this token looks for
    num_attn_0_2 = [
        (
            tokens[: i + 1].count("(" if token in {"(", ")"} else "{")
            if token != "<s>"
            else 0
        )
        for i, token in enumerate(tokens)
    ]
    num_mlp_0_0 = [NUM_MLP_0_0[n] for n in num_attn_0_2]
    # position at the last earlier position with the attn_0_2 this attn_0_3 looks for
    attn_1_0 = latest([ATTN_1_0[value] for value in attn_0_3], attn_0_2, positions)
    # token at the position this attn_0_3 looks for, else at the first
    attn_1_1 = at_so_far([ATTN_1_1[value] for value in attn_0_3], tokens)
    # attn_0_2 at the position this attn_0_3 looks for, else at the first
    attn_1_2 = at_so_far([ATTN_1_2[value] for value in attn_0_3], attn_0_2)
    # attn_0_0 at the position this num_mlp_0_0 looks for, else at the first
    attn_1_3 = at_so_far([ATTN_1_3.get(value, 4) for value in num_mlp_0_0], attn_0_0)
    # token at the position this position looks for, else at the first
    attn_0_1 = [tokens[max(i - 1, 0)] for i in positions]
    mlp_1_0 = [MLP_1_0[a][b] for a, b in zip(attn_0_1, attn_0_3)]
    mlp_0_0 = list(map(mlp_0_0_at, attn_0_1, tokens))
    # number of positions so far with the num_mlp_0_0 this mlp_0_0 looks for
    num_attn_1_0 = [
        num_mlp_0_0[: i + 1].count(0 if value != 3 else 1)
        for i, value in enumerate(mlp_0_0)
    ]
    # number of positions so far with the attn_0_2 this attn_0_3 looks for
    num_attn_1_2 = [
        attn_0_2[: i + 1].count(NUM_ATTN_1_2[value]) for i, value in enumerate(attn_0_3)
    ]
    num_mlp_1_0 = list(map(num_mlp_1_0_at, num_attn_1_0, num_attn_1_2))
    # num_mlp_0_0 at the position this attn_0_3 looks for, else at the first
    attn_2_0 = at_so_far([ATTN_2_0[value] for value in attn_0_3], num_mlp_0_0)
    # position at the last earlier position with the attn_0_3 this mlp_1_0 looks for
    attn_2_1 = latest([ATTN_2_1[value] for value in mlp_1_0], attn_0_3, positions)
    # token at the position this attn_1_3 looks for, else at the first
    attn_2_2 = at_so_far(
        [
            1 if value in {"(", "<s>"} else 0 if value == "{" else 9
            for value in attn_1_3
        ],
        tokens,
    )
    # mlp_0_0 at the last earlier position with the mlp_0_0 this attn_0_3 looks for
    attn_2_3 = latest(
        [4 if value == 0 else 1 if value == 15 else 3 for value in attn_0_3],
        mlp_0_0,
        mlp_0_0,
    )
    mlp_2_0 = [MLP_2_0[a][b] for a, b in zip(attn_1_3, attn_0_2)]
    # number of positions so far with the token this position looks for
    num_attn_2_0 = [
        tokens[: i + 1].count("<s>" if i in {1, 5} else "{") for i in positions
    ]
    # number of positions so far with the token this num_mlp_0_0 looks for
    num_attn_1_1 = [
        (
            tokens[: i + 1].count("(" if value == 0 else "{" if value == 8 else "}")
            if value != 10
            else 0
        )
        for i, value in enumerate(num_mlp_0_0)
    ]
    num_mlp_2_0 = list(map(num_mlp_2_0_at, num_attn_2_0, num_attn_1_1))
    # number of positions so far with the token this position looks for
    num_attn_0_0 = [
        (
            tokens[: i + 1].count("}" if i == 2 else "<s>" if i in {9, 11, 13} else ")")
            if i not in {0, 1, 3, 7, 15}
            else 0
        )
        for i in positions
    ]
    # number of positions so far with the same token
    count_same = [tokens[: i + 1].count(token) for i, token in enumerate(tokens)]
    # number of positions so far with the token this position looks for
    num_attn_0_3 = [
        tokens[: i + 1].count(NUM_ATTN_0_3.get(i, "{")) if i >= 2 else 0
        for i in positions
    ]
    # number of positions so far with the num_mlp_0_0 this mlp_0_0 looks for
    num_attn_1_3 = [
        num_mlp_0_0[: i + 1].count(6 if value == 0 else 1 if 2 <= value <= 4 else 2)
        for i, value in enumerate(mlp_0_0)
    ]
    # number of positions so far with the attn_0_0 this attn_0_3 looks for
    num_attn_2_1 = [
        attn_0_0[: i + 1].count(NUM_ATTN_2_1[value]) if value != 15 else 0
        for i, value in enumerate(attn_0_3)
    ]
    # number of positions so far with the num_mlp_0_0 this attn_1_3 looks for
    num_attn_2_2 = [
        num_mlp_0_0[: i + 1].count(1 if value in {"(", "{"} else 0)
        for i, value in enumerate(attn_1_3)
    ]
    # number of positions so far with the token this attn_1_2 looks for
    num_attn_2_3 = [
        (
            tokens[: i + 1].count(
                "{" if not 1 <= value <= 4 else "}" if 2 <= value <= 3 else ")"
            )
            if value <= 7 or 9 <= value <= 10
            else 0
        )
        for i, value in enumerate(attn_1_2)
    ]
    tables = data()
    label = []
    for values, numbers in zip(
        zip(
            tokens,
            positions,
            attn_0_0,
            attn_0_2,
            attn_0_3,
            num_mlp_0_0,
            attn_1_0,
            attn_1_1,
            attn_1_2,
            attn_1_3,
            mlp_1_0,
            num_mlp_1_0,
            attn_2_0,
            attn_2_1,
            attn_2_2,
            attn_2_3,
            mlp_2_0,
            num_mlp_2_0,
        ),
        zip(
            num_attn_0_0,
            count_same,
            num_attn_0_2,
            num_attn_0_3,
            num_attn_1_0,
            num_attn_1_1,
            num_attn_1_2,
            num_attn_1_3,
            num_attn_2_1,
            num_attn_2_2,
            num_attn_2_3,
        ),
    ):
        rows = [
            table[v] or [0] * 2 for table, v in zip(tables["weights"].values(), values)
        ]
        rows += [
            [w * x for w in row] for row, x in zip(tables["factors"].values(), numbers)
        ]
        logits = [0.0] * 2
        for row in rows:
            logits = list(map(add, logits, row))
        logits.insert(0, 0)
        label.append(("F", "P", "T")[logits.index(max(logits))])
    if not raw:
        if tokens[:1] == ["<s>"]:
            label[0] = "<s>"
    return label
