"""Everything that decides a training run before it starts: data, architecture, recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from tpc.data.corpus import Corpus, with_words
from tpc.data.dataset import Dataset, load_dataset
from tpc.data.examples import Kind
from tpc.data.task import TaskArguments
from tpc.data.text_source import TextSource, rows_digest
from tpc.data.vectors import read_words
from tpc.data.vocabulary import Vocabulary
from tpc.diagnostics import TpcError
from tpc.model import own_run
from tpc.model.architecture import Architecture
from tpc.model.config import ModelConfig
from tpc.model.run import read_options
from tpc.model.standard import StandardConfig
from tpc.training.recipe import Recipe

ModelKind = Literal["program", "standard"]
"""A Transformer Program, or an ordinary Transformer to compare it with."""

DEFAULT_DATASET_SIZE = 10_000

DEFAULT_ARCHITECTURE: Mapping[str, object] = MappingProxyType(
    {
        "n_layers": 2,
        "n_vars_cat": 1,
        "n_vars_num": 1,
        "d_var": None,
        "n_heads_cat": 4,
        "n_heads_num": 0,
        "d_mlp": 64,
        "n_cat_mlps": 1,
        "n_num_mlps": 0,
        "mlp_vars_in": 2,
        "one_hot_embed": True,
        "count_only": True,
        "selector_width": False,
        "attention_type": "cat",
        "rel_pos_bias": "fixed",
        "autoregressive": False,
        "unembed_mask": True,
        "pool_outputs": False,
    }
)
"""The network of the first example in upstream's README, under upstream's option names."""


_TEXT_ARCHITECTURE: Mapping[str, object] = MappingProxyType(
    {"n_vars_cat": 4, "one_hot_embed": False}
)
TEXT_ARCHITECTURE: Mapping[Kind, Mapping[str, object]] = MappingProxyType(
    {
        "tagging": {**_TEXT_ARCHITECTURE, "n_heads_cat": 8},
        "classification": {**_TEXT_ARCHITECTURE, "n_heads_cat": 4, "pool_outputs": True},
    }
)
"""The networks that upstream's scripts train on text."""

TEXT_D_VAR: Mapping[Kind, int] = MappingProxyType({"tagging": 32, "classification": 64})
"""Values of a variable; more if there are longer sentences."""

TEXT_RECIPE: Mapping[Kind, Mapping[str, Any]] = MappingProxyType(
    {
        "tagging": {"n_epochs": 50, "batch_size": 32, "lr": 1e-2},
        "classification": {"n_epochs": 10, "batch_size": 128, "lr": 5e-2},
    }
)
"""How upstream's scripts train on text, where it differs from the recipe for generated tasks."""

_OUR_TEXT_RECIPE: Mapping[str, Any] = MappingProxyType(
    {
        "sample_fn": "softmax",
        "tau_init": 1.0,
        "lr_schedule": "linear",
        "embedding": "features",
        "embed_dropout": 0.3,
        "dropout": 0.3,
        "refit": True,
    }
)
OUR_TEXT_RECIPE: Mapping[Kind, Mapping[str, Any]] = MappingProxyType(
    {
        "tagging": {
            **_OUR_TEXT_RECIPE,
            "n_epochs": 25,
            "initial_heads": "neighbours",
            "hard_reads": 0.0,
        },
        "classification": {**_OUR_TEXT_RECIPE, "n_epochs": 15, "lr": 2e-2, "hard_reads": 0.5},
    }
)
"""The default recipe on text, where it differs from upstream's; docs/recipes.md says why."""

VECTOR_WORDS = 100_000
"""How many words of a file of vectors the vocabulary has at most, where they can be of use."""

STANDARD_ARCHITECTURE: Mapping[str, object] = MappingProxyType(
    {
        "n_layers": 3,
        "n_heads": 4,
        "d_model": 256,
        "d_mlp": None,
        "autoregressive": False,
        "unembed_mask": True,
        "pool_outputs": False,
    }
)
"""The ordinary Transformer that the paper compares with on generated tasks (appendix B)."""

STANDARD_TEXT_ARCHITECTURE: Mapping[Kind, Mapping[str, object]] = MappingProxyType(
    {
        "tagging": {"d_model": 128, "d_mlp": 64},
        "classification": {"n_layers": 2, "d_model": 64, "d_mlp": 64, "pool_outputs": True},
    }
)
"""Its sizes in upstream's scripts for text, where they are others."""

STANDARD_RECIPE: Mapping[str, Any] = MappingProxyType(
    {"n_epochs": 100, "batch_size": 50, "lr": 3e-4}
)
"""How the paper trains it on generated tasks."""

STANDARD_TEXT_LR = 1e-3
"""Its step size on text, where the paper names none."""


@dataclass(frozen=True)
class Plan:
    """A training run's data, architecture and recipe.

    Attributes:
        dataset: Generated data, or a corpus of text.
        model: The architecture, sizes included.
        recipe: How to train.
        text: Where the text is, for a corpus.
        vectors: A file of word vectors that embeddings start from.
    """

    dataset: Dataset | Corpus
    model: Architecture
    recipe: Recipe
    text: TextSource | None = None
    vectors: str | None = None

    @property
    def n_training_words(self) -> int:
        """How many words of the vocabulary, the first ones, are of the training rows."""
        train = {word for words, _ in self.dataset.splits.train for word in words}
        words = self.dataset.vocabulary
        return max((index + 1 for index, word in enumerate(words) if word in train), default=0)

    @property
    def vocabulary(self) -> Vocabulary:
        """The words and the classes that the training split has."""
        return Vocabulary(self.dataset.vocabulary, self.dataset.classes)

    def write(self, path: Path) -> None:
        """Write `config.json`, from which `read_plan` makes the same plan again."""
        extra: dict[str, object] = {}
        if isinstance(self.dataset, Corpus):
            assert self.text is not None, "a corpus comes from somewhere"
            arguments: TaskArguments | TextSource = self.text
            extra = {"rows": rows_digest(self.dataset), "vectors": self.vectors}
        else:
            arguments = self.dataset.arguments
        own_run.write_options(
            path,
            task=self.dataset.task,
            arguments=arguments,
            vocabulary=self.vocabulary,
            model=self.model,
            training=self.recipe.to_json(),
            extra=extra,
        )


