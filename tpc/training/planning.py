"""From the options that were given to a plan, or to what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from tpc.data.corpora import CORPORA
from tpc.data.corpus import Corpus, TextOptions, with_words
from tpc.data.dataset import Dataset, load_dataset, refuse_fixed_vocabulary, task_arguments
from tpc.data.examples import Kind
from tpc.data.python_source import is_reference
from tpc.data.task import Task, TaskArguments
from tpc.data.tasks import TASKS, given_task, task_names
from tpc.data.text_source import TextSource, text_source
from tpc.data.vectors import read_words
from tpc.diagnostics import TpcError, did_you_mean, quoted
from tpc.model.architecture import Architecture
from tpc.model.choices import supports
from tpc.model.config import ModelConfig
from tpc.model.standard import StandardConfig
from tpc.training.asked import Asked
from tpc.training.encoding import encode
from tpc.training.grades import graded_config, voting_classes
from tpc.training.option import Audience, ModelKind, RecipeName, RunKind, defaults, options_of
from tpc.training.options import OPTIONS, ArchitectureOptions, DataOptions, TextDataOptions
from tpc.training.plan import Plan
from tpc.training.recipe import Recipe
from tpc.training.trial import alternatives, is_closed_set, usual_patience

TEXT_D_VAR: Mapping[Kind, int] = {"tagging": 32, "classification": 64}
"""Values of a variable where embeddings are learned; more if there are longer sentences."""

VECTOR_WORDS = 100_000
"""How many words of a file of vectors join the vocabulary, at most, to be embedded by features."""

_FOREIGN: Mapping[Audience, tuple[str, str]] = {
    "generated tasks": ("generated tasks", "leave it out"),
    "text": ("text", "leave it out"),
    "program": (
        "Transformer Programs; --model standard has no such option",
        "leave it or --model standard out",
    ),
    "standard": ("the standard Transformer", "add --model standard, or leave it out"),
}


def plan_training(task: str | Dataset | None, given: Mapping[str, Any]) -> Plan:
    """The plan that options ask for.

    Args:
        task: A generated task, one of the user's own included, or a corpus; `None` for text of the
            user's own; or data that are there already.
        given: Options of training by name, those that were given.

    Raises:
        TpcError: An option is unknown, out of range, contradicts another or changes nothing.
    """
    model: ModelKind = _selected(given, "model")
    recipe_name: RecipeName = _selected(given, "recipe")
    is_text = not isinstance(task, Dataset) and _is_text(task)
    _refuse_foreign({"text" if is_text else "generated tasks", model}, given)
    architecture, recipe = _of(ArchitectureOptions, given), _of(Recipe, given)
    if isinstance(task, Dataset):
        plan = plan_dataset(task, architecture, recipe, model, recipe_name)
    elif is_text:
        source, vectors = _text_source(task, given), given.get("vectors")
        plan = make_text_plan(source, architecture, recipe, vectors, model, recipe_name)
    else:
        found = given_task(str(task))
        arguments = _task_arguments(found, given)
        plan = make_plan(found, arguments, architecture, recipe, model, recipe_name)
    _refuse_unused(plan, given)
    searched_alone = plan.recipe.search > 0 and plan.recipe.n_epochs == 0
    if recipe_name == "default" and plan.is_own and searched_alone:
        assert isinstance(plan.model, ModelConfig), "ordinary Transformers are not searched"
        plan = replace(plan, alternatives=tuple(alternatives(plan.model, given.keys())))
    if isinstance(task, Dataset):
        return plan
    return replace(plan, asked=Asked(task, dict(given)))


def make_plan(
    task: str | Task,
    arguments: TaskArguments,
    architecture: Mapping[str, object],
    recipe: Mapping[str, Any],
    model: ModelKind = "program",
    recipe_name: RecipeName = "paper",
) -> Plan:
    """Generate the data and fit the architecture to it.

    Args:
        task: A generated task, or how it is found.
        arguments: What its data are generated with.
        architecture: Options of the network in place of their defaults.
        recipe: Options of the recipe, likewise.
        model: What to train.
        recipe_name: `default` for ours, of which nothing is left where choices cannot be searched.

    Raises:
        TpcError: The options are out of range or contradict one another.
    """
    dataset = load_dataset(task, arguments)
    return plan_dataset(dataset, architecture, recipe, model, recipe_name)


def plan_dataset(
    dataset: Dataset,
    architecture: Mapping[str, object],
    recipe: Mapping[str, Any],
    model: ModelKind = "program",
    recipe_name: RecipeName = "paper",
) -> Plan:
    """Fit the architecture to data; the rest as `make_plan`."""
    options = {**defaults(ArchitectureOptions, RunKind(model)), "pool_outputs": dataset.pooled}
    options |= architecture
    if options["pool_outputs"] and not dataset.pooled:
        name = dataset.task
        raise TpcError(f"pool_outputs gives one label a sequence, but {name} tags every token")
    options["autoregressive"] = bool(options["autoregressive"]) or dataset.causal
    config = _architecture(model, options, dataset)
    searchable = isinstance(config, ModelConfig) and supports(config)
    ours = recipe_name == "default" and searchable and recipe.get("search") != 0
    usual = defaults(Recipe, RunKind(model, "default" if ours else "paper"))
    return Plan(dataset, config, Recipe(**{**usual, **recipe}))


def make_text_plan(
    source: TextSource,
    architecture: Mapping[str, object],
    recipe: Mapping[str, Any],
    vectors: Path | None = None,
    model: ModelKind = "program",
    recipe_name: RecipeName = "paper",
) -> Plan:
    """Load a corpus and fit the architecture to it; the rest as `make_plan`.

    Args:
        source: The corpus.
        architecture: Options of the network in place of their defaults.
        recipe: Options of the recipe, likewise.
        vectors: Word vectors that the embeddings start from.
        model: What to train.
        recipe_name: `default` for ours, of which nothing is left without learned embeddings.
    """
    kind, corpus = source.kind, source.load()
    source = replace(source, options=corpus.options)
    ours = recipe_name == "default" and model == "program"
    closed = ours and vectors is None and _takes_search(corpus, architecture, recipe)
    # Few tokens in short rows are what generated tasks have, and are learned as these are.
    options = defaults(ArchitectureOptions, RunKind(model, data="generated" if closed else kind))
    if architecture.get("one_hot_embed"):
        options["n_vars_cat"] = 1
    options |= {"pool_outputs": kind == "classification", **architecture}
    learned = not options["one_hot_embed"]
    _check_vectors(vectors, learned)
    name: RecipeName = "default" if ours and learned else "paper"
    run = RunKind(model, name, kind, bool(recipe.get("search")), bool(recipe.get("grades")))
    usual = defaults(Recipe, RunKind(model, "default") if closed else run)
    if closed:
        usual["patience"] = usual_patience(corpus)
    chosen = Recipe(**{**usual, **recipe})
    if vectors is not None and chosen.embedding == "features":
        corpus = with_words(corpus, read_words(vectors, VECTOR_WORDS))
    if model == "program" and options["d_var"] is None and learned:
        options["d_var"] = max(TEXT_D_VAR[kind], corpus.max_length)
    config = _architecture(model, options, corpus)
    if chosen.grades:
        config = _graded(config, chosen, corpus, architecture)
    return Plan(corpus, config, chosen, source, str(vectors.resolve()) if vectors else None)


def _graded(
    config: Architecture, recipe: Recipe, corpus: Corpus, given: Mapping[str, object]
) -> ModelConfig:
    """The network of graded words, which its labels and its window decide.

    Raises:
        TpcError: Another one is asked for.
    """
    assert isinstance(config, ModelConfig), "grades are for programs alone"
    decided = [name for name in given if name not in ("pool_outputs", "unembed_mask", "d_var")]
    if decided:
        raise TpcError(
            f"{OPTIONS[decided[0]].flag} contradicts --grades, which decides the network",
            hint="leave one of them out",
        )
    labels = voting_classes(encode(corpus, "train"), config.masked_classes)
    return graded_config(config, recipe.grades, recipe.window, len(labels))


_OF_GRADIENTS = ("grades", "embedding", "refit", "embed_lr", "embed_dropout")
"""Options of a recipe without a search: of embeddings that are learned, and of what follows."""


def _takes_search(
    corpus: Corpus, architecture: Mapping[str, object], recipe: Mapping[str, Any]
) -> bool:
    """Whether a user's data are best searched, and no option asks for anything else."""
    if corpus.task in CORPORA or not is_closed_set(corpus):
        return False
    learned = architecture.get("one_hot_embed") is False or architecture.get("n_vars_cat", 1) != 1
    scores = architecture.get("attention_type", "cat") != "cat"
    gradients = recipe.get("search") == 0 or any(name in recipe for name in _OF_GRADIENTS)
    pooled_causal = corpus.pooled and bool(architecture.get("autoregressive"))
    return not (learned or scores or gradients or pooled_causal)


