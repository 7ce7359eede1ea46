"""Run directories: loading ours and those of the authors' trainer, and the files of ours."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType

from tpc.data.corpus import sentence_language
from tpc.data.task import TaskArguments, TaskSource
from tpc.data.tasks import find_task
from tpc.data.text_source import TextSource
from tpc.diagnostics import TpcError, quoted, shortened
from tpc.files import write_atomic
from tpc.ir.language import Language, read_language
from tpc.model import run, upstream_run
from tpc.model.config import ModelConfig
from tpc.model.standard import TYPE as STANDARD
from tpc.model.standard import StandardConfig
from tpc.model.weights import checked_weights, read_weights

OPTIONS = "config.json"
OWN_TASK, LANGUAGE = "own_task", "language"
"""The keys of where a user's own task is, and of its input language."""
WEIGHTS = "model.safetensors"
FORMAT = "tpc-run 1"


def load_run(
    path: Path,
    vocabulary: Mapping[str, object] | None = None,
    ignored_options: Collection[str] = (),
) -> run.Run:
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
    given = None if vocabulary is None else run.Vocabulary.from_json(vocabulary, "the vocabulary")
    if (path / OPTIONS).exists():
        return _load_own_run(path, given)
    if (path / upstream_run.OPTIONS).exists():
        return upstream_run.load_upstream_run(path, given, ignored_options)
    raise TpcError(
        f"{path} is not a run directory: it has neither {OPTIONS} nor {upstream_run.OPTIONS}",
        hint="name the directory that the trainer wrote, not its parent",
    )


def _load_own_run(path: Path, given: run.Vocabulary | None) -> run.Run:
    """One of our own runs, with the vocabulary that it records or a given one."""
    source = path / OPTIONS
    options = run.read_options(source)
    task, arguments, recorded, config = parse_options(options, source)
    own = task_source(options, source)
    if isinstance(config, StandardConfig):
        raise run.standard_refused(
            path,
            "its scores are in run.json and metrics.csv; for a program train without "
            "--model standard",
        )
    vocabulary = given or recorded
    _check_sizes(config, vocabulary, source)
    weights = checked_weights(config, read_weights(path / WEIGHTS), str(path / WEIGHTS))
    text = arguments if isinstance(arguments, TextSource) else None
    if isinstance(arguments, TextSource):
        shortest = arguments.options.min_length
        language = sentence_language(vocabulary.words, shortest, config.n_ctx)
    elif own is not None:
        language = recorded_language(options, source)
    else:
        language = find_task(task).language(arguments, config.n_ctx)
    return run.Run(
        path=path,
        origin="tpc",
        config=config,
        task=task,
        arguments=None if isinstance(arguments, TextSource) else arguments,
        vocabulary=vocabulary,
        language=run.readable_language(language, vocabulary, source),
        rewrite=text.options.rewrite if text else (),
        weights=weights,
        text=text,
        own_task=own,
    )


def write_options(
    path: Path,
    *,
    task: str,
    arguments: TaskArguments | TextSource,
    vocabulary: run.Vocabulary,
    model: ModelConfig | StandardConfig,
    training: Mapping[str, object],
    extra: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Write a run's `config.json`: everything but the weights that its network and data need."""
    if isinstance(arguments, TextSource):
        data: dict[str, object] = {"text": arguments.to_json()}
    else:
        data = {"arguments": dataclasses.asdict(arguments)}
    options = {
        "format": FORMAT,
        "task": task,
        **data,
        **extra,
        "model": model.to_json(),
        "training": dict(training),
        **vocabulary.to_json(),
    }
    write_atomic(path / OPTIONS, json.dumps(options, indent=1, ensure_ascii=False) + "\n")


def parse_options(
    options: dict[str, object], source: Path
) -> tuple[str, TaskArguments | TextSource, run.Vocabulary, ModelConfig | StandardConfig]:
    """Task, data arguments or corpus of text, vocabulary and architecture of a `config.json`.

    Raises:
        TpcError: The options are of another format, incomplete or contradictory.
    """
    if options.get("format") != FORMAT:
        found = shortened(json.dumps(options.get("format")))
        raise TpcError(
            f"{source} has the format {found}, not {FORMAT!r}",
            hint="it is from another program, or from a newer version of this one",
        )
    vocabulary = run.Vocabulary.from_json(options, str(source))
    if "text" in options:
        text = TextSource.from_json(_section(options, "text", source), str(source))
        return text.task, text, vocabulary, _model(options, source)
    arguments = run.saved_arguments(_section(options, "arguments", source), source)
    name = str(options.get("task"))
    if task_source(options, source) is None:
        name = find_task(name).name
    elif not name.isidentifier():
        raise TpcError(f"{source}: {quoted(name)} is no name of a task")
    return name, arguments, vocabulary, _model(options, source)


def task_source(options: Mapping[str, object], source: Path) -> TaskSource | None:
    """Where the user's own task of a `config.json` is; `None` for a registered one, or text.

    Raises:
        TpcError: The options do not say.
    """
    if OWN_TASK not in options:
        return None
    found = options[OWN_TASK]
    values = found if isinstance(found, dict) else {}
    reference, digest = values.get("reference"), values.get("digest")
    if not isinstance(reference, str) or not isinstance(digest, str):
        raise TpcError(f"{source} does not say where its task is")
    return TaskSource(reference, digest, values.get("keeps_rows") is True)


def recorded_language(options: Mapping[str, object], source: Path) -> Language[str]:
    """The input language of a user's own task in a `config.json`.

    Raises:
        TpcError: There is none.
    """
    try:
        return read_language(options.get(LANGUAGE))
    except ValueError as error:
        raise TpcError(f"{source} has no input language of its task: {error}") from error


def training_options(options: dict[str, object], source: Path) -> dict[str, object]:
    """The training recipe's options in a `config.json`.

    Raises:
        TpcError: There are none.
    """
    return _section(options, "training", source)


def _section(options: dict[str, object], name: str, source: Path) -> dict[str, object]:
    section = options.get(name)
    if not isinstance(section, dict):
        raise TpcError(f"{source} has no object under the key {name}")
    return section


def _model(options: dict[str, object], source: Path) -> ModelConfig | StandardConfig:
    section = _section(options, "model", source)
    kind = StandardConfig if section.get("type") == STANDARD else ModelConfig
    with run.blaming(source):
        return kind.from_json(section)


def _check_sizes(config: ModelConfig, vocabulary: run.Vocabulary, source: Path) -> None:
    sizes = (len(vocabulary.words), len(vocabulary.classes))
    if sizes != (config.vocabulary_size, config.n_classes):
        raise TpcError(
            f"{source} says {config.vocabulary_size} words and {config.n_classes} classes, "
            f"but the vocabulary has {sizes[0]} and {sizes[1]}"
        )
