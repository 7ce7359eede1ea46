"""From a program to the text of one NumPy module."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from tpc.backends.numpy.classifier import write_classifier
from tpc.backends.numpy.statements import write_variables
from tpc.backends.numpy.writer import Writer, identifiers, kind, string, words
from tpc.ir.program import Program
from tpc.ir.words import PAD, UNK
from tpc.lowering import TOKENS, Lowered, about, lower
from tpc.lowering.arrays import arrays
from tpc.lowering.layout import WIDTH
from tpc.lowering.library import filled, library, sections
from tpc.lowering.storage import smallest

#: Positions that are worked on at a time, so that a few dozen variables stay in the cache; and
#: sequences that are sorted by length together.
CHUNK, SPAN = 49_152, 131_072

_HELPERS, _MODULE = (Path(__file__).with_name(name) for name in ("helpers.py", "module.txt"))

#: What differs where there is one label for each token, and one for a sequence.
_VARIANTS = {
    "unit": ("one label a token", "one label for each sequence"),
    "place": ("position", "sequence"),
    "returns": ("[sequences, positions]; 0 behind the end.", "[sequences]."),
    "shape": ("ids.shape", "len(ids)"),
    "least": ("0", "1"),
    "store": (
        "labels[:, :length] = found.T if padding is None else (found * ~padding).T",
        "labels[:] = found",
    ),
    "scatter": ("whole_rows(labels)[rows] = whole_rows(found)", "labels[rows] = found"),
    "answer": ("list[str]", "str"),
    "labels": ("labels", "label"),
    "raw_doc": (
        "\n    The tokens `<s>` at the start and `</s>` at the end are echoed unless `raw`.\n",
        "",
    ),
    "or_empty": ("", ", a sequence is empty"),
    "empty_check": (
        "",
        "    if len(lengths) and lengths.min() == 0:\n"
        '        raise ValueError("a sequence is empty, and has no label")\n',
    ),
}


def emit(program: Program, _stem: str) -> str:
    """The text of the module.

    Raises:
        TpcError: The program counts beyond 32 bits, or has a table that is too large.
    """
    found = arrays(lower(program))
    lowered = found.lowered
    helpers = library(_HELPERS)
    own = (name for name in found.variables if name != TOKENS)
    names = identifiers(own, helpers.sources)
    writer = Writer(found, names | {TOKENS: TOKENS})
    write_variables(writer)
    if lowered.classifier is not None:
        write_classifier(writer, lowered.classifier)
    else:
        name = writer.names[lowered.result]
        writer.body.append(f"    return {name}[0]" if lowered.pooled else f"    return {name}")
    marks, used = _marks(writer), helpers.closure(writer.helpers)
    fixed = {name: filled(text, marks) for name, text in sections(_MODULE).items()}
    parts = [
        fixed["opening"],
        *writer.constants,
        *(text for name, text in helpers.sources.items() if name in used),
        "\n".join(writer.functions),
        "\n".join(writer.tables).rstrip(),
        fixed["label"],
        fixed["arrays"],
        "" if lowered.pooled else fixed["whole_rows"],
        fixed["rewrite_digits"] if "digits" in lowered.rewrite else "",
        fixed["words"],
        fixed["decode_pooled" if lowered.pooled else "decode_each"],
    ]
    return _joined(list(filter(None, parts)))


def _joined(parts: list[str]) -> str:
    """Two empty lines around functions, one elsewhere."""
    text = parts[0].strip("\n")
    for before, part in pairwise(parts):
        function = any(p.lstrip("\n").startswith(("def ", "class ")) for p in (before, part))
        text += ("\n\n\n" if function else "\n\n") + part.strip("\n")
    return text + "\n"


def _marks(writer: Writer) -> dict[str, object]:
    """What is put into the fixed parts of the module."""
    lowered = writer.arrays.lowered
    steps = ["    steps = np.arange(len(tokens))[:, None]"] if writer.steps else []
    word = "word"
    for step in lowered.rewrite:
        word = f"{word}.lower()" if step == "lower" else f"digits_as_at({word})"
    unknown = lowered.vocabulary.index(UNK) if UNK in lowered.vocabulary else None
    return {
        **{what: texts[lowered.pooled] for what, texts in _VARIANTS.items()},
        "about": about.in_docstring("\n\n".join(about.paragraphs(lowered, WIDTH - 4))),
        "example": _example(lowered),
        "vocabulary": words(lowered.vocabulary),
        "classes": words(lowered.classes),
        "max_length": lowered.max_length,
        "chunk": CHUNK,
        "span": SPAN,
        "body": "\n".join([*steps, *writer.body]),
        "label_type": kind(smallest(len(lowered.classes) - 1)),
        "length_type": kind(smallest(lowered.max_length)),
        "token_type": writer.kind(TOKENS),
        "room": writer.room,
        "word": word,
        "lookup": "IDS[word]" if unknown is None else f"IDS.get(word, {unknown})",
    }


def _example(lowered: Lowered) -> str:
    known = [word for word in lowered.vocabulary if word not in (PAD, UNK)]
    shown = [string(w).replace("\\", "\\\\").replace('"""', r"\"\"\"") for w in known[:3]]
    return ", ".join(shown[: lowered.max_length])