def _selected(given: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - one of its choices
    option = OPTIONS[name]
    value = given.get(name, option.default)
    if value not in option.choices:
        hint = f"one of {', '.join(option.choices)}"
        raise TpcError(f"there is no {name} {quoted(value)}", hint=hint)
    return value


def _is_text(task: str | None) -> bool:
    """Whether to train on text: on a corpus, or on a user's data without a task's name."""
    if task is None or task in CORPORA:
        return True
    if task in TASKS:
        return False
    known = (*task_names(), *CORPORA)
    if task not in known and not is_reference(task):
        hint = did_you_mean(task, known) or f"tasks: {', '.join(known)}"
        raise TpcError(f"there is no task {task!r}", hint=hint)
    return False


def _refuse_foreign(audiences: set[Audience], given: Mapping[str, Any]) -> None:
    """Raise TpcError if an option was given that these runs do not have."""
    for name in given:
        if name not in OPTIONS:
            raise TpcError(f"training has no option {name!r}", hint="tpc train --help lists all")
        only = OPTIONS[name].only
        if only is not None and only not in audiences:
            what, hint = _FOREIGN[only]
            raise TpcError(f"{OPTIONS[name].flag} is for {what}", hint=hint)


def _of(family: type, given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in options_of(family) if name in given}


def _task_arguments(task: Task, given: Mapping[str, Any]) -> TaskArguments:
    refuse_fixed_vocabulary(task, given.get("vocab_size"))
    chosen = {"dataset_size": OPTIONS["dataset_size"].default, **_of(DataOptions, given)}
    seed = chosen.pop("data_seed", given.get("seed"))
    return task_arguments(task, seed=seed, **chosen)


def _text_source(task: str | None, given: Mapping[str, Any]) -> TextSource:
    asked = _of(DataOptions, given) | _of(TextDataOptions, given)
    asked.pop("vectors", None)
    rewriting = {field.name for field in fields(TextOptions)}
    options = {name: asked.pop(name) for name in list(asked) if name in rewriting}
    files = {short: asked.pop(f"{short}_data", None) for short in ("val", "test")}
    return text_source(task, asked.pop("data", None), **asked, **files, options=options)


def _check_vectors(vectors: Path | None, learned: bool) -> None:
    if vectors is None:
        return
    if not learned:
        raise TpcError(
            "word vectors start learned embeddings, and one_hot_embed learns none",
            hint="leave --vectors or --one-hot-embed out",
        )
    if not (vectors.exists() or vectors.parent.is_file()):
        raise TpcError(f"cannot read {vectors}: there is no such file")


def _architecture(
    model: ModelKind, options: Mapping[str, object], dataset: Dataset | Corpus
) -> Architecture:
    if options["attention_type"] not in OPTIONS["attention_type"].choices:
        raise TpcError(f"attention_type is {options['attention_type']!r}; it is cat or score")
    kind: type[ModelConfig | StandardConfig] = ModelConfig if model == "program" else StandardConfig
    return kind.from_options(options, len(dataset.vocabulary), dataset.classes, dataset.max_length)


def _refuse_unused(plan: Plan, given: Mapping[str, Any]) -> None:
    """Raise TpcError if an option was given that changes nothing beside the others.

    The last options come first, as they depend on those before them.
    """
    for option in reversed([*OPTIONS.values()]):
        for no_effect in option.no_effect if option.name in given else ():
            if no_effect.holds(plan):
                raise TpcError(
                    f"{option.flag} changes nothing: {no_effect.text}",
                    hint="leave it out, or change the options that switch it off",
                )
    if plan.dataset.causal and given.get("autoregressive") is False:
        raise TpcError(
            f"--no-autoregressive contradicts {plan.dataset.task}, whose networks are causal",
            hint="leave it out",
        )
