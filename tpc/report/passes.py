"""What each pass of a pipeline did, for those that did something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from tpc.evaluation.sizes import Size, program_size
from tpc.ir.program import Program
from tpc.passes.base import Statistic
from tpc.passes.pipelines import optimise


@dataclass(frozen=True)
class PassStep:
    """A pass that changed the program.

    Args:
        name: Of the pass.
        before: The size of the program that it was given.
        after: The size of what it made of it.
        done: What it counted, in words.
    """

    name: str
    before: Size
    after: Size
    done: str

    def to_json(self) -> dict[str, object]:
        """Sizes as pairs, before and after."""
        before, after = asdict(self.before), asdict(self.after)
        pairs = {name: [before[name], after[name]] for name in before}
        return {"name": self.name, "done": self.done, **pairs}


def optimised_in_steps(program: Program, level: int) -> tuple[Program, tuple[PassStep, ...]]:
    """The program after the passes of `-O<level>`, and what each of them changed."""
    sizes = [program_size(program)]
    found = optimise(
        program, level, on_program=lambda _, __, after: sizes.append(program_size(after))
    )
    steps = tuple(
        PassStep(record.name, before, after, _words(record.result.statistics))
        for record, before, after in zip(found.records, sizes, sizes[1:], strict=False)
        if record.result.changed
    )
    return found.program, steps


def _words(statistics: Mapping[str, Statistic]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in statistics.items())
