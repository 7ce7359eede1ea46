"""`tpc export-circuit`: a program as the ground truth for other tools."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from tpc.cli import common


def export_circuit(
    program: common.ProgramArgument,
    inputs: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="JSON lines of tokens, one input a line; - is standard input."
        ),
    ] = None,
    output: common.OutputOption = common.STANDARD,
) -> None:
    """Write a program's nodes and edges as JSON, and for inputs what each value came from.

    For each input there are the value of every variable, the positions that each head attends to,
    and the causes of each value: which variable at which position, read as what. So a method that
    looks for circuits can be scored. The schema is circuit.schema.json, beside SPEC.md.
    """
    from tpc.circuit.export import circuit

    common.refuse_to_replace(output, program, inputs)
    loaded = common.read_program(program)
    given = () if inputs is None else common.sequences(loaded, inputs, "jsonl")
    found = circuit(loaded, given)
    common.write_text(output, json.dumps(found, ensure_ascii=False) + "\n")
