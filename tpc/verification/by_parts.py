"""The comparison with a network that needs no strings: part by part, of the program or its export.

An exported program is compared part by part. Another one is compared with the network's export, and
the export part by part. `docs/proof.md` says what that proves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from tpc.ir.program import Program
from tpc.proof.cubes import Effort
from tpc.proof.portfolio import THOROUGH, Budget, compare
from tpc.proof.verdict import Proved, Refuted, Unknown, Verdict
from tpc.verification.parts.check import check_parts
from tpc.verification.parts.margins import smallest_margin
from tpc.verification.parts.part import PLURALS, Mismatch, PartsReport

if TYPE_CHECKING:
    from tpc.model.run import Run

#: Differing parts that a report lists; it says how many more there are.
_LISTED = 3

#: What a comparison of programs may spend where no proof was asked for: seconds.
_CHEAP = Budget(effort=Effort(total=0.0), computed=0)


@dataclass(frozen=True)
class ByParts:
    """What was compared part by part.

    Args:
        program: The program itself, or why it is not built as its network is exported.
        export: The network's export, where that was compared instead.
        programs: Whether export and program have the same labels on the input language.
        smallest_margin: The smallest margin of any scored label of the input language, where all
            combinations of values that decide labels could be gone through instead of strings.
    """

    program: PartsReport | str
    export: PartsReport | None = None
    programs: Verdict | None = None
    smallest_margin: float | None = None

    @property
    def compared(self) -> PartsReport | None:
        """What a proof rests on: the program itself if its parts are the network's."""
        if isinstance(self.program, str) or self.program.different:
            return self.export
        return self.program

    @property
    def different(self) -> tuple[Mismatch, ...]:
        """The program's parts that are not the network's; nothing if it has no such parts."""
        return () if isinstance(self.program, str) else self.program.different

    def verdict(self) -> Verdict:
        """Whether the program is its network, by what was compared here."""
        if self.compared is None:
            return Unknown(self._why(), "its parts are not the network's")
        found = self.compared.verdict()
        if isinstance(found, Mismatch):  # An export that is not its network: named, never proof.
            return Unknown(f"the network's export at {found}", f"{self.compared.parts:,} parts")
        if isinstance(found, Unknown) or isinstance(self.programs, Refuted | Unknown):
            return self.programs if isinstance(found, Proved) and self.programs else found
        parts = f"{self.compared.parts:,} parts"
        labels = f"(labels: {self._labels()})"
        if self.programs is not None:
            by = f"{parts} of the network's export {labels}, and against that {self.programs.by}"
            return Proved(by)
        return Proved(f"{parts} on every string {labels}")

    def lines(self) -> Iterator[str]:
        """What a report says of it, a line for each kind of part."""
        if self.different:
            yield from (f"parts: {found}" for found in self.different[:_LISTED])
            if len(self.different) > _LISTED:
                yield f"parts: {len(self.different) - _LISTED:,} more differ"
        if self.compared is not None:
            whose = "" if self.export is None else " of the network's export"
            yield from _kinds(self.compared, whose)
        if self.programs is not None:
            yield f"the program with that export: {self.programs}"

    def as_json(self) -> dict[str, Any]:
        """The verdict, what it rests on, and every part that differs or is not settled."""
        verdict, compared = self.verdict(), self.compared
        return {
            "verdict": verdict.word,
            **asdict(verdict),
            "of": "program" if self.export is None else "export",
            "groups": [asdict(group) for group in compared.groups] if compared else [],
            "margin_bound": compared.margin_bound if compared else None,
            "smallest_margin": self.smallest_margin,
            "different": [asdict(found) for found in self.different],
        }

    def _labels(self) -> str:
        assert self.compared is not None, "asked where parts were compared"
        bound = self.compared.margin_bound
        whole = self.smallest_margin is not None and self.smallest_margin > bound
        return f"{'all of its language, and ' if whole else ''}of margins over {bound:.2g}"

    def _why(self) -> str:
        return self.program if isinstance(self.program, str) else str(self.different[0])


def _kinds(report: PartsReport, whose: str) -> Iterator[str]:
    for kind, plural in PLURALS.items():
        groups = [group for group in report.groups if group.kind == kind and group.parts]
        if not groups:
            continue
        parts, different, close, left = (
            sum(numbers)
            for numbers in zip(
                *((g.parts, len(g.different), g.close, len(g.open)) for g in groups), strict=True
            )
        )
        said = [f"parts{whose}: {parts:,} {plural}", f"{different:,} differences"]
        if close:
            said.append(f"{close:,} chosen by less than binary32 rounds")
        if left:
            said.append(f"{left:,} not settled")
        yield ", ".join(said)
    yield from (f"not settled: {reason}" for reason in report.open[:_LISTED])


def compare_by_parts(program: Program, run: Run, limit: int, thorough: bool = False) -> ByParts:
    """Compare a program with its network part by part, or with what its network is exported as.

    Args:
        program: The program.
        run: Its network.
        limit: Languages of up to this many strings are gone through, which makes the comparison
            of the program with an export one that says nothing new.
        thorough: Whether that comparison may take minutes.

    Raises:
        TpcError: Program and network do not belong together.
    """
    found: PartsReport | str = "it is promised on its input language alone"
    if program.contract.scope == "every_string":
        found = check_parts(program, run)
    own = ByParts(found)
    if program.language.count(program.max_length) <= limit:
        return own
    if own.compared is not None:
        return replace(own, smallest_margin=smallest_margin(program))
    from tpc.frontends.run import export_loaded

    export = export_loaded(run)
    parts = check_parts(export, run)
    assert isinstance(parts, PartsReport), "an export is built as its network"
    budget = replace(THOROUGH if thorough else _CHEAP, strings=limit)
    programs = compare(export, program, budget)
    return ByParts(found, parts, programs, smallest_margin(export))
