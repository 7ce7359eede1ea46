"""Everything that decides a corpus of text, so that a run can load the same data again."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tpc.data.corpora import CORPORA, find_corpus
from tpc.data.corpus import Corpus, TextOptions, build_corpus
from tpc.data.dataset import Dataset, json_lines
from tpc.data.examples import KINDS, TOKENIZERS, Columns, Kind, Tokenizer, find_tokenizer
from tpc.data.recognition import Recognition, recognise
from tpc.data.sources import Source, describe, find_source, read_splits, training_records
from tpc.data.splits import SPLIT_NAMES
from tpc.data.tasks import TASKS
from tpc.diagnostics import TpcError


@dataclass(frozen=True)
class TextSource:
    """A corpus of the paper or a user's data, and what is done to it.

    Attributes:
        task: The corpus's name, or one made from the name of the user's data.
        kind: A label for every word, or for every sentence.
        data: A file of training rows, a folder with a file for each split (`train*`, `val*`,
            `test*`), or a dataset of the hub; `None` for the corpus's own dataset. Files of a
            corpus are CoNLL columns, lines `label TAB text`, or anything that names its columns.
        val: A file of validation rows; made from the training rows without it.
        test: A file of test rows, likewise.
        text_column: The column of the text; `None` for the usual one.
        label_column: The column of the labels; `None` for the usual one.
        tokenizer: What splits text into words.
        options: Vocabulary, lengths and rewriting.
        must_split: Whether the tokenizer was asked for, so that there has to be something to
            split; not remembered.
        recognised: What was found out about a user's data; not remembered.
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
    recognised: Recognition | None = field(default=None, compare=False)

    def load(self) -> Corpus:
        """Read the data.

        Raises:
            TpcError: They cannot be read, or a row does not fit.
        """
        corpus = CORPORA.get(self.task)
        usual: tuple[str | None, str | None] = (None, None)
        if corpus is not None and self.data is None:
            source: Source = corpus.hub
            usual = corpus.hub_columns
        else:
            assert self.data is not None, "checked when it was made"
            files = (None if path is None else Path(path) for path in (self.val, self.test))
            source = find_source(self.data, *files)
            usual = corpus.columns_of(source) if corpus else usual
        kind = corpus.kind if corpus else self.kind
        given = (self.text_column or usual[0], self.label_column or usual[1])
        columns = Columns(kind, *given, self.tokenizer, self.must_split)
        names = corpus.names if corpus else None
        # The paper's corpora are what they are; in a user's data a foreign label is a mistake.
        examples = read_splits(source, columns, names=names, same_labels=corpus is None)
        return build_corpus(self.task, kind, examples, self.options, self.tokenizer)

    def to_json(self) -> dict[str, object]:
        """Everything as JSON values; `from_json` reads it back."""
        values = dataclasses.asdict(self)
        del values["must_split"], values["recognised"]
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
        named = isinstance(found.task, str) and found.task.isidentifier()
        if not named or found.kind not in KINDS or found.tokenizer not in TOKENIZERS:
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
        kind: What a label belongs to; without it, as a user's data look.
        tokenizer: By name.
        text_column: As in `TextSource`.
        label_column: As in `TextSource`.
        val: As in `TextSource`.
        test: As in `TextSource`.
        options: In place of the defaults of `TextOptions`, or of the corpus. Without a maximum
            length, a user's rows decide it: those of the corpus once it is loaded.

    Raises:
        TpcError: Something is missing, unknown or contradictory.
    """
    corpus = find_corpus(task) if task is not None else None
    if corpus is not None and kind not in (None, corpus.kind):
        raise TpcError(f"{corpus.name} is a task of {corpus.kind}, not of {kind}")
    asked = next((known for known in KINDS if known == kind), None)
    if asked is None and kind is not None:
        raise TpcError(
            f"there is no kind {kind!r}",
            hint="tagging: one label a word; classification: one label a sentence",
        )
    if data is None and corpus is None:
        raise TpcError("name a corpus, or give data with --data PATH")
    if data is None and (val is not None or test is not None):
        raise TpcError("files for validation and test complete a file of training rows: --data")
    found: Recognition | None = None
    if corpus is None:
        source = find_source(str(data), val, test)
        read = partial(training_records, source)
        found = recognise(read, describe(source), asked, text_column, label_column)
        text_column, label_column = found.named
    known = found.kind if found else find_corpus(str(task)).kind
    if options.get("long_rows") == "window" and known == "classification":
        raise TpcError(
            "--long-rows changes nothing: a label of a whole sentence says nothing of its windows",
            hint="--max-length takes longer sentences in",
        )
    defaults = corpus.options if corpus else TextOptions(max_length=None, long_rows="window")
    # Words with a tag each, and the files of the paper's corpora.
    of_corpus = corpus is not None and data is not None and Path(data).exists()
    split_already = known == "tagging" or of_corpus
    return TextSource(
        task=corpus.name if corpus else task_name(str(data)),
        kind=known,
        tokenizer=find_tokenizer(tokenizer, "space" if split_already else "treebank"),
        options=dataclasses.replace(defaults, **options),
        data=_whole_path(data),
        val=_whole_path(val),
        test=_whole_path(test),
        text_column=text_column,
        label_column=label_column,
        must_split=tokenizer is not None,
        recognised=found,
    )


def task_name(data: str) -> str:
    """A name for programs of this data, made of the file's or dataset's own name.

    It is never that of a corpus or of a task that `tpc` knows: those are read otherwise.
    """
    path = Path(data)
    name = path.stem if path.is_file() else path.name
    if name.lower().startswith("train") and path.is_file():
        # `reviews/train.jsonl` is about reviews.
        name = path.resolve().parent.name
    identifier = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower()
    taken = identifier in CORPORA or identifier in TASKS
    usable = re.match(r"[a-z_]", identifier) and not taken
    return identifier if usable else f"data_{identifier}"


def rows_digest(corpus: Corpus | Dataset) -> str:
    """`sha256:...` of all rows of all splits: whether data are still what they were."""
    found = hashlib.sha256()
    for name in SPLIT_NAMES:
        for line in json_lines(corpus.splits.named(name)):
            found.update(line.encode())
        found.update(b"\n")
    return f"sha256:{found.hexdigest()}"


def _whole_path(data: str | Path | None) -> str | None:
    if data is None:
        return None
    path = Path(data)
    return str(path.resolve()) if path.exists() else str(data)
