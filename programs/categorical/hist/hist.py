"""hist: a Transformer Program.

Exported from a network of depth 1 trained by tpc for the task hist.

On the inputs of its task its labels are the network's, elsewhere they may differ.
Proved against sha256:39b0e5ec0b63c7493e40f31ae1fcc9d23fe7624c4710bc38aa6275fdd74905c3.

    run(['<s>', '3', '0', '2', '4', '3', '3', '2'])
    == ['<s>', '2', '1', '2', '1', '2', '2', '2']
"""

import json
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

ATTN_0_0 = {"1": "4", "2": "0", "3": "5", "5": "3"}
ATTN_0_2 = {"2": "1", "3": "0", "4": "5", "5": "4"}
ATTN_0_3 = {"0": "4", "1": "0", "2": "5", "4": "3"}


@cache
def data() -> Any:
    """The tables that are too long to read, from the file beside this one."""
    text = Path(__file__).with_name("hist_data.json").read_text("utf-8")
    if sha256(text.encode()).hexdigest()[:16] != "d5c4d9986b10ae67":
        raise OSError("hist_data.json is not this program's: compile it again")
    return json.loads(text)


def closest(
    wanted: Sequence[object], keys: Sequence[object], values: Sequence[int]
) -> list[int]:
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
def mlp_0_0_at(i: int, attn_0_1: int) -> int:
    """What mlp_0_0 is for position, attn_0_1."""
    match i, attn_0_1:
        case (3 | 5 | 6 | 7, 4) | (1 | 2 | 4 | 6, 3) | (4 | 6 | 7, 5) | (4 | 5 | 7, 6):
            return 7
        case 4 | 5 | 6, 4 | 5 | 6:
            return 3
        case 1 | 3, 2:
            return 7
        case (2 | 3, 2 | 3) | (1, 1):
            return 3
        case (2, 1) | (6, 7):
            return 7
        case 7, 7:
            return 3
    return 6


def run(tokens: list[str], raw: bool = False) -> list[str]:
    """The class of each token; a first <s> is echoed unless `raw`."""
    if len(tokens) > 8:
        raise ValueError(f"{len(tokens)} tokens: it takes at most 8")
    if unknown := set(tokens) - {"0", "1", "2", "3", "4", "5", "<s>"}:
        raise ValueError(f"unknown tokens: {sorted(unknown)}")
    positions = list(range(len(tokens)))
    # position at the nearest other position with the token this token looks for
    attn_0_0 = closest(
        [ATTN_0_0.get(token, "1") for token in tokens], tokens, positions
    )
    # position at the nearest other position with the token this token looks for
    attn_0_2 = closest(
        [ATTN_0_2.get(token, "2") for token in tokens], tokens, positions
    )
    # position at the nearest other position with the token this token looks for
    attn_0_3 = closest(
        [ATTN_0_3.get(token, "1") for token in tokens], tokens, positions
    )
    # position at the nearest other position with the same token, else its own
    attn_0_1 = closest(tokens, tokens, positions)
    mlp_0_0 = list(map(mlp_0_0_at, positions, attn_0_1))
    tables = data()
    label = []
    for values in zip(tokens, positions, attn_0_0, attn_0_2, attn_0_3, mlp_0_0):
        rows = [
            table[v] or [0] * 2 for table, v in zip(tables["weights"].values(), values)
        ]
        logits = [0, *map(sum, zip(*rows))]
        label.append(str(logits.index(max(logits)) + 1))
    if not raw and "<s>" in tokens[:1]:
        label[0] = "<s>"
    return label
