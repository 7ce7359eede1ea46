"""A corpus of text as a network sees it: framed rows, vocabulary, classes, longest sentence.

The conventions are upstream's: sentences of `min_length <= words < max_length - 1`, the most
common training words in order of falling count (first occurrence first), `<pad>` and `<unk>` ahead
of everything; a classified sentence carries its label at position 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from tpc.data.examples import Example, Kind, Tokenizer
from tpc.data.splits import SPLIT_NAMES, SplitName, Splits
from tpc.data.task import Row, body, frame
from tpc.data.windows import windows
from tpc.diagnostics import TpcError
from tpc.ir.language import Language
from tpc.ir.words import BOS, EOS, PAD, UNK, Rewrite, rewrite, rewrite_steps

FRAMING = 2

HELD_OUT: tuple[SplitName, ...] = ("val", "test")

#: The longest framed row of a user's data, unless a length is asked for: all rows fit, up to
#: `LONGEST_ROW`. A network of text has at least as many values as positions, so that its work
#: grows with the cube of the length: two epochs on 300 rows of up to 62 words take 22 s, of up to
#: 126 words 92 s, of up to 254 words more than six minutes.
USUAL_LENGTH, LONGEST_ROW = 64, 128

LongRows = Literal["window", "leave_out"]
LONG_ROWS: tuple[LongRows, ...] = get_args(LongRows)


@dataclass(frozen=True)
class TextOptions:
    """What is done to the sentences of a corpus.

    Attributes:
        vocab_size: How many training words are kept, `<s>` and `</s>` among them; the others are
            `<unk>`. `None` keeps all, in string order.
        min_length: The fewest words of a sentence that is kept.
        max_length: More than the words of a sentence that is kept, by two: the longest framed one.
            `None`: as long as the training rows are, within limits.
        do_lower: Lower-case every word.
        replace_numbers: Write runs of digits as `@`.
        long_rows: What becomes of longer sentences whose words have a label each: rows of windows
            that overlap, or nothing. Those with one label are left out.
    """

    vocab_size: int | None = 10_000
    min_length: int = 1
    max_length: int | None = USUAL_LENGTH
    do_lower: bool = False
    replace_numbers: bool = False
    long_rows: LongRows = "leave_out"

    @property
    def rewrite(self) -> tuple[Rewrite, ...]:
        """What happens to each word before it is looked up, in training as in use."""
        return rewrite_steps(lower=self.do_lower, digits=self.replace_numbers)


@dataclass(frozen=True)
class Corpus:
    """Splits of text, and what the training split alone decides; the fields of a `Dataset`.

    Attributes:
        task: Its name.
        kind: A label for every word, or one for every sentence.
        options: As given, with a number as the maximum length.
        tokenizer: What split its text into words.
        splits: Rows of framed words and of tags; `<pad>` tags are not scored.
        dropped: How many sentences of each split are left out: those outside the length window,
            and held-out ones longer than every training row.
        cut: How many of each are rows of windows instead.
        n_given: How many sentences there were in all.
        vocabulary: Words in id order; `<pad>`, `<unk>`, then the most common words.
        classes: Labels in id order; `<pad>`, `<unk>`, then the labels in string order.
        max_length: Words of the longest training row, framing included.
        causal: Text is read in both directions unless the options say otherwise.
    """

    task: str
    kind: Kind
    options: TextOptions
    tokenizer: Tokenizer
    splits: Splits
    dropped: Mapping[SplitName, int]
    cut: Mapping[SplitName, int]
    n_given: int
    vocabulary: tuple[str, ...]
    classes: tuple[str, ...]
    max_length: int
    causal: bool = False

    @property
    def pooled(self) -> bool:
        """Whether a network of this corpus gives one label a sentence."""
        return self.kind == "classification"

    def language(self) -> Language[str]:
        """The sentences that a network trained on these rows is meant for."""
        return sentence_language(self.vocabulary, self.options.min_length, self.max_length)


def sentence_language(vocabulary: tuple[str, ...], shortest: int, max_length: int) -> Language[str]:
    """`<s>` words `</s>` over all words that are not framing or padding, `<unk>` included."""
    words = tuple(word for word in vocabulary if word not in (PAD, BOS, EOS))
    return Language(((frame(BOS), body(words, shortest, max_length - 2), frame(EOS)),))


def build_corpus(
    task: str,
    kind: Kind,
    examples: Mapping[SplitName, Sequence[Example]],
    options: TextOptions,
    tokenizer: Tokenizer,
) -> Corpus:
    """Frame, filter and rewrite the examples of the three splits, and count the words.

    Raises:
        TpcError: The options are out of range, or no training sentence is within the lengths.
    """
    options, limit = _limited(options, examples["train"])
    _check(options, limit)
    train = _rows(examples["train"], kind, options, limit)
    if not train:
        raise TpcError(
            f"none of the {len(examples['train']):,} training sentences of {task} has between "
            f"{options.min_length} and {limit - FRAMING} words",
            hint="choose other lengths; the maximum counts <s> and </s>",
        )
    longest = max(len(words) for words, _ in train)
    # Held-out rows may not have positions that no training row has.
    others = {name: _rows(examples[name], kind, options, longest) for name in HELD_OUT}
    limits = {"train": limit, **dict.fromkeys(HELD_OUT, longest)}
    short, long = Counter[SplitName](), Counter[SplitName]()
    for name in SPLIT_NAMES:
        for example in examples[name]:
            short[name] += len(example.words) < options.min_length
            long[name] += len(example.words) > limits[name] - FRAMING
    cut = long if _cuts(kind, options) else Counter[SplitName]()
    return Corpus(
        task=task,
        kind=kind,
        options=options,
        tokenizer=tokenizer,
        splits=Splits(train, **others),
        dropped={name: short[name] + long[name] - cut[name] for name in SPLIT_NAMES},
        cut={name: cut[name] for name in SPLIT_NAMES},
        n_given=sum(map(len, examples.values())),
        vocabulary=_vocabulary((words for words, _ in train), options.vocab_size),
        classes=(PAD, UNK, *sorted({tag for _, tags in train for tag in tags} - {PAD, UNK})),
        max_length=longest,
    )


def with_words(corpus: Corpus, words: Iterable[str]) -> Corpus:
    """The corpus with more words in its vocabulary, after its own.

    Words that rewriting would change are left out: no text would ever have them.
    """
    steps, known = corpus.options.rewrite, set(corpus.vocabulary)
    more = dict.fromkeys(
        word for word in words if word not in known and rewrite(word, steps) == word
    )
    return replace(corpus, vocabulary=(*corpus.vocabulary, *more))


def _limited(options: TextOptions, train: Iterable[Example]) -> tuple[TextOptions, int]:
    """The options with a maximum length, and that length."""
    limit = options.max_length
    if limit is None:
        longest = max((len(example.words) + FRAMING for example in train), default=0)
        limit = min(max(USUAL_LENGTH, longest), LONGEST_ROW)
    return replace(options, max_length=limit), limit


def _check(options: TextOptions, limit: int) -> None:
    if options.vocab_size is not None and options.vocab_size < 1:
        raise TpcError(f"the vocabulary size is {options.vocab_size}; it must be positive")
    if options.long_rows not in LONG_ROWS:
        raise TpcError(
            f"there is no way {options.long_rows!r} to treat long rows", hint="window or leave_out"
        )
    if options.min_length < 1:
        raise TpcError(
            f"the minimum length is {options.min_length}; sentences have at least 1 word"
        )
    if options.min_length + FRAMING > limit:
        raise TpcError(
            f"no sentence has at least {options.min_length} words and, framed by <s> and </s>, at "
            f"most {limit}",
            hint="the maximum length counts the framing, the minimum does not",
        )


def _cuts(kind: Kind, options: TextOptions) -> bool:
    """Whether long sentences become windows, instead of being left out."""
    return kind == "tagging" and options.long_rows == "window"


def _rows(
    examples: Iterable[Example], kind: Kind, options: TextOptions, limit: int
) -> tuple[Row, ...]:
    steps, cuts = options.rewrite, _cuts(kind, options)
    rows: list[Row] = []
    for example in examples:
        n_words = len(example.words)
        if n_words < options.min_length or (n_words > limit - FRAMING and not cuts):
            continue
        words = (BOS, *(rewrite(word, steps) for word in example.words), EOS)
        if kind == "tagging":
            rows += _windows(words, (PAD, *example.labels, PAD), limit)
        else:
            rows.append((words, (*example.labels, *[PAD] * (len(words) - 1))))
    return tuple(rows)


def _windows(words: tuple[str, ...], tags: tuple[str, ...], limit: int) -> Iterator[Row]:
    """A framed row, or its windows: in each those tags are scored that are kept of it."""
    of_words, of_tags = (windows(part, limit, framed=True) for part in (words, tags))
    for seen, right in zip(of_words, of_tags, strict=True):
        kept = (tag if i in right.kept else PAD for i, tag in enumerate(right.tokens))
        yield seen.tokens, tuple(kept)


def _vocabulary(sentences: Iterable[tuple[str, ...]], size: int | None) -> tuple[str, ...]:
    counts = Counter(word for words in sentences for word in words)
    for special in (PAD, UNK):
        del counts[special]
    if size is None:
        return (PAD, UNK, *sorted(counts))
    return (PAD, UNK, *(word for word, _ in counts.most_common(size)))
