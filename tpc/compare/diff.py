"""Two programs compared: interface, nodes, and answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from tpc.compare.answers import AnswerDiff, answer_diff
from tpc.compare.matching import matched_nodes
from tpc.compare.nodes import Change, NodeDiff, node_diffs
from tpc.compare.text import answer_lines, node_lines
from tpc.diagnostics import TpcError
from tpc.explain.tables import visible
from tpc.ir.numbers import counted
from tpc.ir.program import Program
from tpc.semantics.strings import EXHAUSTIVE_LIMIT

#: Names that are listed of those that only one program has.
_NAMES = 8


@dataclass(frozen=True)
class Diff:
    """How two programs differ.

    Attributes:
        before: The name of the first program.
        after: That of the second.
        interface: What differs of vocabulary, classes, language, length and contract.
        nodes: Every node: those of the first program in its order, then those that only the
            second has.
        answers: On how many inputs the two differ; `None` if their answers cannot be compared.
        incomparable: Why they cannot.
    """

    before: str
    after: str
    interface: tuple[Change, ...]
    nodes: tuple[NodeDiff, ...]
    answers: AnswerDiff | None
    incomparable: str = ""

    @property
    def same(self) -> bool:
        """Whether nothing differs but names."""
        return not self.interface and self.same_nodes and self.same_answers

    @property
    def same_nodes(self) -> bool:
        """Whether the two have the same nodes, whatever they are called."""
        return all(node.status in ("same", "renamed") for node in self.nodes)

    @property
    def same_answers(self) -> bool:
        """Whether the two answer every input that was tried alike, and there was one."""
        return self.answers is not None and self.answers.inputs > 0 and not self.answers.different

    def to_json(self) -> dict[str, object]:
        """Everything, as JSON values."""
        return {"same": self.same, **asdict(self)}

    def __str__(self) -> str:
        lines = []
        if self.same:
            renamed = any(node.status == "renamed" for node in self.nodes)
            lines.append("the same program, but for names" if renamed else "the same program")
        if self.answers is None:
            lines.append(f"answers: {self.incomparable}")
        else:
            lines += answer_lines(self.answers)
        lines += [f"{change.what}: {change.before} -> {change.after}" for change in self.interface]
        return "\n".join([*lines, *node_lines(self.nodes)])


def diff(
    one: Program,
    other: Program,
    *,
    limit: int = EXHAUSTIVE_LIMIT,
    samples: int = 2_000,
    seed: int = 0,
    cells: int | None = 5,
) -> Diff:
    """Compare two programs.

    Args:
        one: The first program.
        other: The second.
        limit: Languages of up to this many inputs are gone through, larger ones sampled.
        samples: How many inputs of a larger one are tried.
        seed: Of the sample.
        cells: How many cells of each table are listed, all if `None`; the counts are of all.
    """
    nodes = node_diffs(one, other, matched_nodes(one, other), cells)
    interface = tuple(_interface(one, other))
    try:
        answers = answer_diff(one, other, limit=limit, samples=samples, seed=seed)
    except TpcError as error:
        return Diff(one.name, other.name, interface, nodes, None, error.message)
    return Diff(one.name, other.name, interface, nodes, answers)


def _interface(one: Program, other: Program) -> Iterator[Change]:
    for what, before, after in (
        ("vocabulary", one.vocabulary, other.vocabulary),
        ("classes", one.classes, other.classes),
    ):
        if before != after:
            yield Change(what, _only(before, after), _only(after, before))
    for what, first, second in (
        ("longest input", str(one.max_length), str(other.max_length)),
        ("rewriting", ", ".join(one.rewrite) or "none", ", ".join(other.rewrite) or "none"),
        ("contract", one.contract.scope, other.contract.scope),
        ("inputs of the language", *_languages(one, other)),
    ):
        if first != second:
            yield Change(what, first, second)


def _only(names: Sequence[str], known: Sequence[str]) -> str:
    """How many names there are, and which of them are not known."""
    left = [visible(name) for name in names if name not in set(known)]
    if not left:
        return f"{len(names):,}"
    more = f" and {len(left) - _NAMES:,} more" if len(left) > _NAMES else ""
    return f"{len(names):,}, alone with {' '.join(left[:_NAMES])}{more}"


def _languages(one: Program, other: Program) -> tuple[str, str]:
    words = [
        program.language.mapped(dict(enumerate(program.vocabulary))) for program in (one, other)
    ]
    if words[0] == words[1]:
        return "", ""
    counts = [counted(program.language.count(program.max_length)) for program in (one, other)]
    return (counts[0], counts[1]) if counts[0] != counts[1] else (counts[0], "as many others")
