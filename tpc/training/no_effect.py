"""When options of training change nothing, and why: such an option is refused, never ignored.

The authors' trainer takes options that never reach its model; `--dropout` was one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tpc.model.config import ModelConfig
from tpc.training.option import NoEffect

if TYPE_CHECKING:
    from tpc.training.plan import Plan


def _of_program(check: Callable[[ModelConfig], bool]) -> Callable[[Plan], bool]:
    return lambda plan: isinstance(plan.model, ModelConfig) and check(plan.model)


def _same_samples(plan: Plan) -> bool:
    recipe = plan.recipe
    drops_features = recipe.embedding == "features" and recipe.embed_dropout > 0
    return recipe.sample_fn == "softmax" and recipe.dropout == 0 and not drops_features


NO_CATEGORICAL_HEADS = NoEffect(
    _of_program(lambda model: model.n_heads_cat == 0), "there are no categorical heads"
)
NO_NUMERICAL_HEADS = NoEffect(
    _of_program(lambda model: model.n_heads_num == 0), "there are no numerical heads"
)
NO_HEADS = NoEffect(
    # Causal masks act in heads; and in pooling, of which they leave the first position.
    _of_program(
        lambda model: model.n_heads_cat == model.n_heads_num == 0 and not model.pool_outputs
    ),
    "without heads no position sees another",
)
NO_MLPS = NoEffect(
    _of_program(lambda model: model.n_cat_mlps == model.n_num_mlps == 0), "there are no MLPs"
)
NO_NUMERICAL_VARIABLES = NoEffect(
    _of_program(lambda model: model.n_vars_num == 0), "there are no numerical variables"
)
ONE_HOT = NoEffect(
    _of_program(lambda model: model.one_hot_embed), "one-hot embeddings learn nothing"
)
SCORES_WITHOUT_BIAS = NoEffect(
    _of_program(lambda model: model.attention_type == "score"),
    "heads that match by scores (attention_type score) have no position bias",
)
SCORES_WITHOUT_PREDICATES = NoEffect(
    _of_program(lambda model: model.attention_type == "score"),
    "heads that match by scores (attention_type score) have no predicates",
)
NO_GRADIENTS = NoEffect(lambda plan: plan.recipe.n_epochs == 0, "nothing follows gradients")
ONE_EPOCH = NoEffect(lambda plan: plan.recipe.n_epochs == 1, "a single epoch stays at tau_init")
TWO_EPOCHS = NoEffect(
    lambda plan: plan.recipe.n_epochs <= 2,
    "the schedules differ between the first and the last epoch",
)
SAME_SAMPLES = NoEffect(
    _same_samples, "without noise (sample_fn softmax) or dropout all samples are the same"
)
HARD_SAMPLES = NoEffect(
    lambda plan: plan.recipe.sample_fn == "gumbel_hard",
    "with sample_fn gumbel_hard all choices are hard",
)
NO_FEATURES = NoEffect(
    lambda plan: plan.recipe.embedding == "table",
    "the embedding is a table, not made of features",
)
ONE_LABEL = NoEffect(
    lambda plan: plan.model.pool_outputs,
    "a classified sentence has one scored label: its mean is its sum",
)
