"""The part of an emitted module that is the same for every program: text in, chunks, text out."""

from __future__ import annotations

#: What differs where there is one label for each token, and one for a sequence.
VARIANTS = {
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

#: What the module is, and constants.
OPENING = '''
"""{about}

    run_batch([[{example}]])    # words in, {unit} out
    run_array(ids, lengths)    # padded token ids [sequences, positions] in, class ids out

Written by `tpc compile --target numpy`. In `label`, variables are arrays [positions, sequences];
what does not depend on the sequence has one column. Sequences are worked on in pieces that fit
the cache, so that memory does not grow with their number.
"""

import numpy as np

VOCABULARY = {vocabulary}
CLASSES = {classes}
MAX_LENGTH = {max_length}
IDS = {{word: index for index, word in enumerate(VOCABULARY)}}
# Positions that are worked on at a time; sequences that are sorted by length together.
CHUNK, SPAN = {chunk}, {span}
'''

#: The program itself.
LABEL = '''
def label(
    tokens: np.ndarray,
    lengths: np.ndarray,
    padding: np.ndarray | None,
    room: np.ndarray,
    trace: dict[str, np.ndarray],
) -> np.ndarray:
    """The class of each {place}: this is the program.

    Args:
        tokens: Token ids [positions, sequences], 0 behind the end of a sequence.
        lengths: Of the sequences, or the one that all of them have.
        padding: Which positions lie behind the end, if any.
        room: Made by `make_room`, to be overwritten.
        trace: Where variables are written to.
    """
{body}
'''

#: Arrays in, arrays out.
ARRAYS = '''
class Nothing(dict):
    """A trace that keeps nothing."""

    def __setitem__(self, name: str, values: np.ndarray) -> None:
        """Forget."""


def run_array(ids: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
    """Class ids of many sequences: indices into CLASSES.

    Args:
        ids: Token ids (indices into VOCABULARY), integers [sequences, positions]. What stands
            behind the end of a sequence is not looked at.
        lengths: Of the sequences; without it, all of them fill the array.

    Returns:
        {returns}

    Raises:
        ValueError: An id or a length is out of range.
    """
    ids, lengths = checked(ids, lengths)
    labels = np.zeros({shape}, {label_type})
    room = make_room()
    for start in range(0, len(ids), SPAN):
        span = slice(start, start + SPAN)
        run_span(ids[span], lengths[span], labels[span], room)
    return labels


def make_room() -> np.ndarray:
    """Memory for the largest arrays of `label`."""
    return np.empty({room})


def checked(ids: np.ndarray, lengths: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """The arguments of `run_array` as arrays of fitting shapes."""
    ids = np.asarray(ids)
    if ids.ndim != 2 or ids.dtype.kind not in "iu":
        raise ValueError("ids is not a two-dimensional array of integers")
    lengths = np.full(len(ids), ids.shape[1]) if lengths is None else np.asarray(lengths)
    if lengths.shape != (len(ids),) or lengths.dtype.kind not in "iu":
        raise ValueError("lengths is not one integer for each sequence")
    if len(ids) and not {least} <= lengths.min() <= lengths.max() <= min(MAX_LENGTH, ids.shape[1]):
        raise ValueError(f"a length is not in {least}..{{min(MAX_LENGTH, ids.shape[1])}}")
    return ids, lengths.astype({length_type})


def run_span(
    ids: np.ndarray, lengths: np.ndarray, labels: np.ndarray, room: np.ndarray
) -> None:
    """Write the labels of some sequences: in pieces that fit the cache, of similar lengths."""
    if lengths.min() == lengths.max():
        size = max(1, CHUNK // max(1, int(lengths[0])))
        for start in range(0, len(ids), size):
            rows = slice(start, start + size)
            labels[rows] = run_piece(ids[rows], lengths[rows], room)
        return
    order = np.argsort(lengths, kind="stable")
    lengths = lengths[order]
    start = 0
    while start < len(order):
        stop = piece_end(lengths, start)
        rows = order[start:stop]
        found = run_piece(ids.take(rows, axis=0), lengths[start:stop], room)
        {scatter}
        start = stop


def piece_end(lengths: np.ndarray, start: int) -> int:
    """Where the piece that starts here ends: with its length, if there are enough of that."""
    length = max(1, int(lengths[start]))
    same = int(np.searchsorted(lengths, lengths[start], side="right"))
    if (same - start) * length >= CHUNK // 8:
        return min(same, start + max(1, CHUNK // length))
    return start + max(1, CHUNK // int(lengths[-1]))


def run_piece(ids: np.ndarray, lengths: np.ndarray, room: np.ndarray) -> np.ndarray:
    """The labels of sequences in ascending order of length."""
    length = int(lengths[-1])
    labels = np.zeros({shape}, {label_type})
    if length == 0:
        return labels
    tokens = np.ascontiguousarray(ids[:, :length].T)
    padding = None
    if lengths[0] < length:
        inside = np.arange(length, dtype=lengths.dtype)[:, None] < lengths
        tokens = tokens * inside
        padding = ~inside
    else:
        lengths = lengths[:1]
    if tokens.min() < 0 or tokens.max() >= len(VOCABULARY):
        raise ValueError(f"an id is not in 0..{{len(VOCABULARY) - 1}}")
    found = label(tokens.astype({token_type}), lengths, padding, room, Nothing())
    {store}
    return labels
'''

#: Assignment of whole rows is many times faster than of their elements.
WHOLE_ROWS = '''
def whole_rows(values: np.ndarray) -> np.ndarray:
    """Each row as one element."""
    return values.view(np.dtype((np.void, values.shape[1] * values.itemsize)))[:, 0]
'''

REWRITE_DIGITS = '''
def digits_as_at(word: str) -> str:
    """The word with each run of the digits 0 to 9 replaced by one `@`."""
    shown, inside = "", False
    for character in word:
        digit = "0" <= character <= "9"
        if not (digit and inside):
            shown += "@" if digit else character
        inside = digit
    return shown
'''

#: Words in, words out.
WORDS = '''
def run(tokens: list[str], raw: bool = False) -> {answer}:
    """The {labels} of one sequence; see `run_batch`."""
    return run_batch([tokens], raw)[0]


def run_batch(sequences: list[list[str]], raw: bool = False) -> list[{answer}]:
    """The {labels} of each sequence.
{raw_doc}
    Raises:
        ValueError: A word is unknown{or_empty}, or a sequence is too long.
    """
    ids, lengths = encode(sequences)
    return decode(run_array(ids, lengths), sequences, raw)


def encode(sequences: list[list[str]]) -> tuple[np.ndarray, np.ndarray]:
    """Token ids, padded at the end, and lengths.

    Raises:
        ValueError: A word is unknown{or_empty}, or a sequence is too long.
    """
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
    if len(lengths) and lengths.max() > MAX_LENGTH:
        raise ValueError(f"a sequence has {{lengths.max()}} tokens; the most are {{MAX_LENGTH}}")
{empty_check}    words = [{word} for sequence in sequences for word in sequence]
    try:
        flat = [{lookup} for word in words]
    except KeyError as error:
        raise ValueError(f"the program does not know the token {{error.args[0]!r}}") from None
    if "<pad>" in words:
        raise ValueError("<pad> is no input: sequences may differ in length")
    ids = np.zeros((len(lengths), int(lengths.max(initial=0))), {token_type})
    ids[np.arange(ids.shape[1]) < lengths[:, None]] = flat
    return ids, lengths
'''

DECODE_EACH = '''
def decode(
    labels: np.ndarray, sequences: list[list[str]], raw: bool = False
) -> list[list[str]]:
    """Class names, one for each token; `<s>` and `</s>` at the ends are echoed unless `raw`."""
    answers = [
        [CLASSES[label] for label in row[: len(sequence)]]
        for row, sequence in zip(labels.tolist(), sequences)
    ]
    if not raw:
        for answer, sequence in zip(answers, sequences):
            if sequence and sequence[0] == "<s>":
                answer[0] = "<s>"
            if sequence and sequence[-1] == "</s>":
                answer[-1] = "</s>"
    return answers
'''

DECODE_POOLED = '''
def decode(
    labels: np.ndarray, sequences: list[list[str]], raw: bool = False
) -> list[str]:
    """Class names, one for each sequence."""
    return [CLASSES[label] for label in labels.tolist()]
'''
