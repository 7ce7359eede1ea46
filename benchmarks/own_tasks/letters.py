"""Tasks on letters and digits: comparing, counting, matching, order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from random import Random

from benchmarks.own_tasks.task import Task, Tokens


def _letters(rng: Random, alphabet: str, shortest: int, longest: int) -> Tokens:
    return rng.choices(alphabet, k=rng.randint(shortest, longest))


def _compared(token: str, other: str, names: tuple[str, str, str]) -> str:
    return names[1 + (token > other) - (token < other)]


def up_down_same(tokens: Tokens) -> list[str]:
    names = ("down", "same", "up")
    return [
        _compared(token, tokens[max(0, index - 1)], names) for index, token in enumerate(tokens)
    ]


def against_first(tokens: Tokens) -> list[str]:
    return [_compared(token, tokens[0], ("less", "equal", "more")) for token in tokens]


def more_frequent(tokens: Tokens) -> str:
    n_a, n_b = tokens.count("a"), tokens.count("b")
    return "tie" if n_a == n_b else "a" if n_a > n_b else "b"


def draw_brackets(rng: Random) -> Tokens:
    """Letters with brackets in pairs, up to three in one another; four to sixteen tokens."""
    tokens: Tokens = []
    depth, length = 0, rng.randint(4, 16)
    while len(tokens) + depth < length:
        chance = rng.random()
        if chance < 0.2 and depth < 3 and len(tokens) + depth + 2 <= length:
            tokens, depth = [*tokens, "("], depth + 1
        elif chance < 0.4 and depth:
            tokens, depth = [*tokens, ")"], depth - 1
        else:
            tokens.append(rng.choice("abcd"))
    return [*tokens, *")" * depth]


def inside_brackets(tokens: Tokens) -> list[str]:
    """Whether a pair of brackets is around a token; a bracket is not inside its own pair."""
    labels, depth = [], 0
    for token in tokens:
        depth -= token == ")"
        labels.append("in" if depth else "out")
        depth += token == "("
    return labels


def seen_before(tokens: Tokens) -> list[str]:
    return ["seen" if token in tokens[:index] else "new" for index, token in enumerate(tokens)]


def draw_ab(rng: Random) -> Tokens:
    tokens = _letters(rng, "abcd", 3, 12)
    if rng.random() < 0.5:
        start = rng.randrange(len(tokens) - 1)
        return [*tokens[:start], "a", "b", *tokens[start + 2 :]]
    # No "ab" is left, and none is made.
    return ["c" if pair == ("a", "b") else pair[0] for pair in pairwise([*tokens, ""])]


def contains_ab(tokens: Tokens) -> str:
    return "yes" if ("a", "b") in pairwise(tokens) else "no"


def draw_ends(rng: Random) -> Tokens:
    tokens = _letters(rng, "abcdef", 3, 12)
    return [*tokens[:-1], tokens[0]] if rng.random() < 0.4 else tokens


def first_is_last(tokens: Tokens) -> str:
    return "yes" if tokens[0] == tokens[-1] else "no"


def draw_runs(rng: Random) -> Tokens:
    tokens = [rng.choice("abc")]
    for _ in range(rng.randint(2, 19)):
        tokens.append(tokens[-1] if rng.random() < 0.6 else rng.choice("abc"))
    return tokens


def run_lengths(tokens: Tokens) -> list[str]:
    """How many equal tokens end here, counted to 4."""
    lengths = [1]
    for before, token in pairwise(tokens):
        lengths.append(lengths[-1] + 1 if token == before else 1)
    return [str(min(length, 4)) for length in lengths]


def draw_after_x(rng: Random) -> Tokens:
    tokens = _letters(rng, "abcdefgh", 3, 14)
    tokens.insert(rng.randrange(len(tokens)), "x")
    return tokens


def after_x(tokens: Tokens) -> str:
    return tokens[tokens.index("x") + 1]


def draw_votes(rng: Random) -> Tokens:
    tokens = _letters(rng, "abcd", 5, 15)
    if rng.random() < 0.2:
        return tokens
    least = len(tokens) // 2 - 1
    winner, times = rng.choice("abcd"), rng.randint(least, min(least + 4, len(tokens)))
    tokens[:times] = winner * times
    rng.shuffle(tokens)
    return tokens


def majority(tokens: Tokens) -> str:
    token, times = Counter(tokens).most_common(1)[0]
    return token if 2 * times > len(tokens) else "none"


def draw_count(rng: Random) -> Tokens:
    tokens = _letters(rng, "bcde", 5, 30)
    for index in rng.sample(range(len(tokens)), rng.randint(0, 5)):
        tokens[index] = "a"
    return tokens


def count_a(tokens: Tokens) -> str:
    return str(min(tokens.count("a"), 4))


def draw_sorted(rng: Random) -> Tokens:
    tokens = sorted(_letters(rng, "0123456789", 3, 8))
    if rng.random() < 0.5:
        return tokens
    if rng.random() < 0.5:
        rng.shuffle(tokens)
        return tokens
    index = rng.randrange(len(tokens) - 1)
    tokens[index : index + 2] = tokens[index + 1], tokens[index]
    return tokens


def ascending(tokens: Tokens) -> str:
    return "yes" if tokens == sorted(tokens) else "no"


def draw_switch(rng: Random) -> Tokens:
    words, weights = ("on", "off", "tick", "tock"), (1, 1, 5, 5)
    return rng.choices(words, weights, k=rng.randint(20, 60))


def switch(tokens: Tokens) -> list[str]:
    labels, state = [], "dark"
    for token in tokens:
        state = {"on": "light", "off": "dark"}.get(token, state)
        labels.append(state)
    return labels


def draw_lookup(rng: Random) -> Tokens:
    return [
        token
        for _ in range(rng.randint(3, 10))
        for token in (rng.choice("abcde"), rng.choice("123"))
    ]


def lookup(tokens: Tokens) -> list[str]:
    """At a letter, the digit after its last occurrence, or `new`; at a digit, `digit`."""
    labels, known = [], dict[str, str]()
    for token, after in pairwise([*tokens, ""]):
        labels.append("digit" if token.isdecimal() else known.get(token, "new"))
        known[token] = after
    return labels


def draw_duplicate(rng: Random) -> Tokens:
    tokens = rng.sample("abcdefghijkl", rng.randint(3, 8))
    if rng.random() < 0.5:
        one, other = rng.sample(range(len(tokens)), 2)
        tokens[one] = tokens[other]
    return tokens


def has_duplicate(tokens: Tokens) -> str:
    return "yes" if len(set(tokens)) < len(tokens) else "no"


def draw_order(rng: Random) -> Tokens:
    tokens = _letters(rng, "cdefgh", 3, 15)
    one, other = rng.sample(range(len(tokens)), 2)
    tokens[one], tokens[other] = "a", "b"
    return tokens


def which_first(tokens: Tokens) -> str:
    return "a" if tokens.index("a") < tokens.index("b") else "b"


def repeated(tokens: Tokens) -> list[str]:
    return ["new", *("again" if one == other else "new" for one, other in pairwise(tokens))]


def _drawn(alphabet: str, shortest: int, longest: int) -> Callable[[Random], Tokens]:
    return lambda rng: _letters(rng, alphabet, shortest, longest)


TASKS = (
    Task(
        "up_down_same",
        "each letter against the one before",
        _drawn("abcdef", 3, 12),
        up_down_same,
        rows=3_000,
    ),
    Task(
        "more_frequent",
        "are there more a or more b",
        _drawn("abc", 3, 15),
        more_frequent,
        form="text",
        columns=("sentence", "label"),
    ),
    Task(
        "inside_brackets",
        "tokens inside brackets, which may be nested",
        draw_brackets,
        inside_brackets,
        form="pairs",
    ),
    Task(
        "seen_before",
        "has this token occurred earlier",
        _drawn("abcdefgh", 3, 12),
        seen_before,
        columns=("words", "tags"),
    ),
    Task(
        "contains_ab",
        "is there an a with b next",
        draw_ab,
        contains_ab,
        form="csv",
        columns=("text", "label"),
    ),
    Task("first_is_last", "is the first token the last", draw_ends, first_is_last, form="pairs"),
    Task(
        "run_lengths",
        "the length of the run so far, to 4",
        draw_runs,
        run_lengths,
        rows=3_000,
        form="tsv",
        columns=("input", "output"),
    ),
    Task(
        "after_x",
        "which letter is next to x",
        draw_after_x,
        after_x,
        columns=("input", "target"),
        form="csv",
    ),
    Task(
        "majority",
        "which letter is more than half of all, if one is",
        draw_votes,
        majority,
        columns=("votes", "winner"),
        form="tsv",
    ),
    Task(
        "count_a",
        "how many a, to 4",
        draw_count,
        count_a,
        form="tsv",
        columns=("sequence", "count"),
    ),
    Task(
        "thirty_rows",
        "is a letter the same as the one before",
        _drawn("abcd", 4, 10),
        repeated,
        rows=30,
    ),
    Task(
        "ascending",
        "are the digits in order",
        draw_sorted,
        ascending,
        rows=30_000,
        form="csv",
        columns=("digits", "sorted"),
    ),
    Task(
        "switch",
        "is the light on: who was last, on or off",
        draw_switch,
        switch,
        form="conll",
        rows=1_200,
    ),
    Task(
        "lookup",
        "the digit after the last occurrence of a letter",
        draw_lookup,
        lookup,
        form="pairs",
        rows=2_500,
    ),
    Task(
        "has_duplicate",
        "does any letter occur twice",
        draw_duplicate,
        has_duplicate,
        columns=("Tokens", "Class"),
    ),
    Task(
        "which_first",
        "does a or b come first",
        draw_order,
        which_first,
        form="tsv",
        columns=("letters", "first"),
    ),
    Task(
        "against_first",
        "each digit against the first",
        _drawn("123456", 3, 12),
        against_first,
        form="csv",
        columns=("digits", "labels"),
    ),
)
