"""dyck2: a Transformer Program.

Exported from a network of depth 3 trained by tpc for the task dyck2.

On the inputs of its task its labels are the network's, elsewhere they may differ.
Proved against sha256:c1fb83b95f2899141f2ee19d2c4131191d75ffb4252536a316413b4692e81c2f.
"""

import json
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from operator import add
from pathlib import Path
from typing import Any, TypeVar

V = TypeVar("V")
ATTN_0_2 = (0, 0, 1, 1, 4, 5, 5, 5, 5, 7, 5, 9, 7, 11, 5, 15)
NUM_MLP_0_0 = {10: 0, 11: 0, 13: 12, 14: 12, 15: 12, 16: 12}
ATTN_1_1 = {0: "}", 2: ")", 3: ")", 4: ")", 5: ")", 6: ")", 7: ")", 8: ")", 9: "("}
ATTN_1_2 = {"(": 7, "<s>": 2, "{": 1}
MLP_1_0 = {
    "(": {"(": 13, ")": 5, "<s>": 0, "{": 10, "}": 8},
    ")": {"(": 1, ")": 2, "<s>": 0, "{": 11, "}": 3},
    "<s>": {"(": 0, ")": 0, "<s>": 0, "{": 0, "}": 0},
    "{": {"(": 14, ")": 6, "<s>": 0, "{": 12, "}": 7},
    "}": {"(": 15, ")": 4, "<s>": 0, "{": 0, "}": 9},
}
ATTN_2_3 = (0, 0, 1, 3, 3, 4, 5, 6, 2)
NUM_ATTN_0_0 = {5: ")", 11: "}", 13: "{", 15: ")"}
NUM_ATTN_1_2 = {")": "(", "<s>": ")", "{": "<s>", "}": "{"}
NUM_ATTN_2_0 = (9, 13, 2, 2, 13, 12, 12, 12, 14, 14, 13, 13, 9, 13, 13, 13)
NUM_ATTN_2_3 = {"(": 11, "{": 3, "}": 10}


@cache
def data() -> Any:
    """The tables that are too long to read, from the file beside this one."""
    text = Path(__file__).with_name("dyck2_data.json").read_text("utf-8")
    if sha256(text.encode()).hexdigest()[:16] != "711065a4cfb95819":
        raise OSError("dyck2_data.json is not this program's: compile it again")
    return json.loads(text)


def at_so_far(wanted: Sequence[int], values: Sequence[str]) -> list[str]:
    """The value at each wanted position, the first value if that is further to the right."""
    return [values[j if j <= i else 0] for i, (j, _) in enumerate(zip(wanted, values))]


def latest(
    wanted: Sequence[object], keys: Sequence[object], values: Sequence[V]
) -> list[V]:
    """The value at the last earlier position with the wanted key.

    Failing that the position's own if its key is the wanted one, and the first value if not.
    """
    last: dict[object, int] = {}
    chosen = []
    for i, (want, key) in enumerate(zip(wanted, keys)):
        chosen.append(values[last.get(want, i if key == want else 0)])
        last[key] = i
    return chosen


def mlp_0_0_at(attn_0_3: str, token: str) -> int:
    """What mlp_0_0 is for attn_0_3, token."""
    if attn_0_3 in {")", "}"}:
        return 1
    if attn_0_3 == "(" and token != "}":
        return 3
    return 2


@cache
def num_mlp_1_0_at(num_attn_1_1: int, num_attn_1_3: int) -> int:
    """What num_mlp_1_0 is for num_attn_1_1, num_attn_1_3."""
    if num_attn_1_1 == 0 and not 1 <= num_attn_1_3 <= 5:
        return 0
    if (
        num_attn_1_1 == 1
        and (num_attn_1_3 == 0 or 2 <= num_attn_1_3 <= 6)
        or num_attn_1_1 == 2
        and num_attn_1_3 == 6
    ):
        return 1
    if (
        num_attn_1_1 == 1
        and num_attn_1_3 >= 7
        or num_attn_1_1 == 3
        and (num_attn_1_3 <= 4 or num_attn_1_3 == 7)
        or num_attn_1_1 == 4
        and num_attn_1_3 >= 11
        or num_attn_1_1 == 8
        and (6 <= num_attn_1_3 <= 7 or num_attn_1_3 >= 9)
    ):
        return 3
    if (
        num_attn_1_1 == 2
        and num_attn_1_3 == 7
        or num_attn_1_1 == 4
        and (num_attn_1_3 <= 4 or num_attn_1_3 == 6)
    ):
        return 4
    if (
        num_attn_1_1 == 5
        and (num_attn_1_3 <= 3 or num_attn_1_3 == 5)
        or num_attn_1_1 == 6
        and num_attn_1_3 >= 4
    ):
        return 5
    if (
        num_attn_1_1 == 3
        and num_attn_1_3 == 6
        or num_attn_1_1 == 5
        and num_attn_1_3 == 4
        or num_attn_1_1 == 6
        and num_attn_1_3 <= 3
        or num_attn_1_1 == 7
        and num_attn_1_3 == 0
    ):
        return 6
    if num_attn_1_1 == 4 and num_attn_1_3 == 5:
        return 7
    if num_attn_1_1 == 3 and num_attn_1_3 == 5:
        return 8
    return 2


