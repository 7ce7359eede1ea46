"""Everything that decides a training run before it starts: data, architecture, recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tpc.data.dataset import Dataset, load_dataset
from tpc.data.task import TaskArguments
from tpc.data.vocabulary import Vocabulary
from tpc.diagnostics import TpcError
from tpc.model import own_run
from tpc.model.config import ModelConfig
from tpc.model.run import read_options
from tpc.training.recipe import Recipe

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


@dataclass(frozen=True)
class Plan:
    """A training run's data, architecture and recipe."""

    dataset: Dataset
    model: ModelConfig
    recipe: Recipe

    @property
    def vocabulary(self) -> Vocabulary:
        """The words and the classes that the training split has."""
        return Vocabulary(self.dataset.vocabulary, self.dataset.classes)

    def write(self, path: Path) -> None:
        """Write `config.json`, from which `read_plan` makes the same plan again."""
        own_run.write_options(
            path,
            task=self.dataset.task,
            arguments=self.dataset.arguments,
            vocabulary=self.vocabulary,
            model=self.model,
            training=self.recipe.to_json(),
        )


def make_plan(
    task: str, arguments: TaskArguments, architecture: Mapping[str, object], recipe: Recipe
) -> Plan:
    """Generate the data and fit the architecture to it.

    Args:
        task: A generated task's name.
        arguments: What its data are generated with.
        architecture: Upstream's options in place of `DEFAULT_ARCHITECTURE`.
        recipe: How to train.

    Raises:
        TpcError: The options are out of range or contradict one another.
    """
    dataset = load_dataset(task, arguments)
    options = {**DEFAULT_ARCHITECTURE, **architecture}
    if options["attention_type"] not in ("cat", "score"):
        raise TpcError(f"attention_type is {options['attention_type']!r}; it is cat or score")
    if options["pool_outputs"]:
        raise TpcError(f"pool_outputs gives one label a sequence, but {task} tags every token")
    options["autoregressive"] = bool(options["autoregressive"]) or dataset.causal
    config = ModelConfig.from_options(
        options, len(dataset.vocabulary), dataset.classes, dataset.max_length
    )
    return Plan(dataset, config, recipe)


def read_plan(path: Path) -> Plan:
    """The plan of a run directory of ours.

    Raises:
        TpcError: It is none, or its data come out differently now.
    """
    source = path / own_run.OPTIONS
    options = read_options(source)
    task, arguments, vocabulary, model = own_run.parse_options(options, source)
    dataset = load_dataset(task, arguments)
    training = own_run.training_options(options, source)
    plan = Plan(dataset, model, Recipe.from_json(training, str(source)))
    if plan.vocabulary != vocabulary:
        raise TpcError(f"the vocabulary in {source} is not the one that its task generates")
    return plan
