"""Data of users of which little is said: refused, or read as what was recognised says.

A case is a suffix and the options as JSON on a line, then the file.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.fuzz import mutate
from tests.fuzz.target import Fault
from tpc.data.corpus import Corpus
from tpc.data.observations import observations
from tpc.data.records import read_records
from tpc.data.text_source import TextSource, rows_digest, text_source
from tpc.diagnostics import TpcError
from tpc.training.planning import plan_training

SEEDS = {
    ".csv": (
        "id,text,n,label\n1,a b,3,x\n2,c,1,y\n3,a,1,x\n4,b b c,5,y\n5,a c,2,x\n6,c a,2,y\n",
        "word,tag\n" + "".join(f"w{n % 7},t{n % 3}\n" for n in range(30)),
        "Title,Body,Category\na b,c d e,1\nb,c,0\nc c,a b,1\na,b a,0\n",
        "text,score\n" + "".join(f"a b {n % 5},{n / 7:.3f}\n" for n in range(40)),
        "a b,x\nb c,y\nc,x\na,y\na b c,x\nb,y\n",
        "text,yes,no\na b,1,0\nb,0,1\nc a,1,0\na,0,1\n",
        "question,answer\n" + "".join(f"why {n},because {n}\n" for n in range(120)),
        "tokens,ner_tags,id\n\"['a' 'b']\",[0 1],1\n\"['c']\",[1],2\n\"['a']\",[0],3\n\"['b']\",[1],4\n",
    ),
    ".tsv": (
        "label\ttext\nx\ta b\ny\tc\nx\ta\ny\tb b\n",
        "a b\tX Y\nb\tY\na\tX\na a\tX X\n",
        "0\t1\t2\na b\tx\t1\nb\ty\t2\nc\tx\t3\na c\ty\t4\n",
    ),
    ".jsonl": (
        '{"sentence": "a b", "labels": ["x", "y"]}\n{"sentence": "b", "labels": ["y"]}\n' * 3,
        '{"text": "a b", "label": true}\n{"text": "c", "label": false}\n{"text": "d", "label": true}\n',
        '{"text": "a b", "labels": ["p", "q", "r"]}\n{"text": "c", "labels": []}\n{"text": "d", "labels": ["p"]}\n',
        '{"tokens": ["a", "b"], "pos_tags": [1, 2], "ner_tags": [0, 0], "id": "7"}\n{"tokens": ["c"], "pos_tags": [1], "ner_tags": [1], "id": "8"}\n'
        * 2,
        '[["a", "b"], ["x", "y"]]\n[["c"], ["x"]]\n[["a"], ["x"]]\n',
        '{"a": {"b": 1}, "c": null, "text": "x y"}\n{"a": {"b": 2}, "c": 1.5, "text": "z"}\n',
    ),
    ".json": ('[{"text": "a b", "y": 1}, {"text": "c", "y": 0}, {"text": "d e", "y": 1}]\n',),
    ".conll": (
        "a DT B-X\nb NN O\n\nb NN O\nc VB B-X\n\nc VB O\n\na DT B-X\n",
        "a X\nb Y\nc X\n",
    ),
}
OPTIONS: dict[str, tuple[Any, ...]] = {
    "kind": ("tagging", "classification", "x"),
    "text_column": (
        "text",
        "Text",
        "tokens",
        "0",
        "1",
        "2",
        "label",
        "Title,Body",
        "text,text",
        ",",
        "",
        "id",
        "x\u2028",
    ),
    "label_column": (
        "label",
        "LABEL",
        "labels",
        "tags",
        "ner_tags",
        "0",
        "1",
        "2",
        "3",
        "",
        "text",
        "Category",
        "n",
    ),
    "tokenizer": ("space", "treebank", "x"),
}
TEXT_OPTIONS: dict[str, tuple[Any, ...]] = {
    "vocab_size": (3, 5, 0, -1, 10**9),
    "max_length": (2, 4, 100, 0, -1, 10**9),
    "min_length": (0, 1, 3, -1),
    "do_lower": (True, False),
    "replace_numbers": (True, False),
}


#: Files that are larger are not repeated, and to no more rows than these.
MOST_REPEATED, MOST_ROWS = 1 << 13, 10_000


class Fuzzer:
    """See the module."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def seeds(self, stream: random.Random) -> Sequence[bytes]:
        return [_case(suffix, {}, text.encode()) for suffix in SEEDS for text in SEEDS[suffix]]

    def mutate(self, case: bytes, stream: random.Random) -> bytes:
        suffix, options, content = _parts(case)
        if stream.random() < 0.4:
            given = {**OPTIONS, **TEXT_OPTIONS}
            name = stream.choice(list(given))
            options = {**options, name: stream.choice(given[name])}
        if stream.random() < 0.04:
            suffix = stream.choice(list(SEEDS))
        match stream.randrange(4):
            case 0:
                return _case(suffix, options, mutate.raw(stream, content))
            case 1:
                return _case(suffix, options, _longer(stream, content))
            case _:
                text = mutate.text(stream, content.decode("utf-8", "replace"), SEEDS[suffix])
                return _case(suffix, options, text.encode("utf-8", "replace")[: 1 << 18])

    def simpler(self, case: bytes) -> Iterator[bytes]:
        suffix, options, content = _parts(case)
        yield from (
            _case(suffix, {key: options[key] for key in options if key != name}, content)
            for name in options
        )
        yield from (_case(suffix, options, less) for less in mutate.shorter(content))

    def check(self, case: bytes) -> str:
        suffix, options, content = _parts(case)
        path = self._folder / f"rows{suffix}"
        path.write_bytes(content)
        asked = {name: value for name, value in options.items() if name in OPTIONS}
        text = {name: value for name, value in options.items() if name in TEXT_OPTIONS}
        source = text_source(None, str(path), val=path, test=path, options=text, **asked)
        assert source.recognised is not None, "it has no task"
        found = source.recognised
        said = [str(found)]
        corpus = source.load()
        said += observations(corpus)
        for line in said:
            if not line.isprintable():
                raise Fault("what is said of data is not one printable line", repr(line))
        _check_rows(path, source, corpus, asked)
        _check_again(path, source, corpus, asked, text)
        return f"{suffix} {found.kind} {sorted(asked)} {_planned(path, options)}"


