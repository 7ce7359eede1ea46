"""sort: a Transformer Program.

Exported from a network of depth 2 trained by tpc for the task sort.

For every sequence of at most 8 tokens its labels are the network's.

    run(['<s>', '4', '3', '2', '1', '2', '0', '</s>'])
    == ['<s>', '0', '1', '2', '2', '3', '4', '</s>']
"""

import json
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from operator import add
from pathlib import Path
from typing import Any

MLP_0_0 = (4, 6, 0, 5, 5, 4, 4, 0)
ATTN_1_1 = ("</s>", "</s>", "</s>", "<s>", "<s>", "<s>", "0", "</s>")


@cache
def data() -> Any:
    """The tables that are too long to read, from the file beside this one."""
    text = Path(__file__).with_name("sort_data.json").read_text("utf-8")
    if sha256(text.encode()).hexdigest()[:16] != "af2438524b9dbdc2":
        raise OSError("sort_data.json is not this program's: compile it again")
    return json.loads(text)


def at(wanted: Sequence[int], values: Sequence[str]) -> list[str]:
    """The value at each wanted position, the first value if the sequence ends before it."""
    return [values[j if j < len(values) else 0] for j, _ in zip(wanted, values)]


def closest(
    wanted: Sequence[object], keys: Sequence[object], values: Sequence[str]
) -> list[str]:
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
def mlp_1_0_at(i: int, attn_1_1: str) -> int:
    """What mlp_1_0 is for position, attn_1_1."""
    match i, attn_1_1:
        case 1, _:
            return 7
        case 3, "0" | "2" | "3" | "4" | "</s>" | "<s>":
            return 0
        case 6, "0" | "1" | "2" | "3" | "</s>" | "<s>":
            return 1
        case _, "<s>":
            return 4
        case 2 | 3, "1" | "2" | "3" | "4":
            return 2
        case 2, _:
            return 4
        case 0 | 7, "0":
            return 0
        case 0 | 6, "4":
            return 3
        case 0, "</s>":
            return 1
    return 5


def run(tokens: list[str], raw: bool = False) -> list[str]:
    """The class of each token; a first <s> and a last </s> are echoed unless `raw`."""
    if len(tokens) > 8:
        raise ValueError(f"{len(tokens)} tokens: it takes at most 8")
    if unknown := set(tokens) - {"0", "1", "2", "3", "4", "</s>", "<s>"}:
        raise ValueError(f"unknown tokens: {sorted(unknown)}")
    positions = list(range(len(tokens)))
    ones = [1] * len(tokens)
    # token at the position this position looks for, else at the first
    attn_0_0 = at((1, 2, 1, 5, 6, 3, 2, 6), tokens)
    # token at the nearest other position with the token this position looks for
    attn_0_1 = closest(("2", "1", "1", "3", "3", "4", "4", "1"), tokens, tokens)
    # token at the nearest other position with the token this position looks for
    attn_0_2 = closest(("2", "0", "0", "1", "4", "3", "3", "2"), tokens, tokens)
    # token at the position this position looks for, else at the first
    attn_0_3 = at((1, 3, 3, 4, 5, 6, 1, 6), tokens)
    mlp_0_0 = [MLP_0_0[i] for i in positions]
    # token at the position this position looks for, else at the first
    attn_1_0 = at((5, 4, 4, 6, 2, 2, 4, 1), tokens)
    # attn_0_3 at the nearest other position with the token this position looks for
    attn_1_1 = closest(ATTN_1_1, tokens, attn_0_3)
    # attn_0_0 at the position this position looks for, else at the first
    attn_1_2 = at((1, 3, 4, 2, 2, 2, 3, 1), attn_0_0)
    # token at the position this position looks for, else at the first
    attn_1_3 = at((2, 1, 5, 2, 3, 4, 0, 1), tokens)
    mlp_1_0 = list(map(mlp_1_0_at, positions, attn_1_1))
    tables = data()
    label = []
    for values in zip(
        tokens,
        positions,
        attn_0_0,
        attn_0_1,
        attn_0_2,
        attn_0_3,
        mlp_0_0,
        attn_1_0,
        attn_1_1,
        attn_1_2,
        attn_1_3,
        mlp_1_0,
        ones,
    ):
        rows = [table[v] for table, v in zip(tables["weights"].values(), values)]
        logits = [0.0] * 5
        for row in rows:
            logits = list(map(add, logits, row))
        label.append(str(logits.index(max(logits))))
    if not raw:
        if "<s>" in tokens[:1]:
            label[0] = "<s>"
        if "</s>" in tokens[-1:]:
            label[-1] = "</s>"
    return label
