"""When options of training change nothing, and why: such an option is refused, never ignored.

The authors' trainer takes options that never reach its model; `--dropout` was one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tpc.model.config import ModelConfig
from tpc.training.option import Rule

# Plans and recipes are `Any` here: their fields name these rules, and no file may import itself.


def _of_program(holds: Callable[[ModelConfig], bool], text: str) -> Rule:
    return Rule(lambda plan: isinstance(plan.model, ModelConfig) and holds(plan.model), text)


def _of_recipe(holds: Callable[[Any], bool], text: str) -> Rule:
    return Rule(lambda plan: holds(plan.recipe), text)


def _without_heads(model: ModelConfig) -> bool:
    """Causal masks act in heads; and in pooling, of which they leave the first position."""
    return model.n_heads_cat == model.n_heads_num == 0 and not model.pool_outputs


def _same_samples(recipe: Any) -> bool:  # noqa: ANN401
    drops = recipe.dropout > 0 or (recipe.embedding == "features" and recipe.embed_dropout > 0)
    return recipe.sample_fn == "softmax" and not drops


NO_CATEGORICAL_HEADS = _of_program(lambda m: m.n_heads_cat == 0, "there are no categorical heads")
NO_NUMERICAL_HEADS = _of_program(lambda m: m.n_heads_num == 0, "there are no numerical heads")
NO_HEADS = _of_program(_without_heads, "without heads no position sees another")
NO_MLPS = _of_program(lambda m: m.n_cat_mlps == m.n_num_mlps == 0, "there are no MLPs")
NO_NUMERICAL_VARIABLES = _of_program(
    lambda m: m.n_vars_num == 0, "there are no numerical variables"
)
ONE_HOT = _of_program(lambda m: m.one_hot_embed, "one-hot embeddings learn nothing")
_SCORES = "heads that match by scores (attention_type score)"
NO_BIAS = _of_program(lambda m: m.attention_type == "score", f"{_SCORES} have no position bias")
NO_PREDICATES = _of_program(lambda m: m.attention_type == "score", f"{_SCORES} have no predicates")
ONE_LABEL = Rule(
    lambda plan: plan.model.pool_outputs,
    "a classified sentence has one scored label: its mean is its sum",
)

NO_GRADES = _of_recipe(lambda r: r.grades == 0, "words have no grades")
GRADED = _of_recipe(lambda r: r.grades > 0, "grades of words are not sampled")

NO_GRADIENTS = _of_recipe(lambda r: r.n_epochs == 0, "nothing follows gradients")
NO_SEARCH = _of_recipe(lambda r: r.search == 0, "there is no search")
ONE_EPOCH = _of_recipe(lambda r: r.n_epochs == 1, "a single epoch stays at tau_init")
TWO_EPOCHS = _of_recipe(
    lambda r: r.n_epochs <= 2, "the schedules differ between the first and the last epoch"
)
SAME_SAMPLES = _of_recipe(
    _same_samples, "without noise (sample_fn softmax) or dropout all samples are the same"
)
HARD_SAMPLES = _of_recipe(
    lambda r: r.sample_fn == "gumbel_hard", "with sample_fn gumbel_hard all choices are hard"
)
NO_FEATURES = _of_recipe(
    lambda r: r.embedding == "table", "the embedding is a table, not made of features"
)
