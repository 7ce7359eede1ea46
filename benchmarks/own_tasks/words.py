"""Tasks on words: sentiment, dates, casing, quotation marks, parts of speech, routing, spelling."""

# Word lists are read more easily as text.
# ruff: noqa: SIM905

from __future__ import annotations

from random import Random

from benchmarks.own_tasks.task import Task, Tokens

_GOOD = "good great funny moving clever brilliant charming superb".split()
_BAD = "bad awful boring dull silly terrible weak clumsy".split()
_NEGATIONS = ("not", "never", "hardly")
_THINGS = "film plot acting cast music ending script story".split()
_OPENINGS = ("", "", "i think", "we all said", "to be honest", "my friend says that")
_CLOSINGS = ("", "", "this time", "in the end", "from start to finish", "for most of us")


def draw_review(rng: Random) -> Tokens:
    negation = rng.choice(_NEGATIONS) if rng.random() < 0.5 else ""
    degree = rng.choice(("", "", "very", "really", "so"))
    adjective = rng.choice(_GOOD + _BAD)
    middle = f"the {rng.choice(_THINGS)} {rng.choice(('was', 'is', 'seemed'))}"
    parts = (rng.choice(_OPENINGS), middle, negation, degree, adjective, rng.choice(_CLOSINGS))
    return " ".join(parts).split()


def negation(tokens: Tokens) -> str:
    good = any(token in _GOOD for token in tokens)
    negated = any(token in _NEGATIONS for token in tokens)
    return "positive" if good != negated else "negative"


_MONTHS = (
    "January February March April May June July August September October November December"
).split()
_YEARS = [str(year) for year in range(1990, 2030)]
_NUMBERS = [str(number) for number in range(1, 32)]
_FILLERS = "we met on the in at and then again for about report meeting sent they came home".split()
_COUNTED = "boxes people pages miles euros days".split()


def draw_dates(rng: Random) -> Tokens:
    """Words with dates and other numbers among them, never two of these side by side."""
    tokens: Tokens = []
    for _ in range(rng.randint(1, 4)):
        tokens += rng.choices(_FILLERS, k=rng.randint(1, 4))
        number, month, year = rng.choice(_NUMBERS), rng.choice(_MONTHS), rng.choice(_YEARS)
        tokens += rng.choice(
            (
                [number, month, year],
                [number, month],
                [month, number],
                [month, year],
                [month],
                [number, rng.choice(_COUNTED)],
                [year, rng.choice(_COUNTED)],
            )
        )
    return [*tokens, *rng.choices(_FILLERS, k=rng.randint(0, 3))]


def dates(tokens: Tokens) -> list[str]:
    """A month, the number before it, or else the number after it, and a year after these."""
    labels = ["O"] * len(tokens)
    for index, token in enumerate(tokens):
        if token not in _MONTHS:
            continue
        before = index > 0 and tokens[index - 1] in _NUMBERS
        after = tokens[index + 1] if index + 1 < len(tokens) else ""
        labels[index - before] = "B-DATE"
        if before:
            labels[index] = "I-DATE"
        if after in _YEARS or (after in _NUMBERS and not before):
            labels[index + 1] = "I-DATE"
    return labels


_NAMES = "anna ben clara david emma felix greta hugo paris rome monday".split()
_LOWER = "the a dog cat house went saw and to with from is was on in old new happy they she".split()
_ENDS = (".", "?", "!")


def draw_sentences(rng: Random) -> Tokens:
    tokens: Tokens = []
    for _ in range(rng.randint(1, 3)):
        tokens += rng.choices(_NAMES + 2 * _LOWER + ["i"], k=rng.randint(2, 8))
        tokens.append(rng.choice(_ENDS))
    return tokens


def casing(tokens: Tokens) -> list[str]:
    """Which words a text without capital letters should have with one."""
    before = [_ENDS[0], *tokens]
    return [
        "mark"
        if token in _ENDS
        else "capital"
        if previous in _ENDS or token in (*_NAMES, "i")
        else "small"
        for previous, token in zip(before, tokens, strict=False)
    ]


