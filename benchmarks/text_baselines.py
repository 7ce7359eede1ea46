"""What simple counting reaches on the text corpora, on the same rows as the networks.

    python benchmarks/text_baselines.py --data FOLDER

FOLDER has the corpora as `tpc reproduce text` takes them.
Classification: multinomial naive Bayes over bags of words with add-one smoothing, as in the paper's
table 6. Tagging: every word's most frequent training tag (a unigram tagger), the most frequent tag
of all for words outside the vocabulary, as in table 2.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tpc.data.corpus import Corpus
from tpc.data.task import Row
from tpc.data.text_source import text_source
from tpc.evaluation.metrics import span_scheme, span_score
from tpc.ir.words import PAD, UNK

CORPORA = {
    "trec": "trec",
    "rotten_tomatoes": "rotten_tomatoes",
    "subj": "subj.tsv",
    "ag_news": "ag_news",
    "conll_ner": "conll2003",
    "conll_pos": "conll2003",
    "conll_chunk": "conll2000",
}


def baseline(corpus: Corpus) -> dict[str, float]:
    """`accuracy` on the test split, and `f1` for tags of spans."""
    return _naive_bayes(corpus) if corpus.pooled else _unigrams(corpus)


def _ids(corpus: Corpus, row: Row) -> list[int]:
    known = {word: index for index, word in enumerate(corpus.vocabulary)}
    return [known.get(word, known[UNK]) for word in row[0]]


def _naive_bayes(corpus: Corpus) -> dict[str, float]:
    classes = {name: index for index, name in enumerate(corpus.classes)}
    known = {word: index for index, word in enumerate(corpus.vocabulary)}

    def bags(rows: Sequence[Row]) -> tuple[list[list[int]], list[int]]:
        words = [[known.get(word, known[UNK]) for word in tokens] for tokens, _ in rows]
        return words, [classes[tags[0]] for _, tags in rows]

    counts, seen = np.ones((len(classes), len(known))), np.zeros(len(classes))
    for words, label in zip(*bags(corpus.splits.train), strict=True):
        np.add.at(counts[label], words, 1)
        seen[label] += 1
    with np.errstate(divide="ignore"):
        prior = np.log(seen)  # -inf for <pad> and <unk>, which no sentence is
    weights = np.log(counts / counts.sum(1, keepdims=True))
    words, labels = bags(corpus.splits.test)
    answers = [int(np.argmax(prior + weights[:, ids].sum(1))) for ids in words]
    return {"accuracy": float(np.mean(np.array(answers) == np.array(labels)))}


def _unigrams(corpus: Corpus) -> dict[str, float]:
    known = frozenset(corpus.vocabulary)
    of_word: dict[str, Counter[str]] = defaultdict(Counter)
    overall: Counter[str] = Counter()
    for words, tags in corpus.splits.train:
        for word, tag in zip(words, tags, strict=True):
            if tag != PAD:
                of_word[word if word in known else UNK][tag] += 1
                overall[tag] += 1
    usual = overall.most_common(1)[0][0]
    best = {word: found.most_common(1)[0][0] for word, found in of_word.items()}
    true: list[list[str]] = []
    answered: list[list[str]] = []
    for words, tags in corpus.splits.test:
        pairs = [(word, tag) for word, tag in zip(words, tags, strict=True) if tag != PAD]
        true.append([tag for _, tag in pairs])
        answered.append([best.get(word, usual) if word in known else usual for word, _ in pairs])
    right = sum(
        t == a
        for one, other in zip(true, answered, strict=True)
        for t, a in zip(one, other, strict=True)
    )
    scores = {"accuracy": right / sum(map(len, true))}
    if span_scheme(corpus.classes):
        scores["f1"] = span_score(true, answered).f1
    return scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    given = parser.parse_args()
    print("| corpus | method | test acc. | test F1 |\n|---|---|---|---|")
    for task, place in CORPORA.items():
        corpus = text_source(task, str(given.data / place), options={}).load()
        scores = baseline(corpus)
        f1 = f"{100 * scores['f1']:.1f}" if "f1" in scores else ""
        method = "naive Bayes" if corpus.pooled else "unigrams"
        print(f"| `{task}` | {method} | {100 * scores['accuracy']:.1f} | {f1} |")


if __name__ == "__main__":
    main()
