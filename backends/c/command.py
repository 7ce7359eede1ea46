"""The `main` of an emitted C file: lines of tokens in, lines of labels out."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from tpc.backends.c.library import MAIN
from tpc.backends.c.literals import BRACES, string
from tpc.backends.c.writer import array
from tpc.diagnostics import TpcError
from tpc.ir.words import PAD, UNK
from tpc.lowering import Lowered
from tpc.lowering.library import filled

#: What differs where there is one label for each token, and one for a sequence.
_VARIANTS = {
    "empty": (
        "",
        '    if (count == 0)\n        fail("the sequence is empty, and has no label", NULL, 0);\n',
    ),
    "room": ("BATCH * MAX_LENGTH", "BATCH"),
    "answer": ("labels", "label"),
}


def command(lowered: Lowered, prefix: str) -> list[str]:
    """The part of the file that `TPC_NO_MAIN` leaves out, piece by piece.

    Raises:
        TpcError: Words are lower-cased, and the vocabulary has a Greek sigma.
    """
    vocabulary, rewrite = lowered.vocabulary, lowered.rewrite
    cased = [*_lower_cased(vocabulary), ("", "")] if "lower" in rewrite else []
    letters = [f"{{{string(one)}, {string(other)}}}" for one, other in cased]
    steps = [f"    size = {step}(word, size);\n" for step in rewrite] or ["    (void)word;\n"]
    marks = {
        **{what: texts[lowered.pooled] for what, texts in _VARIANTS.items()},
        "p": prefix,
        "guard": prefix.upper(),
        "unknown": vocabulary.index(UNK) if UNK in vocabulary else -1,
        "pad": vocabulary.index(PAD) if PAD in vocabulary else -1,
        "letters": BRACES.filled(letters),
        "steps": "".join(steps),
    }
    found = {name: filled(text, marks) for name, text in MAIN.items()}
    encoded = [word.encode("utf-8", "surrogatepass") for word in vocabulary]
    order = np.array(sorted(range(len(encoded)), key=encoded.__getitem__), dtype=np.uint32)
    sizes = np.array(list(map(len, encoded)), dtype=np.uint32)
    labels = [string(json.dumps(name, ensure_ascii=False)) for name in lowered.classes]
    return [
        found["opening"],
        array("sorted_tokens", order),
        array("token_sizes", sizes),
        f"static const char *const class_json[] = {BRACES.filled(labels)};",
        *(found[step] for step in ("digits", "lower") if step in rewrite),
        found["rewrite"],
        found["read"],
        found["show_pooled" if lowered.pooled else "show_each"],
        found["main"],
    ]


def _lower_cased(vocabulary: Sequence[str]) -> list[tuple[str, str]]:
    """Characters beyond ASCII with their lower case, of those that the vocabulary distinguishes.

    C knows no more letters than those of ASCII.

    Raises:
        TpcError: The vocabulary has a Greek sigma, whose lower case depends on what follows.
    """
    alphabet = {character for word in vocabulary for character in word}
    if alphabet & set("Σσς"):
        raise TpcError(
            "the vocabulary has a Greek sigma, whose lower case depends on its place in the word",
            hint="the targets python and numpy lower-case it as the interpreter does",
        )
    pairs = ((chr(code), chr(code).lower()) for code in range(128, 0x110000))
    return [
        (character, lower)
        for character, lower in pairs
        if lower != character and (character in alphabet or set(lower) <= alphabet)
    ]