def make_plan(
    task: str,
    arguments: TaskArguments,
    architecture: Mapping[str, object],
    recipe: Recipe,
    model: ModelKind = "program",
) -> Plan:
    """Generate the data and fit the architecture to it.

    Args:
        task: A generated task's name.
        arguments: What its data are generated with.
        architecture: Upstream's options in place of `DEFAULT_ARCHITECTURE`, or of
            `STANDARD_ARCHITECTURE`.
        recipe: How to train.
        model: What to train.

    Raises:
        TpcError: The options are out of range or contradict one another.
    """
    dataset = load_dataset(task, arguments)
    usual = DEFAULT_ARCHITECTURE if model == "program" else STANDARD_ARCHITECTURE
    options = {**usual, **architecture}
    if options.get("attention_type", "cat") not in ("cat", "score"):
        raise TpcError(f"attention_type is {options['attention_type']!r}; it is cat or score")
    if options["pool_outputs"]:
        raise TpcError(f"pool_outputs gives one label a sequence, but {task} tags every token")
    options["autoregressive"] = bool(options["autoregressive"]) or dataset.causal
    return Plan(dataset, _architecture(model, options, dataset), recipe)


def make_text_plan(
    source: TextSource,
    architecture: Mapping[str, object],
    recipe: Mapping[str, Any],
    vectors: Path | None = None,
    model: ModelKind = "program",
    recipe_name: str = "paper",
) -> Plan:
    """Load a corpus and fit the architecture to it.

    Args:
        source: The corpus.
        architecture: Upstream's options in place of what its scripts use for this kind.
        recipe: Options of the recipe, likewise.
        vectors: Word vectors that the embeddings start from.
        model: What to train.
        recipe_name: `paper`, or `default` for ours, which is for learned embeddings.

    Raises:
        TpcError: The data cannot be read, or the options contradict one another.
    """
    kind = source.kind
    options = {**_text_architecture(kind, model), **architecture}
    if vectors is not None and options.get("one_hot_embed"):
        raise TpcError(
            "word vectors start learned embeddings, and one_hot_embed learns none",
            hint="leave --vectors or --one-hot-embed out",
        )
    if vectors is not None and not (vectors.exists() or vectors.parent.is_file()):
        raise TpcError(f"cannot read {vectors}: there is no such file")
    step_size = {"lr": STANDARD_TEXT_LR} if model == "standard" else {}
    ours = recipe_name == "default" and model == "program" and not options["one_hot_embed"]
    usual = {**TEXT_RECIPE[kind], **(OUR_TEXT_RECIPE[kind] if ours else {})}
    if recipe.get("search"):
        usual["refit"] = False
    chosen = Recipe(**{**usual, **step_size, **recipe})
    corpus = source.load()
    if vectors is not None and chosen.embedding == "features":
        corpus = with_words(corpus, read_words(vectors, VECTOR_WORDS))
    if model == "program" and options["d_var"] is None and not options["one_hot_embed"]:
        options["d_var"] = max(TEXT_D_VAR[kind], corpus.max_length)
    config = _architecture(model, options, corpus)
    whole = str(vectors.resolve()) if vectors is not None else None
    return Plan(corpus, config, chosen, source, whole)


def _text_architecture(kind: Kind, model: ModelKind) -> dict[str, object]:
    if model == "program":
        return {**DEFAULT_ARCHITECTURE, **TEXT_ARCHITECTURE[kind]}
    return {**STANDARD_ARCHITECTURE, **STANDARD_TEXT_ARCHITECTURE[kind]}


def _architecture(
    model: ModelKind, options: Mapping[str, object], dataset: Dataset | Corpus
) -> Architecture:
    kind: type[ModelConfig | StandardConfig] = ModelConfig if model == "program" else StandardConfig
    return kind.from_options(options, len(dataset.vocabulary), dataset.classes, dataset.max_length)


def read_plan(path: Path) -> Plan:
    """The plan of a run directory of ours.

    Raises:
        TpcError: It is none, or its data are no longer the same.
    """
    source = path / own_run.OPTIONS
    options = read_options(source)
    task, arguments, vocabulary, model = own_run.parse_options(options, source)
    recipe = Recipe.from_json(own_run.training_options(options, source), str(source))
    if isinstance(arguments, TextSource):
        return _read_text_plan(arguments, options, vocabulary, model, recipe, source)
    plan = Plan(load_dataset(task, arguments), model, recipe)
    if plan.vocabulary != vocabulary:
        raise TpcError(f"the vocabulary in {source} is not the one that its task generates")
    return plan


def _read_text_plan(
    text: TextSource,
    options: Mapping[str, object],
    vocabulary: Vocabulary,
    model: Architecture,
    recipe: Recipe,
    source: Path,
) -> Plan:
    corpus = text.load()
    if rows_digest(corpus) != options.get("rows"):
        raise TpcError(
            f"the text that {source} names is not what it was when training began",
            hint="put the files back as they were, or train anew",
        )
    vectors = options.get("vectors")
    # The vocabulary may have words of the file of vectors too.
    corpus = replace(corpus, vocabulary=vocabulary.words)
    return Plan(corpus, model, recipe, text, vectors if isinstance(vectors, str) else None)
