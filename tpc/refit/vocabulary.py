"""Fewer words: those after the most common ones become unknown."""

from __future__ import annotations

from dataclasses import replace

from tpc.diagnostics import TpcError
from tpc.ir.nodes import TOKENS, Embed, Node, operands
from tpc.ir.program import Program
from tpc.ir.types import Domain
from tpc.ir.words import BOS, EOS, PAD, UNK

_KEPT = (PAD, UNK, BOS, EOS)


def with_words(program: Program, count: int) -> Program:
    """The program with the first words of its vocabulary alone, which are the most common ones.

    It answers sentences of other words as if they were `<unk>`.

    Args:
        program: A program of text, which reads words through embeddings.
        count: How many are kept, special tokens not counted.

    Raises:
        TpcError: It knows no unknown word, or reads tokens as they are.
    """
    ids = program.token_ids
    readers = [node.name for node in program.nodes if _reads_tokens(node)]
    if UNK not in ids or readers:
        what = f"%{readers[0]} reads tokens as they are" if readers else f"it has no {UNK}"
        raise TpcError(
            f"%{program.name} cannot do with fewer words: {what}",
            hint="leave --words out: it is for programs of text",
        )
    words = [word for word in program.vocabulary if word not in _KEPT][:count]
    labels = tuple(w for w in program.vocabulary if w in {*_KEPT, *words})
    kept = [ids[word] for word in labels]
    smaller = Domain(program.tokens.domain, len(labels), labels)
    nodes = tuple(
        replace(node, values=tuple(node.values[index] for index in kept))
        if isinstance(node, Embed)
        else node
        for node in program.nodes
    )
    return program.replace(
        domains=tuple(smaller if d.name == smaller.name else d for d in program.domains),
        nodes=nodes,
        language=program.language.restricted(set(kept)).mapped(
            {old: new for new, old in enumerate(kept)}
        ),
    )


def _reads_tokens(node: Node) -> bool:
    return not isinstance(node, Embed) and TOKENS in operands(node)
