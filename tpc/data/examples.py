"""From records to labelled sentences: which columns to read, and how text becomes words."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, get_args

from tpc.data.records.record import Place, Record
from tpc.diagnostics import TpcError, did_you_mean, one_of, quoted
from tpc.ir.words import PAD, is_writable

Kind = Literal["tagging", "classification"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Tokenizer = Literal["treebank", "space"]
TOKENIZERS: tuple[Tokenizer, ...] = get_args(Tokenizer)
Splitter = Callable[[str], list[str]]

TEXT_COLUMNS = (
    *("tokens", "words", "text", "sentence", "word", "token", "form"),
    *("input", "inputs", "sequence", "x"),
)
TAG_COLUMNS = ("tags", "ner_tags", "pos_tags", "chunk_tags", "labels", "tag", "upos")
CLASS_COLUMNS = ("label", "labels", "class", "category")


@dataclass(frozen=True)
class Example:
    """A sentence and its labels: one a word, or, for classification, a single one."""

    words: tuple[str, ...]
    labels: tuple[str, ...]
    place: Place


@dataclass(frozen=True)
class Columns:
    """How to read records.

    Attributes:
        kind: A label for every word, or for every sentence.
        text: The column of the text or of its words; `None` for one with a usual name. Several
            columns of text, separated by commas, are joined.
        label: The column of the label or labels, likewise.
        tokenizer: Splits text; lists of words are taken as they are.
        must_split: Refuse lists of words, because a tokenizer was asked for.
    """

    kind: Kind
    text: str | None = None
    label: str | None = None
    tokenizer: Tokenizer = "treebank"
    must_split: bool = False

    @property
    def asked(self) -> tuple[str, ...]:
        """The columns that are named, if all are."""
        if self.text is None or self.label is None:
            return ()
        return (*self.text.split(","), self.label)


def find_tokenizer(name: str | None, default: Tokenizer) -> Tokenizer:
    """The tokenizer of that name.

    Raises:
        TpcError: There is none.
    """
    if name is None:
        return default
    return one_of(TOKENIZERS, name, "tokenizer")


def splitter(tokenizer: Tokenizer) -> Splitter:
    """The function that splits a text.

    Args:
        tokenizer: `treebank`, NLTK's tokenizer of the Penn Treebank's conventions, for raw text;
            `space` for text whose tokens are already set apart by blanks.
    """
    return str.split if tokenizer == "space" else _treebank()


@cache
def _treebank() -> Splitter:
    # Imported late: it takes half a second, and most commands read no raw text.
    from nltk.tokenize.treebank import TreebankWordTokenizer

    split: Splitter = TreebankWordTokenizer().tokenize
    return split


def read_examples(records: Iterable[Record], columns: Columns) -> Iterator[Example]:
    """The labelled sentences of records, which are read from the columns of the first of them.

    Raises:
        TpcError: A column is missing, or a value is not what its column should have.
    """
    split = splitter(columns.tokenizer)
    usual = TAG_COLUMNS if columns.kind == "tagging" else CLASS_COLUMNS
    text_column, label_column = columns.text, columns.label
    for given in records:
        record, asked = _with_joined_text(given, text_column)
        text = _column(record, asked, TEXT_COLUMNS, "text", "1")
        label = _column(record, label_column, usual, "label", str(len(record.values)))
        if record.named:
            text_column, label_column = text_column or text, label_column or label
        if columns.must_split and isinstance(record.values[text], list):
            raise record.place.error(
                "this text is split into words already, so a tokenizer changes nothing",
                column=text,
                hint="leave --tokenizer out",
            )
        words = _words(record, text, split)
        if columns.kind == "tagging":
            labels = _tags(record, label, len(words))
        else:
            labels = (_label(record.values[label], record.place, label),)
        yield Example(words, labels, record.place)


def read_texts(records: Iterable[Record], columns: Columns) -> Iterator[tuple[str, ...]]:
    """The words of records whose labels are not read.

    Raises:
        TpcError: The column of the text is missing, or a value is neither text nor words.
    """
    split = splitter(columns.tokenizer)
    for given in records:
        record, asked = _with_joined_text(given, columns.text)
        yield _words(record, _column(record, asked, TEXT_COLUMNS, "text", "1"), split)


def _column(
    record: Record, given: str | None, usual: tuple[str, ...], role: str, numbered: str
) -> str:
    """The name of a column; files without names have the text first and the label last."""
    names = list(record.values)
    if given is not None:
        if found := matching_column((given,), names):
            return found
        hint = f"{did_you_mean(given, names) or ''} the columns are: {', '.join(names)}"
        raise record.place.error(f"there is no column {quoted(given)}", hint=hint.lstrip())
    if not record.named:
        return numbered
    found = matching_column(usual, names)
    if found is None:
        raise record.place.error(
            f"it is not clear which column has the {role}",
            hint=f"say so with --{role}-column; the columns are: {', '.join(names)}",
        )
    return found


def usual_columns(record: Record, kind: Kind) -> tuple[str | None, str | None]:
    """The columns that a record is read from if none are named: of the text, of the labels."""
    usual = TAG_COLUMNS if kind == "tagging" else CLASS_COLUMNS
    names = list(record.values)
    if not record.named:
        return "1", str(len(names))
    return matching_column(TEXT_COLUMNS, names), matching_column(usual, names)


def _with_joined_text(record: Record, asked: str | None) -> tuple[Record, str | None]:
    """The record with one more column, if several columns of text are asked for."""
    if asked is None or "," not in asked or asked in record.values:
        return record, asked
    names = [_column(record, name.strip(), (), "text", "1") for name in asked.split(",")]
    parts = [record.values[name] for name in names]
    for name, part in zip(names, parts, strict=True):
        if not isinstance(part, str):
            raise record.place.error(f"{shown(part)} is not a text to be joined", column=name)
    joined = " ".join(str(part) for part in parts)
    return replace(record, values={**record.values, asked: joined}), asked


def matching_column(usual: Sequence[str], names: Sequence[str]) -> str | None:
    """The first of the usual names that there is, in this case or, if it is clear, in another."""
    for name in usual:
        if name in names:
            return name
        folded = [found for found in names if found.casefold() == name.casefold()]
        if len(folded) == 1:
            return folded[0]
    return None


def _words(record: Record, column: str, split: Splitter) -> tuple[str, ...]:
    value = record.values[column]
    if isinstance(value, str):
        listed = list_as_text(value)
        words = tuple(split(value)) if listed is None else listed
    elif isinstance(value, list) and all(isinstance(word, str) for word in value):
        words = tuple(value)
    else:
        raise record.place.error(
            f"{shown(value)} is neither a text nor a list of words", column=column
        )
    if not words:
        raise record.place.error("there are no words", column=column, hint="remove this row")
    if PAD in words:
        raise record.place.error(
            f"the word {PAD} stands for the absence of a word", column=column, hint="rename it"
        )
    _require_encodable(" ".join(words), record.place, column)
    return words


def _tags(record: Record, column: str, n_words: int) -> tuple[str, ...]:
    value = record.values[column]
    tags: object = value
    if isinstance(value, str):
        listed = list_as_text(value, numbers=True)
        tags = value.split() if listed is None else list(listed)
    if not isinstance(tags, list):
        raise record.place.error(
            f"{shown(value)} is not a list of tags", column=column, hint="one tag a word"
        )
    if len(tags) != n_words:
        raise record.place.error(
            f"{len(tags)} tags for {n_words} words", column=column, hint="one tag a word"
        )
    return tuple(_label(tag, record.place, column, pad=True) for tag in tags)


#: `['Ann', 'ran']` and `['Ann' 'ran']`: lists as Python and NumPy print them.
_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
_LIST = re.compile(
    rf"\[\s*(?:{_QUOTED.pattern})(?:(?:\s*,\s*|\s+)(?:{_QUOTED.pattern}))*\s*,?\s*\]"
)
_NUMBERS = re.compile(r"\[\s*-?[0-9]+(?:[\s,]+-?[0-9]+)*\s*\]")


def list_as_text(value: str, *, numbers: bool = False) -> tuple[str, ...] | None:
    """The elements of a list that a table has as text (pandas writes it so), `None` if it is none.

    Args:
        value: What the table has.
        numbers: Whether a list of whole numbers is meant as one, too.
    """
    text = value.strip()
    if _LIST.fullmatch(text):
        try:
            return tuple(str(ast.literal_eval(item)) for item in _QUOTED.findall(text))
        except (SyntaxError, ValueError):  # A line break between quotes, say.
            return None
    if numbers and _NUMBERS.fullmatch(text):
        return tuple(re.findall(r"-?[0-9]+", text))
    return None


_NO_LABELS: dict[type, str] = {
    list: "a word or a sentence has one label; where it has several, train a program for each",
    float: "a label is a name or a whole number; for quantities, write a class for each range",
}


def _label(value: object, place: Place, column: str, *, pad: bool = False) -> str:
    """A label's name. `<pad>` marks a word that is not scored; a sentence has to be."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int):
        hint = next((hint for kind, hint in _NO_LABELS.items() if isinstance(value, kind)), None)
        raise place.error(f"{shown(value)} is not a label", column=column, hint=hint)
    name = str(value).strip()
    if not name or (name == PAD and not pad):
        raise place.error("the label is missing", column=column)
    _require_encodable(name, place, column)
    return name


def _require_encodable(text: str, place: Place, column: str) -> None:
    if not is_writable(text):
        message = "half of a surrogate pair is not a character"
        raise place.error(message, column=column, hint="repair the text")


def shown(value: object) -> str:
    """A value for messages, shortened."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def require_known_labels(train: Iterable[Example], held_out: Iterable[Example], kind: Kind) -> None:
    """Raise TpcError if held-out data have a label that the training data never have.

    A network can never answer it, so that it is a mistake in the data or in their splits.
    """
    known = {label for example in train for label in example.labels}
    for example in held_out:
        for label in example.labels:
            if label in known or label == PAD:
                continue
            what = "a tag" if kind == "tagging" else "the label"
            shown = ", ".join(sorted(known)[:10])
            raise TpcError(
                f"{example.place}: {what} here is {quoted(label)}, which no training row has",
                hint=did_you_mean(label, sorted(known)) or f"the training rows have {shown}",
            )
