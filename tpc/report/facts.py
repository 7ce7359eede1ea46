"""What is known of a program: where it came from, what was proved, how accurate it is."""

from __future__ import annotations

from collections.abc import Iterator

from tpc.evaluation.sizes import program_size
from tpc.ir.printer import digest
from tpc.ir.program import Program
from tpc.lowering import about, lower


def headline(program: Program) -> str:
    """One sentence: what it promises."""
    return about.promise(lower(program))


def facts(program: Program) -> list[tuple[str, str]]:
    """Names and values, in the order in which they are read."""
    return list(_facts(program))


def _facts(program: Program) -> Iterator[tuple[str, str]]:
    metadata, found, size = program.metadata, lower(program), program_size(program)
    if about.origin(found):
        yield "origin", about.origin(found)
    yield "promise", about.promise(found)
    optimised = metadata.get("optimised")
    if isinstance(optimised, dict) and "proof" in optimised:
        yield "proof", _proof(optimised)
    accuracy = metadata.get("accuracy")
    if isinstance(accuracy, dict):
        yield "accuracy", ", ".join(f"{k} {_percent(v)}" for k, v in accuracy.items())
    strings = program.language.count(program.max_length)
    # More digits than these are nobody's to count, and more than Python writes at once.
    shown = f"{strings:,}" if strings < 10**12 else f"about 2^{strings.bit_length() - 1}"
    yield "inputs of its language", shown
    yield (
        "size",
        f"{size.nodes:,} nodes, {size.features:,} rows of weights, "
        + (f"{size.table_entries:,} table entries"),
    )
    yield (
        "interface",
        f"{len(program.vocabulary):,} tokens, {len(program.classes):,} classes, "
        + (f"at most {program.max_length:,} tokens an input"),
    )
    yield "digest", digest(program)


def _proof(optimised: dict[str, object]) -> str:
    counts = [f"{optimised[k]:,} {k}" for k in ("strings", "labels") if k in optimised]
    return f"{optimised['proof']}{' (' + ', '.join(counts) + ')' if counts else ''}"


def _percent(value: object) -> str:
    return f"{100 * value:.4g} %" if isinstance(value, int | float) else str(value)
