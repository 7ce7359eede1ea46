"""trec: a Transformer Program.

Exported from a network of depth 1 trained by tpc for the task trec, its votes
fitted again on trec.

An approximation of the network, measured on trec.

    run(['<s>', 'electric', 'countries', 'son', '</s>'])
    == 'HUM'
"""

import json
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from operator import add
from pathlib import Path
from typing import Any

ATTN_0_1 = {
    15: 15,
    27: 0,
    29: 28,
    31: 15,
    33: 0,
    36: 20,
    46: 33,
    47: 0,
    49: 0,
    58: 19,
    59: 15,
}
ATTN_0_3 = {3: 20, 7: 15, 14: 15, 22: 63, 23: 48, 25: 22, 41: 63, 52: 63, 54: 48}


@cache
def data() -> Any:
    """The tables that are too long to read, from the file beside this one."""
    text = Path(__file__).with_name("trec_data.json").read_text("utf-8")
    if sha256(text.encode()).hexdigest()[:16] != "d57d5677bc0e0e9d":
        raise OSError("trec_data.json is not this program's: compile it again")
    return json.loads(text)


def at(wanted: Sequence[int], values: Sequence[int]) -> list[int]:
    """The value at each wanted position, the first value if the sequence ends before it."""
    return [values[j if j < len(values) else 0] for j, _ in zip(wanted, values)]


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


def run(tokens: list[str], raw: bool = False) -> str:
    """The class of the sequence; `raw` changes nothing."""
    if not 1 <= len(tokens) <= 39:
        raise ValueError(f"{len(tokens)} tokens: it takes 1 to 39")
    tables = data()
    embeddings = tables["embeddings"]
    if "<pad>" in tokens:
        raise ValueError("<pad> is no input")
    words = [token if token in embeddings else "<unk>" for token in tokens]
    var0 = [embeddings[word][0] for word in words]
    var1 = [embeddings[word][1] for word in words]
    var2 = [embeddings[word][2] for word in words]
    var3 = [embeddings[word][3] for word in words]
    var4 = [embeddings[word][4] for word in words]
    var5 = [embeddings[word][5] for word in words]
    var6 = [embeddings[word][6] for word in words]
    var7 = [embeddings[word][7] for word in words]
    ones = [1] * len(words)
    # var7 at the position this var7 looks for, else at the first
    attn_0_0 = at(
        [1 if value <= 6 else 4 if value == 27 else 2 for value in var7], var7
    )
    # var4 at the position this var0 looks for, else at the first
    attn_0_1 = at([ATTN_0_1.get(value, 2) for value in var0], var4)
    # var0 at the position this var1 looks for, else at the first
    attn_0_2 = at(
        [0 if value == 22 else 2 if 33 <= value <= 51 else 1 for value in var1], var0
    )
    # var1 at the nearest other position with the var6 this var3 looks for
    attn_0_3 = closest([ATTN_0_3.get(value) for value in var3], var6, var1)
    logits = [0.0] * 6
    for values in zip(
        var0,
        var1,
        var2,
        var3,
        var4,
        var5,
        var6,
        var7,
        attn_0_0,
        attn_0_1,
        attn_0_2,
        attn_0_3,
        ones,
    ):
        rows = [
            table.get(str(v), [0] * 6)
            for table, v in zip(tables["weights"].values(), values)
        ]
        votes = [*map(sum, zip(*rows))]
        logits = list(map(add, logits, votes))
    label = ("ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM")[logits.index(max(logits))]
    return label
