"""Files of labelled text: refused with a `TpcError`, or read, and by all readers alike.

A case is `SUFFIX KIND` on a line, then the file.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

from tests.fuzz import mutate
from tests.fuzz.target import Fault
from tpc.data.corpus import TextOptions, build_corpus
from tpc.data.examples import Columns, Example, Kind, Tokenizer, read_examples
from tpc.data.observations import observations
from tpc.data.records import CONLL_SUFFIXES, read_records
from tpc.data.text_source import text_source
from tpc.diagnostics import TpcError
from tpc.evaluation.rows import Reading, given_rows, read_pairs
from tpc.ir.parser import parse_program
from tpc.ir.program import Program
from tpc.ir.words import PAD
from tpc.runtime.formats import Input, answer_text, read_inputs

SEEDS = {
    ".jsonl tagging": '{"tokens": ["Ann", "ran"], "tags": ["B", "O"]}\n[["Bob"], ["B"]]\n',
    ".json classification": '[{"text": "It is good.", "label": 1}, {"text": "no", "label": 0}]\n',
    ".ndjson classification": '{"Sentence": "don\'t", "Label": "x"}\n{"Sentence": "b", "Label": "y"}\n',
    ".csv classification": 'text,label\n"a, ""b""\nc",x\nd e,y\n',
    ".csv tagging": "Sentence #,Word,Tag\nSentence: 1,Ann,B-P\n,ran,O\nSentence: 2,Bob,B-P\n",
    ".CSV tagging": "words,tags\n\"['Ann' 'ran']\",\"['B', 'O']\"\n\"['Bob']\",[1]\n",
    ".tsv tagging": 'said\ttags\twords\n"x\tB O\tAnn ran\ny\tO\tBob\n',
    ".tsv classification": 'text\tlabel\nAnn ran .\tx\nBob\'s "dog"\ty\n',
    ".TSV classification": "a b c\tyes\nb\tno\nc a\tyes\n",
    ".conll tagging": "-DOCSTART- -X- O\n\nAnn NNP B-P\nran VBD O\n\nBob NNP B-P\n",
    ".iob2 tagging": "New York\tB-L\n\tO\n\nis there\tO\n",
    ".conllu tagging": "# text = vámonos\n1-2\tvámonos\t_\t_\t_\t_\t_\t_\t_\t_\n"
    "1\tvamos\tir\tVERB\t_\t_\t0\troot\t_\t_\n2\tnos\tnosotros\tPRON\t_\t_\t1\tobj\t_\t_\n"
    "2.1\t_\t_\t_\t_\t_\t_\t_\t_\t_\n",
    ".pairs tagging": '[["<s>", "3", "1", "</s>"], ["<pad>", "1", "3", "<pad>"]]\n[["a"], ["x"]]\n',
    ".text classification": "It's 3 o'clock.\n\nNo (really) -- no!\u2028yes\n",
}
ROWS = [("a b", "x y"), ("c", "x")]


class Fuzzer:
    """See the module."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def seeds(self, stream: random.Random) -> Sequence[bytes]:
        return [f"{name}\n{content}".encode() for name, content in SEEDS.items()]

    def mutate(self, case: bytes, stream: random.Random) -> bytes:
        head, _, content = case.partition(b"\n")
        if stream.random() < 0.04:
            head = stream.choice(list(SEEDS)).encode()
        if stream.random() < 0.35:
            return head + b"\n" + mutate.raw(stream, content)
        others = [
            text for name, text in SEEDS.items() if name.split()[0] == head.split()[0].decode()
        ]
        text = mutate.text(stream, content.decode("utf-8", "replace"), others)
        return head + b"\n" + text.encode("utf-8", "replace")[: 1 << 20]

    def simpler(self, case: bytes) -> Iterator[bytes]:
        head, _, content = case.partition(b"\n")
        return (head + b"\n" + less for less in mutate.shorter(content))

    def check(self, case: bytes) -> str:
        head, _, content = case.partition(b"\n")
        suffix, kind = head.decode().split()
        if suffix == ".pairs":
            return _check_pairs(self._folder / "rows.jsonl", content)
        if suffix == ".text":
            return _check_text(self._folder / "rows.jsonl", content)
        path = self._folder / f"rows{suffix}"
        path.write_bytes(content)
        return check_file(path, "tagging" if kind == "tagging" else "classification")


