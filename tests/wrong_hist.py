"""A program that is wrong on a few inputs: that of hist, had it never seen seven equal tokens."""

from __future__ import annotations

from tests.docs.blocks import ROOT
from tpc.ir.parser import parse_program
from tpc.ir.program import Program


def wrong_hist() -> Program:
    """It answers 6 where 7 is right, on 6 of the 335,922 inputs of its task."""
    text = (ROOT / "programs" / "hist" / "hist.tpir").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("seal")]
    return parse_program("\n".join(lines).replace('_ => "7"', '_ => "6"') + "\n", "wrong hist")
