"""What each pass of a pipeline did, for those that did something: sizes, nodes, and its proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from tpc.evaluation.sizes import Size, program_size
from tpc.ir.nodes import Node, Select
from tpc.ir.numbers import counted
from tpc.ir.program import Program
from tpc.passes.base import Exactness
from tpc.passes.pipelines import OptimisationResult, optimise
from tpc.passes.registry import find_pass
from tpc.proof.equality import compare_on_language

#: What a pass promises of the answers.
_PROMISES: dict[Exactness, str] = {
    "every_string": "every label on every string over the vocabulary is kept",
    "language": "every scored label on the input language is kept",
    "data": "labels were kept as far as measured on data",
}


@dataclass(frozen=True)
class PassStep:
    """A pass that changed the program.

    Args:
        name: Of the pass.
        summary: What it is for.
        before: The size of the program that it was given.
        after: The size of what it made of it.
        done: What it counted, in words.
        lost: Nodes that are there no more; one that was renamed is lost and gained.
        gained: Nodes that are new.
        changed: Nodes that compute otherwise, or read other variables.
        promise: What it keeps, by its own proof.
        checked: What was compared besides; empty if nothing was.
    """

    name: str
    summary: str
    before: Size
    after: Size
    done: str
    lost: tuple[str, ...]
    gained: tuple[str, ...]
    changed: tuple[str, ...]
    promise: str
    checked: str = ""

    def to_json(self) -> dict[str, object]:
        """Sizes as pairs, before and after; the rest as it is."""
        before, after = asdict(self.before), asdict(self.after)
        pairs = {name: [before[name], after[name]] for name in before}
        texts = {"name": self.name, "summary": self.summary, "done": self.done}
        touched = {name: list(getattr(self, name)) for name in ("lost", "gained", "changed")}
        return {**texts, **pairs, **touched, "promise": self.promise, "checked": self.checked}


def optimised_in_steps(
    program: Program, level: int, *, check: bool = False
) -> tuple[Program, tuple[PassStep, ...]]:
    """The program after the passes of `-O<level>`, and what each of them changed.

    Args:
        program: A verified program.
        level: As `-O`.
        check: Compare answers before and after each of them, too.
    """
    programs: list[Program] = []
    found = optimise(program, level, on_program=lambda _, __, after: programs.append(after))
    return found.program, pass_steps(program, found, programs, check=check)


def pass_steps(
    program: Program, result: OptimisationResult, programs: Sequence[Program], *, check: bool
) -> tuple[PassStep, ...]:
    """What the passes of a pipeline that has run changed.

    Args:
        program: What it was given.
        result: What it gave.
        programs: The program after each pass.
        check: Compare answers before and after each of them, too.
    """
    steps = []
    for record, before, after in zip(result.records, [program, *programs], programs, strict=False):
        if record.result.changed:
            step = _step(record.name, record.result.counted, before, after)
            steps.append(replace(step, checked=_checked(before, after)) if check else step)
    return tuple(steps)


def _step(name: str, done: str, before: Program, after: Program) -> PassStep:
    kind = find_pass(name)
    sizes = program_size(before), program_size(after)
    lost = tuple(node.name for node in before.nodes if node.name not in after.by_name)
    gained = tuple(node.name for node in after.nodes if node.name not in before.by_name)
    changed = tuple(
        node.name
        for node in after.nodes
        if node.name in before.by_name and _bare(node) != _bare(before.by_name[node.name])
    )
    promise = _PROMISES[kind.exactness]
    return PassStep(name, kind.summary, *sizes, done, lost, gained, changed, promise)


def _bare(node: Node) -> Node:
    """A node without its provenance, which is no part of what it computes."""
    return node if isinstance(node, Select) else replace(node, origin=())


def _checked(before: Program, after: Program) -> str:
    found = compare_on_language(before, after)
    everything = found.strings == before.language.count(before.max_length)
    tried = f"{'all' if everything else 'a sample of'} {counted(found.strings)} inputs"
    return f"{tried}, {found.positions:,} labels, {'0 differences' if found.equal else 'DIFFERENT'}"