@cache
def mlp_2_0_at(num_mlp_1_0: int, attn_2_3: int) -> int:
    """What mlp_2_0 is for num_mlp_1_0, attn_2_3."""
    match num_mlp_1_0, attn_2_3:
        case (2, 2) | (6, 7):
            return 0
        case (1, 4 | 5) | (2, 4) | (3, 6):
            return 1
        case 1, 1:
            return 2
        case 3, 3:
            return 3
        case 0 | 1, 2:
            return 4
        case (2, 3) | (3, 4) | (4, 6):
            return 7
        case (4, 4) | (5, 5) | (6, 6):
            return 8
        case (0, 1 | 5) | (4 | 6, 8) | (5, 7) | (8, 3):
            return 9
        case (0, 0) | (4, 7 | 9) | (5, 6):
            return 10
        case (2, 7) | (3, 1 | 7):
            return 12
        case (1, 7) | (4, 5):
            return 13
        case (0, 3 | 4) | (1, 6) | (2 | 3, 5):
            return 14
        case (1, 3) | (2, 6):
            return 15
    return 6


@cache
def num_mlp_2_0_at(num_attn_0_0: int, count_2: int) -> int:
    """What num_mlp_2_0 is for num_attn_0_0, count_2."""
    if 2 <= num_attn_0_0 <= 15 or num_attn_0_0 == 0 and 3 <= count_2 <= 9:
        return 8
    if num_attn_0_0 == 0:
        return 3
    if 8 <= count_2 <= 15:
        return 8
    if count_2 == 0:
        return 3
    if count_2 == 1:
        return 1
    if count_2 == 3:
        return 2
    if count_2 == 4:
        return 4
    if count_2 == 5:
        return 5
    if count_2 == 6:
        return 6
    if count_2 == 7:
        return 7
    return 0


