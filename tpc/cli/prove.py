"""`tpc prove`: does a program have a property, on every input of its language?"""

from __future__ import annotations

from typing import Annotated

import typer

from tpc.cli import common
from tpc.diagnostics import TpcError


def prove(
    program: common.ProgramArgument,
    given: Annotated[
        list[str],
        typer.Option(
            "--property",
            metavar="FILE",
            help="Properties; - is standard input. Repeat it for more.",
        ),
    ],
    names: Annotated[
        list[str] | None,
        typer.Option("--name", metavar="NAME", help="Only the property of this name; repeat it."),
    ] = None,
    level: common.OptimiseOption = 0,
    limit: Annotated[
        int, typer.Option(min=0, help="Exhaust input languages of up to this many inputs.")
    ] = 2_000_000,
    samples: Annotated[int, typer.Option(min=1, help="Inputs of a sample otherwise.")] = 2_000,
    seed: Annotated[int, typer.Option(help="Of the sample.")] = 0,
    effort: Annotated[
        float,
        typer.Option(
            min=0.0,
            help="Of the solver on inputs of one length, in OR-Tools' deterministic seconds: the "
            "same question has the same answer on every machine.",
        ),
    ] = 15.0,
    require_proof: Annotated[
        bool, typer.Option("--require-proof", help="Exit status 3 if a property stays unknown.")
    ] = False,
    engine: common.EngineOption = "local",
    address: common.AddressOption = None,
    as_json: common.JsonOption = False,
) -> None:
    """Prove properties of a program, or show the smallest input on which one fails.

    A file says, for example, `property reversed: forall i: out[i] = in[length - 1 - i]`. Input
    languages that are too large to exhaust are left to a solver. Exit status 1 means that a
    property fails. What is neither proved nor refuted is unknown.
    """
    from tpc.properties.decide import Budget, decide
    from tpc.properties.parser import parse_properties
    from tpc.properties.report import decision_lines, decisions_json

    if common.STANDARD in given and program == common.STANDARD:
        raise TpcError("program and properties cannot both come from standard input")
    loaded = common.optimised(common.read_program(program), level)
    files = [parse_properties(common.input_text(path), common.input_name(path)) for path in given]
    budget = Budget(limit, samples, seed, effort)
    with common.proofs_by(engine, address):
        decisions = decide(loaded, files, names or (), budget)
    if as_json:
        common.print_json(decisions_json(decisions))
    else:
        print("\n".join(decision_lines(decisions, loaded.name)))
    words = {decision.verdict.word for decision in decisions}
    if "refuted" in words:
        raise typer.Exit(1)
    raise typer.Exit(3 if require_proof and "unknown" in words else 0)
