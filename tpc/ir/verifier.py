"""What makes a program well formed. Run after parsing and after every pass.

The rules are those of `ir_specs/SPEC.md`, section "Well-formed programs". Those about single nodes
are in `tpc.ir.builder`: a program is checked by building it again.
"""

from __future__ import annotations

from tpc.diagnostics import quoted
from tpc.ir.builder import IDENTIFIER, Builder, Locate
from tpc.ir.language import Slot
from tpc.ir.nodes import TOKENS
from tpc.ir.program import Program
from tpc.ir.types import Label
from tpc.ir.words import PAD

#: The limits of section 7: within them everything ends in bounded time and memory.
MAX_LENGTH, MAX_NODES, MAX_DOMAIN, MAX_SHAPES = 4_096, 5_000, 1_000_000, 20_000

#: Pairs of shapes of one length that are compared for overlap; beyond it the check would be slow.
_MAX_SHAPES = 2_000


def verify(program: Program, locate: Locate = lambda _: None) -> None:
    """Check every rule of a well-formed program.

    Args:
        program: The program.
        locate: Where the definition of a variable (or `@domain`) stands, for messages.

    Raises:
        TpcError: A rule is broken.
    """
    builder = Builder(program.domains, program.tokens, program.max_length, locate)
    _header(program, builder)
    for node in program.nodes:
        builder.add(node)
    result = builder.by_name.get(program.result)
    if result is None or not isinstance(result.type, Label):
        builder.fail(program.result, f"the program returns %{program.result}, which is not a label")
    _language(program, builder)


def _header(program: Program, builder: Builder) -> None:
    if len(program.domain_by_name) != len(program.domains):
        builder.fail("", "two domains have the same name")
    for domain in program.domains:
        if not IDENTIFIER.fullmatch(domain.name) or domain.size < 1:
            builder.fail(f"@{domain.name}", f"@{domain.name} is not a valid domain")
        if domain.size > MAX_DOMAIN:
            builder.fail(f"@{domain.name}", f"@{domain.name} has more than {MAX_DOMAIN:,} values")
        labels = domain.labels
        if labels is not None and len(set(labels)) != domain.size:
            builder.fail(f"@{domain.name}", f"@{domain.name} lists a value twice")
    if not IDENTIFIER.fullmatch(program.name):
        builder.fail("", f"{quoted(program.name)} is not a valid name for a program")
    if not 1 <= program.max_length <= MAX_LENGTH:
        builder.fail("", f"max_length is at least 1 and at most {MAX_LENGTH:,}")
    if len(program.nodes) > MAX_NODES:
        builder.fail("", f"there are {len(program.nodes):,} definitions, more than {MAX_NODES:,}")
    builder.require_names(TOKENS, program.tokens.domain, "the tokens")


def _language(program: Program, builder: Builder) -> None:
    language, vocabulary = program.language, program.vocabulary
    size = len(vocabulary)
    pad = program.token_ids.get(PAD)
    if not language.alternatives:
        builder.fail("", "the language has no pattern")
    for group in (group for pattern in language.alternatives for group in pattern):
        if not group.slots or not 0 <= group.least <= group.most:
            builder.fail("", "a group of the language is empty or has no number of repetitions")
        for slot in group.slots:
            ascending = slot.tokens == tuple(sorted(set(slot.tokens)))
            if not slot.tokens or not ascending or not 0 <= slot.tokens[0] <= size - 1:
                builder.fail("", "a slot of the language is not a set of tokens")
            if slot.tokens[-1] >= size or pad in slot.tokens:
                builder.fail("", "a slot of the language has a token that no input has")
    _unambiguous(program, builder)


def _unambiguous(program: Program, builder: Builder) -> None:
    shapes_there_are = program.language.shape_count(program.max_length)
    if shapes_there_are > MAX_SHAPES:
        builder.fail(
            "", f"the language has {shapes_there_are:,} shapes of string, more than {MAX_SHAPES:,}"
        )
    by_length: dict[int, list[tuple[Slot[int], ...]]] = {}
    for shape in program.language.shapes(program.max_length):
        by_length.setdefault(len(shape), []).append(shape)
    if not by_length:
        builder.fail("", f"the language has no string of at most {program.max_length} tokens")
    for shapes in by_length.values():
        for index, shape in enumerate(shapes[:_MAX_SHAPES]):
            if any(_overlap(shape, other) for other in shapes[:index]):
                builder.fail("", "two patterns of the language give the same string")


def _overlap(one: tuple[Slot[int], ...], other: tuple[Slot[int], ...]) -> bool:
    return all(not a.members.isdisjoint(b.members) for a, b in zip(one, other, strict=True))