def check_file(path: Path, kind: Kind) -> str:
    """Read a file as training does, then as `eval` and `run` do."""
    columns = Columns(kind, tokenizer="space" if kind == "tagging" else "treebank")
    examples: list[Example] | TpcError
    try:
        examples = list(read_examples(read_records(path), columns))
    except TpcError as error:
        examples = error
    _check_recognised(path)
    _check_evaluated(path, kind, examples)
    if path.suffix.lower() in CONLL_SUFFIXES:
        _check_run(path, examples)
    if isinstance(examples, TpcError):
        raise examples
    _check_corpus(kind, examples)
    return f"{path.suffix} {len(examples)} {sum(len(example.words) for example in examples)}"


def _check_recognised(path: Path) -> None:
    """A user's file of which nothing is said is refused, or read with no row lost."""
    try:
        source = text_source(None, str(path), val=path, test=path, options={})
        corpus = source.load()
    except TpcError:
        return
    assert source.recognised is not None, "it has no other task"
    asked = [name for name in source.recognised.named if name is not None]
    n_records = sum(1 for _ in read_records(path, asked if len(asked) == 2 else ()))
    if corpus.n_given != 3 * n_records:
        raise Fault("rows are lost", f"{corpus.n_given} of 3 times {n_records}")
    observations(corpus)


def _check_evaluated(path: Path, kind: Kind, examples: list[Example] | TpcError) -> None:
    """`eval` reads the rows of training, unless it takes them for pairs of its own."""
    program = text_program(kind)
    reading = Reading(tokenizer=None)
    try:
        rows = given_rows(program, str(path), None, reading)[str(path)]
    except TpcError as error:
        pairs = "pair" in (error.hint or "") or "a row is" in (error.hint or "")
        if not isinstance(examples, TpcError) and not pairs:
            raise Fault("eval refuses what training reads", error.render()) from error
        return
    if isinstance(examples, TpcError):
        return
    words = [_unframed(example.words) for example in examples]
    if kind == "tagging" and [_unframed(row) for row, _ in rows] != words:
        raise Fault("eval reads other words than training", f"{rows} for {words}")


def _unframed(words: tuple[str, ...]) -> tuple[str, ...]:
    return words[1:-1] if words[:1] == ("<s>",) and words[-1:] == ("</s>",) else words


def _check_run(path: Path, examples: list[Example] | TpcError) -> None:
    """`run --format conll` reads the rows of training, and loses no line."""
    inputs = _inputs(path, "conll", "space")
    if isinstance(inputs, TpcError):
        if not isinstance(examples, TpcError):
            raise Fault("run refuses what training reads", inputs.render())
        return
    if not isinstance(examples, TpcError):
        found = [_unframed(one.words) for one in inputs if not one.is_mark]
        expected = [_unframed(example.words) for example in examples]
        if found != expected:
            raise Fault("run reads other words than training", f"{found} for {expected}")
    given = [line for line in _lines(path) if line.strip()]
    written = []
    for one in inputs:
        lines = one.lines
        if not one.is_mark:
            lines = tuple(answer_text(one, ["LABEL"] * len(one.tokens), "conll").split("\n")[:-2])
        if len(lines) != len(one.lines) or not all(map(str.startswith, lines, one.lines)):
            raise Fault("run writes other lines than it read", f"{lines} for {one.lines}")
        written += one.lines
    if written != given:
        raise Fault("run loses lines", f"{written} for {given}")


