"""Loading a run directory that the authors' trainer left: `args.json` and `model.pt`."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

from tpc.data.corpus import sentence_language
from tpc.data.dataset import load_dataset
from tpc.data.task import TaskArguments
from tpc.data.tasks import TASKS
from tpc.diagnostics import TpcError, shortened
from tpc.ir.words import Rewrite, rewrite_steps
from tpc.model import run
from tpc.model.config import ModelConfig
from tpc.model.weights import (
    Weights,
    checked_weights,
    read_state_dict,
    refuse_huge_logits,
    saved_masked_classes,
    unused_tensors,
)

OPTIONS = "args.json"
WEIGHTS = "model.pt"

#: Every option of the authors' trainer. Those that are not read by `tpc` say how the network was
#: trained, or belong to the standard Transformer.
KNOWN = frozenset(
    (
        *("output_dir", "dataset", "vocab_size", "dataset_size", "min_length", "max_length"),
        *("seed", "do_lower", "unique", "replace_numbers", "n_vars_cat", "n_vars_num", "d_var"),
        *("n_heads_cat", "n_heads_num", "d_mlp", "n_cat_mlps", "n_num_mlps", "mlp_vars_in"),
        *("n_layers", "sample_fn", "one_hot_embed", "count_only", "selector_width"),
        *("attention_type", "rel_pos_bias", "mlp_type", "autoregressive", "glove_embeddings"),
        *("do_glove", "unembed_mask", "pool_outputs", "standard", "d_model", "d_head", "n_heads"),
        *("dropout", "lr", "max_grad_norm", "gumbel_samples", "n_epochs", "batch_size"),
        *("tau_init", "tau_end", "tau_schedule", "loss_agg", "save", "save_code", "device"),
    )
)

#: What an option that is switched off is set to.
_OFF: tuple[object, ...] = (False, 0, None, "", "none", "None", [], {})


def load_upstream_run(
    path: Path, given: run.Vocabulary | None, ignored_options: Collection[str] = ()
) -> run.Run:
    """Load one of the authors' runs.

    Args:
        path: The run directory.
        given: A vocabulary in place of the one regenerated from the task; needed for text.
        ignored_options: Names of options that their trainer does not have, known to change
            nothing that the network computes.

    Raises:
        TpcError: As `load_run`.
    """
    options = run.read_options(path / OPTIONS)
    if options.get("standard"):
        hint = "train with the constrained model, that is without --standard"
        raise run.standard_refused(path, hint)
    unknown = _unknown_options(options, path / OPTIONS, ignored_options)
    task = options.get("dataset")
    if not isinstance(task, str):
        raise TpcError(f"{path / OPTIONS}: dataset does not name a task")
    tensors = read_state_dict(path / WEIGHTS)
    n_ctx = _longest_sequence(tensors, path / WEIGHTS)
    arguments = run.saved_arguments(options, path / OPTIONS) if task in TASKS else None
    vocabulary = given or _regenerated(task, arguments, n_ctx, path)
    words, classes = vocabulary.words, vocabulary.classes
    with run.blaming(path / OPTIONS):
        config = ModelConfig.from_options(options, len(words), classes, n_ctx)
    source = str(path / WEIGHTS)
    config = saved_masked_classes(config, tensors, source)
    weights = checked_weights(config, tensors, source)
    refuse_huge_logits(config, weights, source)
    unused = tuple(unused_tensors(config, tensors, source))
    if arguments is not None:
        language = TASKS[task].language(arguments, n_ctx)
    else:
        shortest = run.integer_option(options, "min_length", path / OPTIONS)
        language = sentence_language(words, shortest, n_ctx)
    return run.Run(
        path=path,
        origin="upstream",
        config=config,
        task=task,
        arguments=arguments,
        vocabulary=vocabulary,
        language=run.readable_language(language, vocabulary, path / OPTIONS),
        rewrite=_rewrite(options, task, path / OPTIONS),
        weights=weights,
        unused=unused,
        unknown_options=tuple(unknown),
    )


def _unknown_options(options: dict[str, object], path: Path, ignored: Collection[str]) -> list[str]:
    """The names of options that the authors' trainer does not have, and that are off.

    A fork that adds an option may have changed what the network computes. While the option is off
    the network is the known one.

    Args:
        options: The contents of `args.json`.
        path: The file, for messages.
        ignored: Names of options that the user knows to change nothing.

    Raises:
        TpcError: One of them is on and not ignored.
    """
    unknown = [name for name in options if name not in KNOWN]
    on = [name for name in unknown if options[name] not in _OFF and name not in ignored]
    if on:
        shown = ", ".join(f"{name} ({json.dumps(options[name])[:40]})" for name in on)
        raise TpcError(
            f"{path} has options that the authors' trainer does not know: {shown}",
            hint="a program exported without knowing what they do may differ from the network; "
            f"if they only say how it was trained: --ignore-option {on[0]}",
        )
    return [name for name in unknown if name not in ignored]


def _longest_sequence(tensors: Weights, source: Path) -> int:
    """`n`, from the position table or from the width of a position bias, which must agree."""
    lengths: dict[str, int] = {}
    for name, tensor in tensors.items():
        if name == "pos_embed.W" and tensor.dim() == 2:
            lengths[name] = tensor.shape[0]
        elif name.endswith("rel_pos_bias.bias") and tensor.dim() == 2:
            lengths[name] = tensor.shape[1] // 2
    if not lengths:
        raise TpcError(
            f"{source} has neither pos_embed.W nor a position bias, so its longest sequence is "
            "not known",
            hint="is it the state dict of a Transformer Program network?",
        )
    first_name, n_ctx = next(iter(lengths.items()))
    for name, length in lengths.items():
        if length != n_ctx:
            raise TpcError(
                f"{source}: {first_name} is for sequences of {n_ctx} tokens, "
                f"but {name} for {length}"
            )
    return n_ctx


def _regenerated(
    task: str, arguments: TaskArguments | None, n_ctx: int, path: Path
) -> run.Vocabulary:
    """The vocabulary, which upstream does not save, from the task's training rows."""
    if arguments is None:
        raise TpcError(
            f"the vocabulary of {path}, a run on {shortened(task)}, is not known: the "
            "authors' trainer does not save it, and it cannot be generated again",
            hint='pass --vocabulary FILE.json with {"vocabulary": [...], "classes": [...]}, '
            "both in id order",
        )
    dataset = load_dataset(task, arguments)
    if dataset.max_length != n_ctx:
        raise TpcError(
            f"{path / WEIGHTS} is for sequences of {n_ctx} tokens, but the longest that "
            f"{OPTIONS} generates has {dataset.max_length}",
            hint="the options and the weights are from different runs",
        )
    return run.Vocabulary(dataset.vocabulary, dataset.classes)


def _rewrite(options: dict[str, object], task: str, source: Path) -> tuple[Rewrite, ...]:
    """Upstream lower-cases text only, and replaces digits in the CoNLL corpora only."""
    if task in TASKS:
        return ()
    digits = bool(run.integer_option(options, "replace_numbers", source))
    lower = bool(run.integer_option(options, "do_lower", source))
    return rewrite_steps(lower=lower, digits=digits and task.startswith("conll_"))
