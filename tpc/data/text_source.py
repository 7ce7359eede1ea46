"""Everything that decides a corpus of text, so that a run can load the same data again."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tpc.data.corpora import CORPORA, find_corpus, load_corpus
from tpc.data.corpus import Corpus, TextOptions
from tpc.data.dataset import json_lines
from tpc.data.examples import KINDS, Columns, Kind
from tpc.data.own import load_own_corpus, task_name
from tpc.data.splits import SPLIT_NAMES
from tpc.data.tokenizing import TOKENIZERS, Tokenizer
from tpc.diagnostics import TpcError


@dataclass(frozen=True)
class TextSource:
    """A corpus of the paper or a user's data, and what is done to it.

    Attributes:
        task: The corpus's name, or one made from the name of the user's data.
        kind: A label for every word, or for every sentence.
        data: A file, a folder or a dataset of the hub; `None` for the corpus's own dataset.
        val: A file of validation rows.
        test: A file of test rows.
        text_column: The column of the text; `None` for the usual one.
        label_column: The column of the labels; `None` for the usual one.
        tokenizer: What splits text into words.
        options: Vocabulary, lengths and rewriting.
        must_split: Whether the tokenizer was asked for, so that there has to be something to
            split; not remembered.
    """

    task: str
    kind: Kind
    tokenizer: Tokenizer
    options: TextOptions
    data: str | None = None
    val: str | None = None
    test: str | None = None
    text_column: str | None = None
    label_column: str | None = None
    must_split: bool = field(default=False, compare=False)

    def load(self) -> Corpus:
        """Read the data.

        Raises:
            TpcError: They cannot be read, or a row does not fit.
        """
        val, test = (None if path is None else Path(path) for path in (self.val, self.test))
        if self.task in CORPORA:
            return load_corpus(
                self.task,
                self.data,
                self.options,
                self.tokenizer,
                text_column=self.text_column,
                label_column=self.label_column,
                val=val,
                test=test,
                must_split=self.must_split,
            )
        assert self.data is not None, "checked when it was made"
        names = (self.text_column, self.label_column)
        columns = Columns(self.kind, *names, self.tokenizer, self.must_split)
        return load_own_corpus(self.data, columns, self.options, val=val, test=test)

    def to_json(self) -> dict[str, object]:
        """Everything as JSON values; `from_json` reads it back."""
        values = dataclasses.asdict(self)
        del values["must_split"]
        return values

    @staticmethod
    def from_json(value: Mapping[str, Any], source: str) -> TextSource:
        """A source that `to_json` wrote.

        Raises:
            TpcError: A value is missing, unknown or of the wrong type.
        """
        try:
            found = TextSource(**{**value, "options": TextOptions(**value["options"])})
        except (TypeError, KeyError) as error:
            raise TpcError(f"{source} does not describe a corpus of text: {error}") from error
        if found.kind not in KINDS or found.tokenizer not in TOKENIZERS:
            raise TpcError(f"{source} describes a corpus of text that this version cannot read")
        return found


def text_source(
    task: str | None,
    data: str | None,
    *,
    kind: str | None = None,
    tokenizer: str | None = None,
    text_column: str | None = None,
    label_column: str | None = None,
    val: Path | None = None,
    test: Path | None = None,
    options: Mapping[str, Any],
) -> TextSource:
    """The source that a user asks for; files are remembered by their whole paths.

    Args:
        task: One of the paper's corpora; `None` for data of the user's own.
        data: As in `TextSource`; needed without a task.
        kind: What a label belongs to; needed without a task.
        tokenizer: By name.
        text_column: As in `TextSource`.
        label_column: As in `TextSource`.
        val: As in `TextSource`.
        test: As in `TextSource`.
        options: In place of the defaults of `TextOptions`, or of the corpus.

    Raises:
        TpcError: Something is missing, unknown or contradictory.
    """
    corpus = find_corpus(task) if task is not None else None
    if corpus is not None and kind not in (None, corpus.kind):
        raise TpcError(f"{corpus.name} is a task of {corpus.kind}, not of {kind}")
    known = corpus.kind if corpus else next((known for known in KINDS if known == kind), None)
    if known is None:
        raise TpcError(
            f"there is no kind {kind!r}" if kind else "say what a label belongs to with --kind",
            hint="tagging: one label a word; classification: one label a sentence",
        )
    if data is None and corpus is None:
        raise TpcError("name a corpus, or give data with --data PATH")
    if data is None and (val is not None or test is not None):
        raise TpcError("files for validation and test complete a file of training rows: --data")
    defaults = corpus.options if corpus else TextOptions()
    return TextSource(
        task=corpus.name if corpus else task_name(str(data)),
        kind=known,
        tokenizer=_tokenizer(tokenizer, data, in_corpus=corpus is not None, kind=known),
        options=dataclasses.replace(defaults, **options),
        data=_whole_path(data),
        val=_whole_path(val),
        test=_whole_path(test),
        text_column=text_column,
        label_column=label_column,
        must_split=tokenizer is not None,
    )


def rows_digest(corpus: Corpus) -> str:
    """`sha256:...` of all rows of all splits: whether data are still what they were."""
    found = hashlib.sha256()
    for name in SPLIT_NAMES:
        for line in json_lines(corpus.splits.named(name)):
            found.update(line.encode())
        found.update(b"\n")
    return f"sha256:{found.hexdigest()}"


def _tokenizer(name: str | None, data: str | None, *, in_corpus: bool, kind: Kind) -> Tokenizer:
    """Words with a tag each, and the files of the paper's corpora, are split at spaces."""
    if name is None:
        local = data is not None and Path(data).exists()
        return "space" if kind == "tagging" or (in_corpus and local) else "treebank"
    found = next((tokenizer for tokenizer in TOKENIZERS if tokenizer == name), None)
    if found is None:
        raise TpcError(f"there is no tokenizer {name!r}", hint=f"one of {', '.join(TOKENIZERS)}")
    return found


def _whole_path(data: str | Path | None) -> str | None:
    if data is None:
        return None
    path = Path(data)
    return str(path.resolve()) if path.exists() else str(data)