def _lines(path: Path) -> list[str]:
    text = path.read_bytes().decode("utf-8").removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _inputs(path: Path, kind: str, tokenizer: Tokenizer) -> list[Input] | TpcError:
    with path.open("rb") as stream:
        form: Callable[..., Iterator[Input]] = read_inputs
        found = list(form(stream, "run", kind, text_program("tagging"), tokenizer))
    return next((one.error for one in found if one.error is not None), found)


def _check_corpus(kind: Kind, examples: list[Example]) -> None:
    splits = {"train": examples, "val": examples[:1], "test": examples[:1]}
    try:
        corpus = build_corpus("rows", kind, splits, TextOptions(), "space")  # type: ignore[arg-type]
    except TpcError:
        return
    known = set(corpus.vocabulary)
    if any(word not in known for words, _ in corpus.splits.train for word in words):
        raise Fault("a word of training is not in the vocabulary")
    if any(len(words) != len(tags) for words, tags in corpus.splits.train):
        raise Fault("a row has other tags than words")


def _check_pairs(path: Path, content: bytes) -> str:
    """Pairs as `eval` reads them are what training reads, and their tokens are what `run` reads."""
    path.write_bytes(content)
    try:
        rows = read_pairs(path)
    except TpcError as error:
        return f"pairs refused {error.message[:20]}"
    tokens = "".join(json.dumps(words) + "\n" for words, _ in rows)
    inputs = list(read_inputs([tokens.encode()], "run", "jsonl", text_program("tagging"), "space"))
    if [one.tokens for one in inputs] != [words for words, _ in rows] and len(rows) == 1:
        raise Fault("run reads other tokens than eval", f"{inputs} for {rows}")
    try:
        examples = list(read_examples(read_records(path), Columns("tagging")))
    except TpcError as error:
        return f"pairs {len(rows)} not for training: {error.message[:20]}"
    found = [(example.words, example.labels) for example in examples]
    expected = [(words, tuple(map(str.strip, tags))) for words, tags in rows]
    if found != expected and all(len(words) == len(tags) for words, tags in rows):
        raise Fault("training reads other pairs than eval", f"{found} for {expected}")
    return f"pairs {len(rows)}"


def _check_text(path: Path, content: bytes) -> str:
    """Sentences as `run` splits them are split alike in training, line by line."""
    path.with_suffix(".text").write_bytes(content)
    inputs = _inputs(path.with_suffix(".text"), "text", "treebank")
    if isinstance(inputs, TpcError):
        raise inputs
    lines = [one.location.source for one in inputs]
    path.write_text("".join(json.dumps({"text": line, "label": "x"}) + "\n" for line in lines))
    try:
        examples = list(read_examples(read_records(path), Columns("classification")))
    except TpcError as error:
        if PAD in content.decode("utf-8", "replace") or not lines:
            return "text with padding"
        raise Fault("training refuses a text that run reads", error.render()) from error
    for one, example in zip(inputs, examples, strict=True):
        if one.words != example.words and not one.location.source.strip().startswith("["):
            raise Fault("run splits a text otherwise", f"{one.words} for {example.words}")
    return f"text {len(lines)} {sum(len(one.words) for one in inputs)}"


@cache
def text_program(kind: Kind) -> Program:
    """A program of text, as training makes them."""
    result, label = ("classify", "label") if kind == "tagging" else ("classify.sum", "pooled")
    tokenizer = "space" if kind == "tagging" else "treebank"
    return parse_program(
        'tpir 1.0\n\ndomain @token = ["<pad>", "<unk>", "<s>", "</s>", "a"]\n'
        'domain @label = ["<pad>", "x"]\n\nmax_length 64\n'
        'language unscored "<s>", ["<unk>", "a"]{1..62}, unscored "</s>"\ncontract every_string\n\n'
        f"program @text(%tokens: cat<@token>) -> {label}<@label> {{\n"
        f"  %label = {result} {{}} : {label}<@label>\n  return %label\n}}\n\n"
        f'metadata {{"origin": {{"data": {{"tokenizer": "{tokenizer}"}}}}}}\n'
    )
