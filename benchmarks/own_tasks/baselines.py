"""What a decision tree and naive Bayes reach on the rows of a task (scikit-learn).

For a token they are shown the tokens at its side and itself, its position from both ends, and how
often each token occurs; for a sentence, its first and last three tokens, its length, how often each
token occurs, and where each occurs first. Naive Bayes takes the same as counts, but for positions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from benchmarks.own_tasks.task import Row, Tokens

Features = dict[str, float]


def accuracies(train: list[Row], test: list[Row]) -> dict[str, float]:
    """The share of right labels on the test rows, by method.

    Raises:
        ImportError: scikit-learn is not installed.
    """
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.tree import DecisionTreeClassifier

    methods: dict[str, tuple[Any, bool]] = {
        "tree": (DecisionTreeClassifier(random_state=0), True),
        "bayes": (MultinomialNB(), False),
    }
    found = {}
    for name, (method, positions) in methods.items():
        vectorizer = DictVectorizer()
        rows, labels = _features(train, positions)
        method.fit(vectorizer.fit_transform(rows), labels)
        rows, labels = _features(test, positions)
        found[name] = float(method.score(vectorizer.transform(rows), labels))
    return found


def _features(rows: list[Row], positions: bool) -> tuple[list[Features], list[str]]:
    features: list[Features] = []
    labels: list[str] = []
    for row in rows:
        labels += row.labels
        if isinstance(row.label, str):
            features.append(_of_sentence(row.tokens, positions))
        else:
            features += _of_tokens(row.tokens, positions)
    return features, labels


def _of_sentence(tokens: Tokens, positions: bool) -> Features:
    found = _counts(tokens)
    if positions:
        found["length"] = len(tokens)
        for token in set(tokens):
            found[f"first {token}"] = 1 + tokens.index(token)
    for index, token in enumerate(tokens[:3]):
        found[f"token {index}: {token}"] = 1
    for index, token in enumerate(reversed(tokens[-3:])):
        found[f"token -{index}: {token}"] = 1
    return found


def _of_tokens(tokens: Tokens, positions: bool) -> Iterator[Features]:
    counts = _counts(tokens)
    framed = ["", *tokens, ""]
    for index in range(len(tokens)):
        window = framed[index : index + 3]
        found = counts | {f"side {side}: {token}": 1 for side, token in enumerate(window)}
        if positions:
            found |= {"position": index, "from the end": len(tokens) - index}
        yield found


def _counts(tokens: Tokens) -> Features:
    return {f"count {token}": float(count) for token, count in Counter(tokens).items()}
