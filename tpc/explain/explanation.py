"""Why a label and not another: votes, what they come from, what forces the label, what flips it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from tpc.diagnostics import TpcError
from tpc.explain import wording
from tpc.explain.causes import Cause, Causes, Place
from tpc.explain.contributions import Contribution, contributions, runner_up
from tpc.explain.forcing import (
    Decide,
    Flips,
    ForcingSets,
    default_limit,
    question,
    single_changes,
)
from tpc.explain.solved import by_any_means
from tpc.explain.tables import WIDTH, in_words
from tpc.ir.nodes import Lookup
from tpc.ir.program import Program
from tpc.semantics.encoding import encode
from tpc.semantics.interpreter import Interpreter


@dataclass(frozen=True)
class Explanation:
    """Why a program gives a label; `str()` of it says so in words.

    The differences of `contributions` and `rounding` add up exactly to the difference of the two
    logits.

    Attributes:
        program: Its name.
        tokens: The input as the program knows it: rewritten, `<unk>` for what is unknown.
        position: Of the label; `None` for the one label of a pooled program.
        label: The raw label.
        runner_up: The class with the next largest logit; `None` if there is no other, or if the
            label is looked up in a table.
        logit: Of the label; `None` if the label is looked up.
        runner_up_logit: Of the runner-up, if there is one.
        contributions: Of all features, at all positions that are added up, in the order in which
            they are added; empty if the label is looked up.
        causes: The label's table or the features, and all that they came from, users first.
        forcing: The smallest sets of positions whose tokens force the label.
        flips: The changes of one token that change the label.
        in_language: Whether the input is in the language, and so compared with inputs of it; else
            it is compared with all strings of its length.
        scored: Whether the program's task has a label at this position.
    """

    program: str
    tokens: tuple[str, ...]
    position: int | None
    label: str
    runner_up: str | None
    logit: float | None
    runner_up_logit: float | None
    contributions: tuple[Contribution, ...]
    causes: tuple[Cause, ...]
    forcing: ForcingSets
    flips: Flips
    in_language: bool
    scored: bool

    @property
    def difference(self) -> Fraction | None:
        """Of the logits of label and runner-up, exactly; `None` without a runner-up."""
        if self.logit is None or self.runner_up_logit is None:
            return None
        return Fraction(self.logit) - Fraction(self.runner_up_logit)

    @property
    def rounding(self) -> Fraction:
        """What the logits owe to their being added up in floating-point numbers; most often 0."""
        exact = sum((item.difference for item in self.contributions), Fraction(0))
        return Fraction(0) if self.difference is None else self.difference - exact

    def to_json(self) -> dict[str, object]:
        """Everything; differences as the nearest floating-point numbers."""
        return {
            "program": self.program,
            "tokens": list(self.tokens),
            "position": self.position,
            "label": self.label,
            "runner_up": self.runner_up,
            "logit": self.logit,
            "runner_up_logit": self.runner_up_logit,
            "difference": None if self.difference is None else float(self.difference),
            "rounding": float(self.rounding),
            "contributions": [item.to_json() for item in self.contributions],
            "causes": [cause.to_json() for cause in self.causes],
            "forcing": _forcing_json(self.forcing),
            "flips": _flips_json(self.flips),
            "in_language": self.in_language,
            "scored": self.scored,
        }

    def text(self, width: int = WIDTH) -> str:
        """What `tpc explain` says: words first, tables second."""
        forced = wording.forced(self.forcing, self.flips, self.tokens, self.label)
        flips = [f"  {line}" for line in wording.flip_table(self.flips, self.tokens, width - 2)]
        parts = [
            wording.paragraph(self._answer(), width),
            [line for told in self._why() for line in wording.paragraph(told, width)],
            wording.paragraph(forced, width),
            [*wording.paragraph(wording.flipped(self.flips), width), *flips],
        ]
        if table := self._table():
            by_position = wording.position_table(self.contributions, self.tokens)
            if by_position:
                lines = (f"  {line}" for line in by_position)
                parts.append(["What each position adds to the difference:", *lines])
            parts.append(["What each variable adds to the logits:", *table])
        return "\n\n".join("\n".join(part) for part in parts)

    def _answer(self) -> str:
        """The label, the runner-up, and what is odd about the input."""
        label, at = in_words(self.label), self.position
        what = "The input" if at is None else f"Position {at} ({in_words(self.tokens[at])})"
        text = f"{what} gets the label {label}"
        if self.runner_up is not None and self.difference is not None:
            behind = f"{float(self.difference):.4g} behind" if self.difference else "level with it"
            text += f"; the runner-up is {in_words(self.runner_up)}, {behind}."
        elif self.logit is None:
            text += ", which is looked up in a table."
        else:
            text += ", the only one that the program can answer."
        if not self.in_language:
            return f"{text} The input is not in the language: it is compared with all strings."
        return text if self.scored else f"{text} The task asks for no label here."

    def _why(self) -> list[str]:
        """What speaks for the label, as lines of any length."""
        if self.difference is not None and self.runner_up is not None:
            told = wording.votes(self.contributions, self.causes, self.difference)
            return [f"Why {in_words(self.label)} rather than {in_words(self.runner_up)}:", *told]
        if self.logit is not None:
            return ["There is nothing to compare it with."]
        known = {(cause.variable, cause.position): cause for cause in self.causes}
        root = (self.causes[0].variable, self.causes[0].position)
        return [
            "Why:",
            *(f"  {'  ' * depth}{line}" for depth, line in wording.chain(root, known, set())),
        ]

    def _table(self) -> list[str]:
        if self.runner_up is None or self.logit is None or self.runner_up_logit is None:
            return []
        logits = self.logit, self.runner_up_logit
        lines = wording.contribution_table(self.contributions, self.label, self.runner_up, logits)
        return [f"  {line}" for line in lines]

    def __str__(self) -> str:
        return self.text()


def _forcing_json(forcing: ForcingSets) -> dict[str, object]:
    return {
        "sets": None if forcing.sets is None else [list(chosen) for chosen in forcing.sets],
        "necessary": list(forcing.necessary),
        "inputs": forcing.inputs,
        "limit": forcing.limit,
        "solver": forcing.solver or None,
    }


def _flips_json(flips: Flips) -> dict[str, object]:
    found = flips.flips
    return {
        "flips": None
        if found is None
        else [{"position": f.position, "token": f.token, "label": f.label} for f in found],
        "changes": flips.changes,
        "tried": flips.tried,
    }


def explain(
    interpreter: Interpreter,
    tokens: Sequence[str],
    position: int | None = None,
    *,
    limit: int | None = None,
    decide: Decide = by_any_means,
) -> Explanation:
    """Why a program gives an input, or one position of it, the label that it does.

    Args:
        interpreter: Of the program.
        tokens: Words; they are rewritten and looked up as the program says.
        position: Of the label, from 0; none for a pooled program.
        limit: How many inputs are tried at most for what forces the label, and for what flips it;
            by default `default_limit`.
        decide: What finds the forcing sets.

    Raises:
        TpcError: The program does not take the sequence, or the sequence has no such position.
    """
    program = interpreter.program
    ids = encode(program, tokens)
    _check_position(program, position, len(ids))
    found = interpreter.evaluate(ids)
    asked = question(program, ids, position, found)
    most = limit or default_limit(program, len(ids))
    flips = single_changes(asked, most)
    forcing = decide(asked, flips, most)
    rival = runner_up(program, found, asked.label, position)
    added = contributions(program, found, asked.label, rival, position)
    roots: list[Place] = [(item.variable, item.position) for item in added]
    if isinstance(program.by_name[program.result], Lookup):
        roots = [(program.result, position or 0)]
    scored = program.language.scored(asked.ids, program.max_length)
    logits = found.logits[position or 0] if found.logits else []
    return Explanation(
        program=program.name,
        tokens=tuple(program.vocabulary[index] for index in ids),
        position=position,
        label=program.classes[asked.label],
        runner_up=None if rival is None else program.classes[rival],
        logit=logits[asked.label] if logits else None,
        runner_up_logit=None if rival is None else logits[rival],
        contributions=added,
        causes=Causes(program, found).back(roots),
        forcing=forcing,
        flips=flips,
        in_language=asked.in_language,
        scored=scored is not None and (position is None or scored[position]),
    )


def _check_position(program: Program, position: int | None, length: int) -> None:
    if program.label_type.pooled:
        if position is not None:
            raise TpcError(
                f"%{program.name} has one label for the whole sequence, at no position",
                hint="leave the position out",
            )
        return
    where = f"positions count from 0, and the last of this input is {length - 1}"
    if position is None:
        raise TpcError(
            f"%{program.name} has a label at every position: say which is to be explained",
            hint=f"--position N; {where}" if length else "the input is empty",
        )
    if not 0 <= position < length:
        raise TpcError(f"the input has no position {position}", hint=where)
