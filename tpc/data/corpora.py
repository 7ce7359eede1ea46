"""The corpora of the paper: where they are on the hub, and how files of them are laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from tpc.data.corpus import TextOptions
from tpc.data.examples import Kind
from tpc.data.records import CONLL_SUFFIXES
from tpc.data.sources import HubSource, Source
from tpc.diagnostics import TpcError, did_you_mean

#: Of files whose columns have no names, where a corpus is known to have none.
NUMBERED_SUFFIXES = (*CONLL_SUFFIXES, ".tsv")
CONLL_OPTIONS = TextOptions(max_length=32, replace_numbers=True)
CLASSIFICATION_OPTIONS = TextOptions()


@dataclass(frozen=True)
class NamedCorpus:
    """A corpus that `tpc train` knows by name.

    Attributes:
        name: As on the command line and in the authors' code.
        summary: One line for `--help` and messages.
        kind: A label for every word, or one for every sentence.
        hub: The dataset on the hub. The authors' names led to scripts, which no longer load.
        hub_columns: Its columns of text and of labels.
        file_columns: The columns of its files; they are numbered.
        names: Labels of the hub to the names that the authors gave them.
        options: What the authors' scripts used.
    """

    name: str
    summary: str
    kind: Kind
    hub: HubSource
    hub_columns: tuple[str, str]
    file_columns: tuple[str, str]
    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    options: TextOptions = CLASSIFICATION_OPTIONS

    def columns_of(self, source: Source) -> tuple[str | None, str | None]:
        """The columns to read: by number in CoNLL columns and lines `label TAB text`.

        In files and datasets that name their columns the usual names are looked for.
        """
        if isinstance(source, HubSource):
            return (None, None)
        files = source.iterdir() if isinstance(source, Path) else [source["train"]]
        numbered = any(path.suffix.lower() in NUMBERED_SUFFIXES for path in files)
        return self.file_columns if numbered else (None, None)


def _conll(name: str, summary: str, hub: HubSource, tags: str, column: str) -> NamedCorpus:
    return NamedCorpus(
        name, summary, "tagging", hub, ("tokens", tags), ("1", column), options=CONLL_OPTIONS
    )


def _classes(
    name: str, summary: str, hub: str, label: str, names: Mapping[str, str] | None = None
) -> NamedCorpus:
    known = MappingProxyType(dict(names or {}))
    source = HubSource(hub)
    return NamedCorpus(name, summary, "classification", source, ("text", label), ("2", "1"), known)


_CONLL_2003 = HubSource("lhoestq/conll2003")
#: A script, but the hub keeps a converted copy of every such dataset under this revision.
_CONLL_2000 = HubSource("eriktks/conll2000", revision="refs/convert/parquet")

_REGISTERED = (
    _conll("conll_ner", "names in CoNLL-2003", _CONLL_2003, "ner_tags", "4"),
    _conll("conll_pos", "parts of speech in CoNLL-2003", _CONLL_2003, "pos_tags", "2"),
    _conll("conll_chunk", "chunks in CoNLL-2000", _CONLL_2000, "chunk_tags", "3"),
    _classes("trec", "kinds of questions", "SetFit/TREC-QC", "label_coarse_original"),
    _classes(
        "rotten_tomatoes",
        "positive and negative film reviews",
        "cornell-movie-review-data/rotten_tomatoes",
        "label",
        {"pos": "Positive", "neg": "Negative"},
    ),
    _classes(
        "subj",
        "subjective and objective sentences",
        "SetFit/subj",
        "label_text",
        {"subjective": "Subjective", "objective": "Objective"},
    ),
    _classes("ag_news", "topics of news", "fancyzhx/ag_news", "label"),
)

CORPORA = MappingProxyType({corpus.name: corpus for corpus in _REGISTERED})


def find_corpus(name: str) -> NamedCorpus:
    """The corpus of that name.

    Raises:
        TpcError: There is none; close matches are named.
    """
    corpus = CORPORA.get(name)
    if corpus is None:
        hint = did_you_mean(name, CORPORA) or f"corpora: {', '.join(CORPORA)}"
        raise TpcError(f"there is no corpus {name!r}", hint=hint)
    return corpus