def run(tokens: list[str], raw: bool = False) -> list[str]:
    """The class of each token; a first <s> is echoed unless `raw`."""
    if len(tokens) > 16:
        raise ValueError(f"{len(tokens)} tokens: it takes at most 16")
    if unknown := set(tokens) - {"(", ")", "<s>", "{", "}"}:
        raise ValueError(f"unknown tokens: {sorted(unknown)}")
    positions = list(range(len(tokens)))
    # token at the position this position looks for, else at the first
    attn_0_2 = at_so_far(ATTN_0_2, tokens)
    # number of positions so far with the token this token looks for
    num_attn_0_2 = [
        tokens[: i + 1].count("{") if token != "<s>" else 0
        for i, token in enumerate(tokens)
    ]
    num_mlp_0_0 = [NUM_MLP_0_0.get(n, n) for n in num_attn_0_2]
    # token at the last earlier position with the num_mlp_0_0 this num_mlp_0_0 looks for
    attn_1_0 = latest(
        [1 if value == 0 else 0 for value in num_mlp_0_0], num_mlp_0_0, tokens
    )
    # token at the last earlier position with the attn_0_2 this num_mlp_0_0 looks for
    attn_1_1 = latest([ATTN_1_1.get(value) for value in num_mlp_0_0], attn_0_2, tokens)
    # token at the position this token looks for, else at the first
    attn_0_1 = at_so_far([5 if token != "<s>" else 0 for token in tokens], tokens)
    # token at the position this attn_0_1 looks for, else at the first
    attn_1_2 = at_so_far([ATTN_1_2.get(value, 6) for value in attn_0_1], tokens)
    # token at the position this token looks for, else at the first
    attn_0_3 = at_so_far([1 if token != "<s>" else 0 for token in tokens], tokens)
    # token at the last earlier position with the same attn_0_3, else its own
    attn_1_3 = latest(attn_0_3, attn_0_3, tokens)
    mlp_1_0 = [MLP_1_0[a][b] for a, b in zip(tokens, attn_1_3)]
    mlp_0_0 = list(map(mlp_0_0_at, attn_0_3, tokens))
    # token at position mlp_0_0, else at the first
    attn_2_0 = at_so_far(mlp_0_0, tokens)
    # mlp_1_0 at the last earlier position with the attn_0_1 this mlp_0_0 looks for
    attn_2_1 = latest(
        [None if value == 1 else "<s>" for value in mlp_0_0], attn_0_1, mlp_1_0
    )
    # token at the position this mlp_0_0 looks for, else at the first
    attn_2_2 = at_so_far(
        [1 if value == 1 else 3 if value == 2 else 2 for value in mlp_0_0], tokens
    )
    # number of positions so far with the token this attn_0_3 looks for
    num_attn_1_1 = [
        tokens[: i + 1].count("}" if value != ")" else ")") if value != "<s>" else 0
        for i, value in enumerate(attn_0_3)
    ]
    # number of positions so far with the token this position looks for
    num_attn_1_3 = [tokens[: i + 1].count("(") if i >= 14 else 0 for i in positions]
    num_mlp_1_0 = list(map(num_mlp_1_0_at, num_attn_1_1, num_attn_1_3))
    # num_mlp_0_0 at the last earlier position with the num_mlp_1_0 this num_mlp_1_0 looks for
    attn_2_3 = latest(
        [ATTN_2_3[value] for value in num_mlp_1_0], num_mlp_1_0, num_mlp_0_0
    )
    mlp_2_0 = list(map(mlp_2_0_at, num_mlp_1_0, attn_2_3))
    # number of positions so far with the token this position looks for
    num_attn_0_0 = [
        tokens[: i + 1].count(NUM_ATTN_0_0.get(i, "<s>")) if i not in {0, 9} else 0
        for i in positions
    ]
    # number of positions so far with token ')'
    count_2 = [tokens[: i + 1].count(")") for i in positions]
    num_mlp_2_0 = list(map(num_mlp_2_0_at, num_attn_0_0, count_2))
    # number of positions so far with the token this token looks for
    num_attn_0_1 = [
        (
            tokens[: i + 1].count("(" if token == ")" else "{")
            if token not in {"(", "<s>"}
            else 0
        )
        for i, token in enumerate(tokens)
    ]
    # number of positions so far with attn_0_1 '{'
    num_attn_1_0 = [attn_0_1[: i + 1].count("{") for i in positions]
    # number of positions so far with the attn_0_2 this attn_0_1 looks for
    num_attn_1_2 = [
        attn_0_2[: i + 1].count(NUM_ATTN_1_2[value]) if value != "(" else 0
        for i, value in enumerate(attn_0_1)
    ]
    # number of positions so far with the mlp_1_0 this mlp_1_0 looks for
    num_attn_2_0 = [
        mlp_1_0[: i + 1].count(NUM_ATTN_2_0[value]) for i, value in enumerate(mlp_1_0)
    ]
    # number of positions so far with the mlp_1_0 this attn_0_1 looks for
    num_attn_2_1 = [
        mlp_1_0[: i + 1].count(15 if value in {"(", "}"} else 11)
        for i, value in enumerate(attn_0_1)
    ]
    # number of positions so far with the mlp_1_0 this attn_0_1 looks for
    num_attn_2_2 = [
        mlp_1_0[: i + 1].count(11 if value in {"(", "}"} else 15)
        for i, value in enumerate(attn_0_1)
    ]
    # number of positions so far with the mlp_1_0 this attn_0_1 looks for
    num_attn_2_3 = [
        mlp_1_0[: i + 1].count(NUM_ATTN_2_3.get(value, 2))
        for i, value in enumerate(attn_0_1)
    ]
    tables = data()
    label = []
    for values, numbers in zip(
        zip(
            positions,
            attn_0_2,
            attn_1_0,
            attn_1_1,
            attn_1_2,
            mlp_1_0,
            attn_2_0,
            attn_2_1,
            attn_2_2,
            mlp_2_0,
            num_mlp_2_0,
        ),
        zip(
            num_attn_0_1,
            num_attn_1_0,
            num_attn_1_2,
            num_attn_2_0,
            num_attn_2_1,
            num_attn_2_2,
            num_attn_2_3,
        ),
    ):
        rows = [table[v] for table, v in zip(tables["weights"].values(), values)]
        rows += [
            [w * x for w in row] for row, x in zip(tables["factors"].values(), numbers)
        ]
        logits = [0.0] * 2
        for row in rows:
            logits = list(map(add, logits, row))
        logits.insert(0, 0)
        label.append(("F", "P", "T")[logits.index(max(logits))])
    if not raw and "<s>" in tokens[:1]:
        label[0] = "<s>"
    return label
