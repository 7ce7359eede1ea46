"""What the options of `tpc train` ask for: data, architecture and recipe, or a mistake."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tpc.cli.common import note
from tpc.diagnostics import TpcError

if TYPE_CHECKING:
    from tpc.training.plan import ModelKind, Plan
    from tpc.training.seed_options import SeedsOptions


def is_text(task: str | None) -> bool:
    """Whether to train on text: on a corpus, or on a user's data without a task's name.

    Raises:
        TpcError: There is neither a corpus nor a generated task of that name.
    """
    from tpc.data.corpora import CORPORA
    from tpc.data.tasks import TASKS

    if task is None or task in CORPORA:
        return True
    if task not in TASKS:
        known = (*TASKS, *CORPORA)
        close = difflib.get_close_matches(task, known, n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else f"tasks: {', '.join(known)}"
        raise TpcError(f"there is no task {task!r}", hint=hint)
    return False


def refuse(options: dict[str, Any], what: str) -> None:
    """An option that would have no effect is a mistake."""
    for name in options:
        option = {"val": "val-data", "test": "test-data"}.get(name, name.replace("_", "-"))
        raise TpcError(f"--{option} is for {what}", hint="leave it out")


def generated_plan(
    task: str,
    arguments: dict[str, Any],
    architecture: dict[str, Any],
    recipe: dict[str, Any],
    model: ModelKind,
    recipe_name: str | None,
) -> Plan:
    """The plan for a generated task."""
    from tpc.data.options import refuse_fixed_vocabulary, task_arguments
    from tpc.training.options import with_recipe
    from tpc.training.plan import DEFAULT_DATASET_SIZE, STANDARD_RECIPE, make_plan
    from tpc.training.recipe import Recipe

    refuse_fixed_vocabulary(task, arguments.get("vocab_size"))
    chosen = task_arguments(task, **{"dataset_size": DEFAULT_DATASET_SIZE, **arguments})
    usual = STANDARD_RECIPE if model == "standard" else {}
    plan = make_plan(task, chosen, architecture, Recipe(**usual), model)
    return with_recipe(plan, recipe_name, recipe)


def text_plan(
    task: str | None,
    text: dict[str, Any],
    options: dict[str, Any],
    architecture: dict[str, Any],
    recipe: dict[str, Any],
    vectors: Path | None,
    model: ModelKind,
    recipe_name: str | None,
) -> Plan:
    """The plan for text; what is left out of it is said on stderr."""
    from tpc.data.corpus import Corpus
    from tpc.data.text_source import text_source
    from tpc.training.options import find_recipe
    from tpc.training.plan import make_text_plan

    source = text_source(task, text.pop("data", None), **text, options=options)
    name = find_recipe(recipe_name)
    plan = make_text_plan(source, architecture, recipe, vectors, model, name)
    assert isinstance(plan.dataset, Corpus), "text makes a corpus"
    left_out = {name: count for name, count in plan.dataset.dropped.items() if count}
    if left_out:
        counts = ", ".join(f"{count:,} of {name}" for name, count in left_out.items())
        note(f"left out, with more than {plan.dataset.max_length - 2} or too few words: {counts}")
    return plan


def seeds_options(seed: int | None, given: dict[str, Any]) -> SeedsOptions | None:
    """How to run many seeds, if there are to be many."""
    from tpc.training.seed_options import SeedsOptions, find_device, parse_seeds

    if "seeds" not in given:
        refuse(given, "many seeds: --seeds 0-9")
        return None
    if seed is not None:
        raise TpcError("--seed and --seeds exclude each other", hint="--data-seed seeds the data")
    device = find_device(given.get("device", "auto")).type
    return SeedsOptions(parse_seeds(given["seeds"]), "stop_hopeless" in given, device)
