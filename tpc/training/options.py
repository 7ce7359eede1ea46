"""Which options a run uses: one that would change nothing is a mistake, and is said to be one.

The authors' trainer takes options that never reach its model; `--dropout` was one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

from tpc.diagnostics import TpcError
from tpc.model.choices import supports
from tpc.model.config import ModelConfig
from tpc.model.standard import StandardConfig
from tpc.training.plan import ModelKind, Plan
from tpc.training.recipe import RECIPES, Recipe

MODEL_KINDS: tuple[ModelKind, ...] = get_args(ModelKind)

ONLY_PROGRAM = frozenset(
    {
        *("n_heads_cat", "n_heads_num", "n_cat_mlps", "n_num_mlps", "mlp_vars_in", "d_var"),
        *("n_vars_cat", "n_vars_num", "one_hot_embed", "count_only", "selector_width"),
        *("attention_type", "rel_pos_bias"),
        *("sample_fn", "gumbel_samples", "tau_init", "tau_end", "tau_schedule", "search"),
        *("embedding", "embed_lr", "embed_dropout", "initial_heads"),
        *("hard_reads", "refit", "whole_offsets"),
    }
)
"""Options of the Transformer Program and of how it is relaxed."""

ONLY_STANDARD = frozenset({"d_model", "n_heads"})
"""Options of the ordinary Transformer."""


def find_model(name: str | None) -> ModelKind:
    """The kind of network of that name; a Transformer Program by default.

    Raises:
        TpcError: There is none.
    """
    if name is None:
        return "program"
    found = next((kind for kind in MODEL_KINDS if kind == name), None)
    if found is None:
        raise TpcError(f"there is no model {name!r}", hint=f"one of {', '.join(MODEL_KINDS)}")
    return found


def find_recipe(name: str | None) -> str:
    """The recipe of that name; the default one if there is no name.

    Raises:
        TpcError: There is none.
    """
    if name is not None and name not in RECIPES:
        raise TpcError(f"there is no recipe {name!r}", hint=f"one of {', '.join(RECIPES)}")
    return name or "default"


def with_recipe(plan: Plan, name: str | None, given: Mapping[str, Any]) -> Plan:
    """A plan for a generated task by a named recipe and the options in place of its own.

    What cannot be searched trains by the paper's recipe, or by what its plan has.

    Raises:
        TpcError: There is no such recipe, or an option is out of range.
    """
    searched = isinstance(plan.model, ModelConfig) and supports(plan.model)
    usual = RECIPES[find_recipe(name)] if searched else {}
    if given.get("search") == 0:
        usual = {}
    return replace(plan, recipe=replace(plan.recipe, **{**usual, **given}))


def refuse_foreign(kind: ModelKind, given: Mapping[str, Any]) -> None:
    """Raise TpcError if an option was given that this kind of network does not have."""
    for name in given:
        if kind == "standard" and name in ONLY_PROGRAM:
            raise TpcError(
                f"--{_dashed(name)} is for Transformer Programs; --model standard has no such "
                "option",
                hint="leave it or --model standard out",
            )
        if kind == "program" and name in ONLY_STANDARD:
            raise TpcError(
                f"--{_dashed(name)} is for the standard Transformer",
                hint="add --model standard, or leave it out",
            )


def refuse_unused(plan: Plan, given: Mapping[str, Any]) -> None:
    """Raise TpcError if an option was given that changes nothing beside the others.

    Args:
        plan: The whole plan.
        given: The options of architecture and recipe that were given, by upstream's names.
    """
    for rule in (*_OF_RECIPES, *_OF_MODELS):
        if rule.option in given and rule.unused(plan):
            raise TpcError(f"--{_dashed(rule.option)} changes nothing: {rule.why}", hint=_HINT)
    if plan.dataset.causal and given.get("autoregressive") is False:
        raise TpcError(
            f"--no-autoregressive contradicts {plan.dataset.task}, whose networks are causal",
            hint="leave it out",
        )


def _dashed(name: str) -> str:
    return name.replace("_", "-")


_HINT = "leave it out, or change the options that switch it off"


@dataclass(frozen=True)
class _Rule:
    """An option, when it has no effect, and why."""

    option: str
    unused: Callable[[Plan], bool]
    why: str


def _of_program(check: Callable[[ModelConfig], bool]) -> Callable[[Plan], bool]:
    return lambda plan: isinstance(plan.model, ModelConfig) and check(plan.model)


def _no_heads(plan: Plan) -> bool:
    """Causal masks act in heads; and in pooling, of which they leave the first position."""
    model = plan.model
    if isinstance(model, StandardConfig):
        return False
    return model.n_heads_cat == model.n_heads_num == 0 and not model.pool_outputs


def _same_samples(recipe: Recipe) -> bool:
    drops_features = recipe.embedding == "features" and recipe.embed_dropout > 0
    return recipe.sample_fn == "softmax" and recipe.dropout == 0 and not drops_features


_NO_CATEGORICAL_HEADS = _of_program(lambda model: model.n_heads_cat == 0)
_ONE_HOT = _of_program(lambda model: model.one_hot_embed)
_NO_MLPS = _of_program(lambda model: model.n_cat_mlps == model.n_num_mlps == 0)

_OF_MODELS = (
    _Rule("attention_type", _NO_CATEGORICAL_HEADS, "there are no categorical heads"),
    _Rule("rel_pos_bias", _NO_CATEGORICAL_HEADS, "there are no categorical heads"),
    _Rule(
        "rel_pos_bias",
        _of_program(lambda model: model.attention_type == "score"),
        "heads that match by scores (attention_type score) have no position bias",
    ),
    _Rule("mlp_vars_in", _NO_MLPS, "there are no MLPs"),
    _Rule("d_mlp", _NO_MLPS, "there are no MLPs"),
    _Rule(
        "selector_width",
        _of_program(lambda model: model.n_heads_num == 0),
        "there are no numerical heads",
    ),
    _Rule(
        "count_only",
        _of_program(lambda model: model.n_vars_num == 0),
        "there are no numerical variables",
    ),
    _Rule("autoregressive", _no_heads, "without heads no position sees another"),
)

_OF_GRADIENTS = (
    *("batch_size", "lr", "sample_fn", "gumbel_samples", "tau_init", "tau_end", "tau_schedule"),
    *("max_grad_norm", "dropout", "lr_schedule", "initial_heads", "hard_reads"),
    *("embedding", "embed_lr", "embed_dropout"),
)

_OF_RECIPES = (
    _Rule(
        "gumbel_samples",
        lambda plan: _same_samples(plan.recipe),
        "without noise (sample_fn softmax) or dropout all samples are the same",
    ),
    *(
        _Rule(option, lambda plan: plan.recipe.n_epochs == 0, "nothing follows gradients")
        for option in _OF_GRADIENTS
    ),
    _Rule("embedding", _ONE_HOT, "one-hot embeddings learn nothing"),
    *(
        _Rule(
            option,
            lambda plan: plan.recipe.embedding == "table",
            "the embedding is a table, not made of features",
        )
        for option in ("embed_lr", "embed_dropout")
    ),
    _Rule(
        "hard_reads",
        lambda plan: plan.recipe.sample_fn == "gumbel_hard",
        "with sample_fn gumbel_hard all choices are hard",
    ),
    *(
        _Rule(option, _NO_CATEGORICAL_HEADS, "there are no categorical heads")
        for option in ("initial_heads", "whole_offsets")
    ),
    _Rule(
        "whole_offsets",
        _of_program(lambda model: model.attention_type == "score"),
        "heads that match by scores (attention_type score) have no predicates",
    ),
    _Rule("tau_end", lambda plan: plan.recipe.n_epochs == 1, "a single epoch stays at tau_init"),
    _Rule(
        "tau_schedule",
        lambda plan: plan.recipe.n_epochs <= 2,
        "the schedules differ between the first and the last epoch",
    ),
    _Rule(
        "loss_agg",
        lambda plan: plan.model.pool_outputs,
        "a classified sentence has one scored label: its mean is its sum",
    ),
)
