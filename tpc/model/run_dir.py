"""Loading a run directory, one of ours or one that the authors' trainer left."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from tpc.data.vocabulary import Vocabulary
from tpc.diagnostics import TpcError
from tpc.model import own_run, upstream_run
from tpc.model.run import Run

__all__ = ["Run", "load_run"]


def load_run(
    path: Path,
    vocabulary: Mapping[str, object] | None = None,
    ignored_options: Collection[str] = (),
) -> Run:
    """Load a run directory.

    Args:
        path: A directory with `args.json` and `model.pt`, or with `config.json` and
            `model.safetensors`.
        vocabulary: The keys `vocabulary` and `classes`, in id order, in place of the run's own;
            needed for the authors' runs on text, which do not record theirs.
        ignored_options: Names of options in `args.json` that the authors' trainer does not have,
            known to change nothing that the network computes.

    Raises:
        TpcError: A file is missing or malformed, options and weights disagree, the network is an
            ordinary Transformer, or its vocabulary is not known.
    """
    if not path.is_dir():
        raise TpcError(f"there is no run directory {path}")
    given = None if vocabulary is None else Vocabulary.from_json(vocabulary, "the vocabulary")
    if (path / own_run.OPTIONS).exists():
        return own_run.load_own_run(path, given)
    if (path / upstream_run.OPTIONS).exists():
        return upstream_run.load_upstream_run(path, given, ignored_options)
    raise TpcError(
        f"{path} is not a run directory: it has neither {own_run.OPTIONS} nor "
        f"{upstream_run.OPTIONS}",
        hint="name the directory that the trainer wrote, not its parent",
    )