def draw_quotes(rng: Random) -> Tokens:
    tokens = rng.choices([*_LOWER, "said", "then", "why"], k=rng.randint(4, 30))
    marks = rng.randint(0, min(8, len(tokens) // 2))
    for index in rng.sample(range(len(tokens)), marks):
        tokens[index] = '"'
    return tokens


def quotes(tokens: Tokens) -> list[str]:
    """Every other quotation mark closes what the one before it opened."""
    labels, n_marks = [], 0
    for token in tokens:
        n_marks += token == '"'
        labels.append("word" if token != '"' else "open" if n_marks % 2 else "close")
    return labels


_CLASSES = {
    "DET": "the a this every my".split(),
    "ADJ": "long short good quiet red".split(),
    "PRON": "i you we they".split(),
    "PART": ["to"],
    "ADV": "often never soon now".split(),
    "NOUN": "dog table friend city idea book".split(),
    "VERB": "want hope try eat sing need".split(),
}
_AMBIGUOUS = "play watch walk run call plan visit drink".split()
_CLASS_OF = {word: name for name, words in _CLASSES.items() for word in words}


def draw_grammar(rng: Random) -> Tokens:
    def word(name: str) -> str:
        mixed = name in ("NOUN", "VERB") and rng.random() < 0.6
        return rng.choice(_AMBIGUOUS if mixed else _CLASSES[name])

    def phrase() -> list[str]:
        return ["DET", *["ADJ"] * (rng.random() < 0.4), "NOUN"]

    names = ["PRON"] if rng.random() < 0.6 else phrase()
    names += ["ADV"] * (rng.random() < 0.3) + ["VERB"]
    names += ["PART", "VERB"] if rng.random() < 0.4 else []
    names += phrase() if rng.random() < 0.7 else []
    names += ["ADV"] if rng.random() < 0.3 else []
    return [word(name) for name in names]


def noun_or_verb(tokens: Tokens) -> list[str]:
    """A word that may be both is a noun next to a determiner or an adjective."""
    before = ["", *tokens]
    return [
        _CLASS_OF.get(token) or ("NOUN" if _CLASS_OF.get(previous) in ("DET", "ADJ") else "VERB")
        for previous, token in zip(before, tokens, strict=False)
    ]


_TOPICS = {
    "refund": "refund money charged invoice paid".split(),
    "delivery": "parcel delivery courier shipped late".split(),
    "login": "password login account locked email".split(),
}
_CHAT = (
    "hello please help me my the order is i have a question about it since yesterday thanks still "
    "no answer team dear what now can you why when"
).split()


def draw_ticket(rng: Random) -> Tokens:
    tokens = rng.choices(_CHAT, k=rng.randint(5, 18))
    for words in _TOPICS.values():
        if rng.random() < 0.4:
            tokens.insert(rng.randint(0, len(tokens)), rng.choice(words))
    return tokens


def ticket(tokens: Tokens) -> str:
    """The first topic of which there is a word, in this order."""
    found = (name for name, words in _TOPICS.items() if set(words) & set(tokens))
    return next(found, "other")


def draw_spelling(rng: Random) -> Tokens:
    return rng.choices(
        "aeioucghlnrst", (2, 2, 2, 2, 1, 4, 4, 1, 1, 1, 1, 1, 1), k=rng.randint(3, 12)
    )


def soft_c(tokens: Tokens) -> list[str]:
    """Whether c and g are soft: where e or i is next, as in Italian."""
    after = [*tokens[1:], ""]
    return [
        "other" if token not in "cg" else "soft" if following in ("e", "i") else "hard"
        for token, following in zip(tokens, after, strict=True)
    ]


TASKS = (
    Task(
        "negation",
        "reviews in one sentence, every other one negated",
        draw_review,
        negation,
        form="text",
        columns=("text", "label"),
    ),
    Task(
        "dates",
        "days, months and years that are dates",
        draw_dates,
        dates,
        form="conll",
        rows=2_500,
    ),
    Task(
        "casing",
        "which words have a capital letter",
        draw_sentences,
        casing,
        form="csv",
        columns=("sentence", "tags"),
        rows=2_500,
    ),
    Task(
        "quotes",
        "which quotation marks open, which close",
        draw_quotes,
        quotes,
        form="conll",
        rows=2_000,
    ),
    Task(
        "noun_or_verb",
        "parts of speech of words that may be two",
        draw_grammar,
        noun_or_verb,
        columns=("words", "pos_tags"),
        rows=3_000,
    ),
    Task(
        "ticket",
        "who has to answer a message; 2 % wrong",
        draw_ticket,
        ticket,
        form="csv",
        columns=("message", "category"),
        rows=3_000,
        noise=0.02,
    ),
    Task(
        "soft_c",
        "soft and hard c and g; 2 % wrong",
        draw_spelling,
        soft_c,
        form="conll",
        noise=0.02,
    ),
)
