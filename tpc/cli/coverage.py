"""`tpc coverage`: which cases of a program do inputs exercise?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from tpc.cli import common
from tpc.diagnostics import TpcError

if TYPE_CHECKING:
    from tpc.circuit.coverage import Case, Coverage, CoveringInputs, Ids, NodeCoverage
    from tpc.ir.program import Program

#: Cases of a node that are listed; --json has more.
_CASES = 3


def coverage(
    program: common.ProgramArgument,
    inputs_file: Annotated[
        str | None,
        typer.Argument(
            metavar="INPUTS", help="JSON lines of tokens, one input a line; - is standard input."
        ),
    ] = None,
    inputs: Annotated[
        int | None,
        typer.Option(
            "--inputs",
            metavar="N",
            min=1,
            help="Write up to this many inputs that together exercise every case that can be.",
        ),
    ] = None,
    task: common.TaskOption = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="The training data of a program of text, as tpc eval reads them: a file, or the "
            "train split of a folder.",
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=0, help="Exhaust input languages of up to this many inputs.")
    ] = 2_000_000,
    samples: Annotated[int, typer.Option(min=1, help="Inputs of a sample otherwise.")] = 5_000,
    seed: Annotated[int, typer.Option(help="Of the sample.")] = 0,
    output: common.OutputOption = common.STANDARD,
    as_json: common.JsonOption = False,
) -> None:
    """Say which cases of predicates and entries of tables inputs exercise, and which they cannot.

    Without INPUTS, what the training data of the program exercise, where they can be had again,
    and which cases inputs of the language reach that no training row did. Every input of the
    language is tried where there are few enough; the report says whether that was so.
    """
    from tpc.circuit import coverage as found
    from tpc.semantics.encoding import encode

    if inputs is None and output != common.STANDARD:
        raise TpcError(
            "-o is for the inputs that --inputs writes",
            hint="add --inputs N, or send the report to a file with >",
        )
    common.refuse_to_replace(output, program, inputs_file)
    loaded = common.read_program(program)
    if inputs is not None:
        covering = found.covering_inputs(loaded, inputs, limit=limit, samples=samples, seed=seed)
        _write_covering(loaded, covering, output)
        return
    given = None
    if inputs_file is not None:
        words = common.sequences(loaded, inputs_file, "jsonl")
        given = [tuple(encode(loaded, sequence)) for sequence in words]
    training = _training(loaded, task, data)
    report = found.coverage(loaded, given, training, limit=limit, samples=samples, seed=seed)
    if as_json:
        common.print_json(report.to_json())
    else:
        _print(loaded, report)


def _training(program: Program, task: str | None, data: str | None) -> list[Ids] | None:
    """The rows of the training data that the program takes; nothing where nobody knows them."""
    from tpc.data.corpora import CORPORA
    from tpc.evaluation.rows import own_task_rows
    from tpc.runtime.sentences import origin
    from tpc.semantics.encoding import known_ids

    if data is None and task is None and origin(program).get("task") in CORPORA:
        common.note("to see what the training data exercise, say where they are with --data")
        return None
    try:
        if data is not None:
            rows = common.given_rows(program, data, "train")
        else:
            chosen = None if task is None else common.given_task(program, task)
            rows = own_task_rows(program, "train", task=chosen)["train"]
    except TpcError as error:
        if data is not None or task is not None:
            raise
        common.note(f"the training data are not known: {error.message}")
        return None
    ids = [known_ids(program, words) for words, _ in rows]
    return [tuple(row) for row in ids if row and len(row) <= program.max_length]


def _write_covering(program: Program, found: CoveringInputs, output: str) -> None:
    lines = [
        json.dumps([program.vocabulary[token] for token in ids], ensure_ascii=False)
        for ids in found.inputs
    ]
    common.write_text(output, "".join(f"{line}\n" for line in lines))
    wrote = f"{len(lines):,} {'input exercises' if len(lines) == 1 else 'inputs exercise'}"
    share = f"{found.covered:,} of {found.reachable:,} cases"
    if found.complete:
        common.note(f"{wrote} all {found.reachable:,} reachable cases")
    elif found.method == "exhaustive":
        common.note(f"{wrote} {share}: not all; more inputs are needed")
    else:
        common.note(f"{wrote} {share} that a sample of inputs reaches")


def _print(program: Program, report: Coverage) -> None:
    from tpc.ir.numbers import counted

    shown = report.nodes
    everything = report.method == "exhaustive"
    tried = "all" if everything else "a sample of"
    print(f"{program.name}: reachable on {tried} {counted(report.inputs)} inputs of the language")
    header = ["", "", "cases", "reachable"]
    columns = [("inputs", "exercised"), ("training", "trained")]
    kept = [
        (title, key) for title, key in columns if any(getattr(n, key) is not None for n in shown)
    ]
    header += [title for title, _ in kept]
    rows = [
        [node.name, node.what, counted(node.total), f"{node.reachable:,}"]
        + [f"{getattr(node, key):,}" for _, key in kept]
        for node in shown
    ]
    total = [f"{sum(getattr(n, key) for n in shown):,}" for _, key in [("", "reachable"), *kept]]
    rows.append(["in all", "", "", *total])
    common.print_table(header, rows, right=len(header) - 2, least=100)
    for title, key in (("the inputs", "unexercised"), ("the training data", "untrained")):
        for node in shown:
            cases = getattr(node, key)
            if cases:
                listed = "; ".join(map(_text, cases[:_CASES]))
                print(f"never in {title}: %{node.name} {listed}{_more(node, key)}")


def _text(case: Case) -> str:
    from tpc.explain.tables import visible

    at = ", ".join(map(visible, case.at))
    return f"{at} => {'no key' if case.outcome is None else visible(case.outcome)}"


def _more(node: NodeCoverage, key: str) -> str:
    seen = node.exercised if key == "unexercised" else node.trained
    left = node.reachable - (seen or 0) - _CASES
    return f" and {left:,} more" if left > 0 else ""
