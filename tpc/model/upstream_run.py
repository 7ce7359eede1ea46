"""Loading a run directory that the authors' trainer left: `args.json` and `model.pt`."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from tpc.data.dataset import load_dataset
from tpc.data.task import TaskArguments
from tpc.data.tasks import TASKS
from tpc.data.text import sentence_language
from tpc.data.vocabulary import Vocabulary
from tpc.diagnostics import TpcError, shortened
from tpc.ir.language import Language
from tpc.ir.words import Rewrite, rewrite_steps
from tpc.model.buffers import saved_masked_classes, unused_tensors
from tpc.model.config import ModelConfig
from tpc.model.network import TransformerProgramNetwork
from tpc.model.run import Run, integer_option, read_options, readable_language
from tpc.model.upstream_options import unknown_options
from tpc.model.weights import Weights, checked_weights, read_state_dict

OPTIONS = "args.json"
WEIGHTS = "model.pt"


def load_upstream_run(
    path: Path, given: Vocabulary | None, ignored_options: Collection[str] = ()
) -> Run:
    """Load one of the authors' runs.

    Args:
        path: The run directory.
        given: A vocabulary in place of the one regenerated from the task; needed for text.
        ignored_options: Names of options that their trainer does not have, known to change
            nothing that the network computes.

    Raises:
        TpcError: As `load_run`.
    """
    options = read_options(path / OPTIONS)
    _refuse_standard(options, path)
    unknown = unknown_options(options, path / OPTIONS, ignored_options)
    task = options.get("dataset")
    if not isinstance(task, str):
        raise TpcError(f"{path / OPTIONS}: dataset does not name a task")
    tensors = read_state_dict(path / WEIGHTS)
    n_ctx = _longest_sequence(tensors, path / WEIGHTS)
    arguments = _task_arguments(options, path / OPTIONS) if task in TASKS else None
    vocabulary = given or _regenerated(task, arguments, n_ctx, path)
    source = str(path / WEIGHTS)
    config = saved_masked_classes(_config(options, vocabulary, n_ctx, path), tensors, source)
    weights = checked_weights(config, tensors, source)
    unused = tuple(unused_tensors(config, tensors, source))
    language = _language(options, task, arguments, vocabulary, n_ctx, path / OPTIONS)
    return Run(
        path=path,
        origin="upstream",
        config=config,
        task=task,
        arguments=arguments,
        vocabulary=vocabulary,
        language=readable_language(language, vocabulary, path / OPTIONS),
        rewrite=_rewrite(options, task, path / OPTIONS),
        network=TransformerProgramNetwork(config, weights),
        unused=unused,
        unknown_options=tuple(unknown),
    )


def _refuse_standard(options: dict[str, object], path: Path) -> None:
    if options.get("standard"):
        raise TpcError(
            f"{path} is a run of the standard Transformer: its attention and its MLPs mix real "
            "vectors instead of choosing discrete values, so there is no program to read from it",
            hint="train with the constrained model, that is without --standard",
        )


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


def _task_arguments(options: dict[str, object], source: Path) -> TaskArguments:
    return TaskArguments(
        vocab_size=integer_option(options, "vocab_size", source),
        dataset_size=integer_option(options, "dataset_size", source),
        min_length=integer_option(options, "min_length", source),
        max_length=integer_option(options, "max_length", source),
        seed=integer_option(options, "seed", source),
        unique=bool(integer_option(options, "unique", source)),
    )


def _regenerated(task: str, arguments: TaskArguments | None, n_ctx: int, path: Path) -> Vocabulary:
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
    return Vocabulary(dataset.vocabulary, dataset.classes)


def _config(
    options: dict[str, object], vocabulary: Vocabulary, n_ctx: int, path: Path
) -> ModelConfig:
    try:
        return ModelConfig.from_options(options, len(vocabulary.words), vocabulary.classes, n_ctx)
    except TpcError as error:
        raise TpcError(f"{path / OPTIONS}: {error.message}", hint=error.hint) from error


def _language(
    options: dict[str, object],
    task: str,
    arguments: TaskArguments | None,
    vocabulary: Vocabulary,
    n_ctx: int,
    source: Path,
) -> Language[str]:
    if arguments is not None:
        return TASKS[task].language(arguments, n_ctx)
    shortest = integer_option(options, "min_length", source)
    return sentence_language(vocabulary.words, shortest, n_ctx)


def _rewrite(options: dict[str, object], task: str, source: Path) -> tuple[Rewrite, ...]:
    """Upstream lower-cases text only, and replaces digits in the CoNLL corpora only."""
    if task in TASKS:
        return ()
    digits = bool(integer_option(options, "replace_numbers", source))
    lower = bool(integer_option(options, "do_lower", source))
    return rewrite_steps(lower=lower, digits=digits and task.startswith("conll_"))
