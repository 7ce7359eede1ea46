"""Between the user's words and a program's token ids, and between labels and what is shown."""

from __future__ import annotations

from collections.abc import Sequence

from tpc.diagnostics import TpcError, did_you_mean, quoted
from tpc.ir.program import Program
from tpc.ir.words import BOS, EOS, PAD, UNK, rewrite


def require_promised(program: Program, ids: Sequence[int]) -> None:
    """Check that the program's contract covers an input.

    Raises:
        TpcError: The program is promised on its input language only, and this is not in it.
    """
    if program.contract.scope == "every_string" or not ids:
        return
    if program.language.match(tuple(ids), program.max_length) is None:
        raise TpcError(
            f"%{program.name} was optimised for its input language, and this input is not in it",
            hint="`tpc inspect` shows the language; --unchecked runs it anyway, with no promise",
        )


def encode(program: Program, tokens: Sequence[str]) -> list[int]:
    """Token ids of a sequence of words.

    Raises:
        TpcError: A word is unknown to a program without `<unk>` or is `<pad>`, there are more
            words than the program takes, or there is none and the program is pooled.
    """
    if len(tokens) > program.max_length:
        raise TpcError(
            f"the sequence has {len(tokens)} tokens, and %{program.name} takes at most "
            f"{program.max_length}",
            hint="shorten it, or use a program that was trained on longer sequences",
        )
    if not tokens and program.label_type.pooled:
        raise TpcError(
            "the sequence is empty, and a pooled program needs at least one token",
            hint="leave empty sequences out",
        )
    return [token_id(program, token) for token in tokens]


def known_ids(program: Program, tokens: Sequence[str]) -> list[int] | None:
    """Token ids of a row of data, of any length; `None` if the program does not know a word."""
    ids = program.token_ids
    found = [ids.get(rewrite(token, program.rewrite), ids.get(UNK)) for token in tokens]
    known = [token for token in found if token is not None]
    return known if len(known) == len(found) else None


def token_id(program: Program, token: str) -> int:
    """The id of one word.

    Raises:
        TpcError: It is `<pad>`, or unknown to a program that has no `<unk>`.
    """
    ids = program.token_ids
    word = rewrite(token, program.rewrite)
    if word == PAD:
        raise TpcError(
            f"{PAD} stands for the absence of a token and is no input",
            hint="leave padding out: sequences may have different lengths",
        )
    if word in ids:
        return ids[word]
    if UNK in ids:
        return ids[UNK]
    known = [known for known in program.vocabulary if known != PAD]
    hint = did_you_mean(word, known) or f"it knows {' '.join(known[:20])}"
    raise TpcError(f"the program does not know the token {quoted(word)}", hint=hint)


def present(
    program: Program, tokens: Sequence[str], labels: list[str], *, raw: bool
) -> list[str] | str:
    """Labels as callers see them: the single one of a pooled program, framing tokens echoed.

    Upstream's programs answer `<s>` at a first `<s>` and `</s>` at a last `</s>`, whatever the
    network says there; `raw` keeps the network's labels.
    """
    if program.label_type.pooled:
        return labels[0]
    if raw or not tokens:
        return labels
    if tokens[0] == BOS:
        labels = [BOS, *labels[1:]]
    if tokens[-1] == EOS:
        labels = [*labels[:-1], EOS]
    return labels
