"""The files of our own run directories: `config.json` and `model.safetensors`."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from tpc.data.task import TaskArguments
from tpc.data.tasks import find_task
from tpc.data.text import sentence_language
from tpc.data.text_source import TextSource
from tpc.data.vocabulary import Vocabulary
from tpc.diagnostics import TpcError, shortened
from tpc.files import write_atomic
from tpc.model.config import ModelConfig
from tpc.model.network import TransformerProgramNetwork
from tpc.model.run import Run, integer_option, read_options, readable_language
from tpc.model.standard import TYPE as STANDARD
from tpc.model.standard import StandardConfig
from tpc.model.weights import checked_weights, read_weights

OPTIONS = "config.json"
WEIGHTS = "model.safetensors"
FORMAT = "tpc-run 1"


def write_options(
    path: Path,
    *,
    task: str,
    arguments: TaskArguments | TextSource,
    vocabulary: Vocabulary,
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


def load_own_run(path: Path, given: Vocabulary | None) -> Run:
    """Load one of our own runs.

    Args:
        path: The run directory.
        given: A vocabulary in place of the one that it records.

    Raises:
        TpcError: As `load_run`.
    """
    source = path / OPTIONS
    options = read_options(source)
    task, arguments, recorded, config = parse_options(options, source)
    if isinstance(config, StandardConfig):
        raise standard_refused(path)
    vocabulary = given or recorded
    _check_sizes(config, vocabulary, source)
    weights = checked_weights(config, read_weights(path / WEIGHTS), str(path / WEIGHTS))
    text = arguments if isinstance(arguments, TextSource) else None
    if isinstance(arguments, TextSource):
        shortest = arguments.options.min_length
        language = sentence_language(vocabulary.words, shortest, config.n_ctx)
    else:
        language = find_task(task).language(arguments, config.n_ctx)
    return Run(
        path=path,
        origin="tpc",
        config=config,
        task=task,
        arguments=None if isinstance(arguments, TextSource) else arguments,
        vocabulary=vocabulary,
        language=readable_language(language, vocabulary, source),
        rewrite=text.options.rewrite if text else (),
        network=TransformerProgramNetwork(config, weights),
        text=text,
    )


def standard_refused(path: Path) -> TpcError:
    """The error of everything that needs a program where there is an ordinary Transformer."""
    return TpcError(
        f"{path} is a run of the standard Transformer: its attention and its MLPs mix real "
        "vectors instead of choosing discrete values, so there is no program to read from it",
        hint="its scores are in run.json and metrics.csv; for a program train without "
        "--model standard",
    )


def parse_options(
    options: dict[str, object], source: Path
) -> tuple[str, TaskArguments | TextSource, Vocabulary, ModelConfig | StandardConfig]:
    """Task, data arguments or corpus of text, vocabulary and architecture of a `config.json`.

    Raises:
        TpcError: The options are of another format, incomplete or contradictory.
    """
    if options.get("format") != FORMAT:
        raise TpcError(
            f"{source} has the format {shortened(json.dumps(options.get('format')))}, not {FORMAT!r}",
            hint="it is from another program, or from a newer version of this one",
        )
    vocabulary = Vocabulary.from_json(options, str(source))
    if "text" in options:
        text = TextSource.from_json(_section(options, "text", source), str(source))
        return text.task, text, vocabulary, _model(options, source)
    task = find_task(str(options.get("task")))
    arguments = _task_arguments(_section(options, "arguments", source), source)
    return task.name, arguments, vocabulary, _model(options, source)


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


def _task_arguments(options: dict[str, object], source: Path) -> TaskArguments:
    names = [field.name for field in dataclasses.fields(TaskArguments) if field.name != "unique"]
    numbers = {name: integer_option(options, name, source) for name in names}
    return TaskArguments(**numbers, unique=bool(integer_option(options, "unique", source)))


def _model(options: dict[str, object], source: Path) -> ModelConfig | StandardConfig:
    section = _section(options, "model", source)
    try:
        if section.get("type") == STANDARD:
            return StandardConfig.from_json(section)
        return ModelConfig.from_json(section)
    except TpcError as error:
        raise TpcError(f"{source}: {error.message}", hint=error.hint) from error


def _check_sizes(config: ModelConfig, vocabulary: Vocabulary, source: Path) -> None:
    sizes = (len(vocabulary.words), len(vocabulary.classes))
    if sizes != (config.vocabulary_size, config.n_classes):
        raise TpcError(
            f"{source} says {config.vocabulary_size} words and {config.n_classes} classes, "
            f"but the vocabulary has {sizes[0]} and {sizes[1]}"
        )