def _case(suffix: str, options: dict[str, Any], content: bytes) -> bytes:
    return f"{suffix} {json.dumps(options)}\n".encode() + content


def _parts(case: bytes) -> tuple[str, dict[str, Any], bytes]:
    head, _, content = case.partition(b"\n")
    suffix, _, options = head.decode().partition(" ")
    return suffix, json.loads(options), content


def _longer(stream: random.Random, content: bytes) -> bytes:
    """The file with its rows again, so that columns have few different values.

    A file is read a dozen times: of a hundred thousand rows, that takes longer than an input may.
    """
    if len(content) > MOST_REPEATED:
        return content
    first, *rest = content.splitlines(keepends=True) or [b""]
    return first + b"".join(rest) * min(stream.choice((2, 5, 30)), MOST_ROWS // (len(rest) or 1))


def _check_rows(path: Path, source: TextSource, corpus: Corpus, asked: dict[str, Any]) -> None:
    """No row is lost, and each has as many tags as words, all of them known."""
    assert source.recognised is not None, "it has no task"
    named = [name for name in source.recognised.named if name is not None]
    columns = [part for name in named for part in name.split(",")] if len(named) == 2 else []
    n_records = sum(1 for _ in read_records(path, columns))
    if corpus.n_given != 3 * n_records:
        raise Fault("rows are lost", f"{corpus.n_given} of 3 times {n_records}")
    known, classes = set(corpus.vocabulary), set(corpus.classes)
    all_known = corpus.options.vocab_size is None
    for words, tags in corpus.splits.train:
        if len(words) != len(tags):
            raise Fault("a row has other tags than words", f"{words} {tags}")
        if (all_known and not known.issuperset(words)) or not classes.issuperset(tags):
            raise Fault("a row has an unknown word or tag", f"{words} {tags}")


def _check_again(
    path: Path, source: TextSource, corpus: Corpus, asked: dict[str, Any], text: dict[str, Any]
) -> None:
    """A run reads the same again, and so does who says what was recognised."""
    digest = rows_digest(corpus)
    read = TextSource.from_json(json.loads(json.dumps(source.to_json())), "run.json")
    if rows_digest(read.load()) != digest:
        raise Fault("a run reads other rows than it was trained on")
    found = source.recognised
    assert found is not None, "it has no task"
    said = {**asked, "kind": found.kind, "text_column": found.text, "label_column": found.label}
    try:
        again = text_source(None, str(path), val=path, test=path, options=text, **said).load()
    except TpcError as error:
        raise Fault("what was recognised is refused when it is said", error.render()) from error
    if rows_digest(again) != digest:
        raise Fault("what was recognised is read otherwise when it is said", f"{said}")


def _planned(path: Path, options: dict[str, Any]) -> str:
    """Whether there would be a training. What it would be like is the default's, and may change."""
    given = {**options, "data": str(path), "val_data": path, "test_data": path}
    try:
        plan_training(None, given)
    except TpcError as error:
        return f"not trained: {error.message[:20]}"
    return "planned"
