"""From a run directory, ours or upstream's, to a program."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tpc.diagnostics import TpcError
from tpc.files import read_csv, read_text
from tpc.ir.program import Metadata, Program

if TYPE_CHECKING:
    from tpc.model.run import Run


def export_run(path: Path, vocabulary: Mapping[str, object] | None = None) -> Program:
    """Load a run directory and export its program.

    Args:
        path: The run directory.
        vocabulary: As `tpc.model.run_dir.load_run` takes it.

    Raises:
        TpcError: The directory cannot be loaded.
    """
    from tpc.model.run_dir import load_run

    return export_loaded(load_run(path, vocabulary))


def export_loaded(run: Run) -> Program:
    """The program that equals a loaded run's discretised network."""
    from tpc.frontends.network import export_network

    return export_network(run, _metadata(run))


def _metadata(run: Run) -> Metadata:
    """Where the program came from. No path: the same run gives the same bytes anywhere."""
    config = run.config
    origin: Metadata = {
        "trainer": run.origin,
        "task": run.task,
        "layers": config.n_layers,
        "heads": {"categorical": config.n_heads_cat, "numerical": config.n_heads_num},
        "mlps": {"categorical": config.n_cat_mlps, "numerical": config.n_num_mlps},
        "d_var": config.d_var,
    }
    if run.arguments is not None:
        origin["data"] = dataclasses.asdict(run.arguments)
    if run.own_task_digest is not None:
        origin["own_task"] = run.own_task_digest
    if run.text is not None:
        options = dataclasses.asdict(run.text.options)
        origin["data"] = {"kind": run.text.kind, "tokenizer": run.text.tokenizer, **options}
    accuracy = _reported_accuracy(run.path)
    return {"origin": origin, **({"accuracy": accuracy} if accuracy else {})}


def _reported_accuracy(path: Path) -> dict[str, float]:
    """Token accuracy of the discretised network by split, as its trainer reported it, if it did.

    Raises:
        TpcError: The trainer's report is there and cannot be read.
    """
    for name, read in (("run.json", _own_report), ("results.csv", _upstream_report)):
        report = path / name
        if report.is_file():
            try:
                return read(report)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise TpcError(
                    f"{report} is damaged: {error}",
                    hint="it only reports accuracies: the run imports without it",
                ) from error
    return {}


def _own_report(path: Path) -> dict[str, float]:
    scores = json.loads(read_text(path))["accuracy"]
    return {split: float(found["token_accuracy"]) for split, found in scores.items()}


def _upstream_report(path: Path) -> dict[str, float]:
    """The rows that upstream writes after training are the discretised network's."""
    rows = (row for row in read_csv(path) if row.get("sample_fn") == "argmax")
    return {row["split"]: float(row["acc"]) for row in rows}
