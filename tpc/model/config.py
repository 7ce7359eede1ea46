"""The architecture of one network: upstream's options under upstream's names, and the sizes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

from tpc.diagnostics import TpcError, quoted
from tpc.ir.words import PAD, UNK

AttentionType = Literal["cat", "score"]
RelPosBias = Literal["fixed", "clipped", "none"]
SampleFunction = Literal["gumbel_soft", "gumbel_hard", "softmax"]

NEVER_PREDICTED = (PAD, UNK)


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """Everything that decides the shapes and the meaning of a network's weights.

    Attributes:
        vocabulary_size: Tokens, `<pad>` (id 0) among them.
        n_classes: Classes, `<pad>` (class 0) among them.
        n_ctx: Length of the longest sequence.
        d_var: Values of every categorical variable.
        n_vars_cat: Categorical input variables; 1 with `one_hot_embed`.
        n_vars_num: Numerical input variables.
        n_heads_cat: Categorical heads a layer.
        n_heads_num: Numerical heads a layer.
        d_mlp: Hidden units of every MLP.
        n_cat_mlps: MLPs a layer that read categorical variables.
        n_num_mlps: MLPs a layer that read numerical variables.
        mlp_vars_in: Variables that an MLP reads.
        n_layers: Layers.
        one_hot_embed: The one input variable is the token itself.
        count_only: Every numerical input is the constant 1.
        selector_width: Numerical heads read numerical variable 0 and learn no value read.
        attention_type: Categorical heads match by predicate, or by real scores.
        rel_pos_bias: Which of the matches a categorical head takes.
        autoregressive: Keys to the right of the query are masked.
        pool_outputs: One label a sequence, from the sum over its positions.
        masked_classes: Classes that never win (upstream's `unembed_mask`).
    """

    vocabulary_size: int
    n_classes: int
    n_ctx: int
    d_var: int
    n_vars_cat: int = 1
    n_vars_num: int = 1
    n_heads_cat: int = 2
    n_heads_num: int = 2
    d_mlp: int = 64
    n_cat_mlps: int = 1
    n_num_mlps: int = 1
    mlp_vars_in: int = 2
    n_layers: int = 1
    one_hot_embed: bool = True
    count_only: bool = True
    selector_width: bool = False
    attention_type: AttentionType = "cat"
    rel_pos_bias: RelPosBias = "fixed"
    autoregressive: bool = False
    pool_outputs: bool = False
    masked_classes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            name, value = field.name, getattr(self, field.name)
            if name in _AT_LEAST_ZERO:
                _require(value >= 0, f"{name} cannot be negative")
            elif field.type == "int":
                _require(value >= 1, f"{name} must be at least 1")
        for name, most in _AT_MOST.items():
            _require(getattr(self, name) <= most, f"{name} cannot be more than {most:,}")
        _require(self.rel_pos_bias in get_args(RelPosBias), _choice("rel_pos_bias", RelPosBias))
        _require(
            not self.one_hot_embed or self.n_vars_cat == 1,
            "one_hot_embed has exactly one categorical variable, so n_vars_cat must be 1",
        )
        _require(
            not self.one_hot_embed or self.vocabulary_size <= self.d_var,
            f"d_var is {self.d_var}, too few values for the {self.vocabulary_size} tokens of a "
            "one-hot embedding",
        )
        _require(
            self.n_ctx <= self.d_var,
            f"d_var is {self.d_var}, too few values for {self.n_ctx} positions",
        )
        _require(
            self.n_vars_num > 0 or self.n_heads_num == self.n_num_mlps == 0,
            "n_vars_num is 0, so there is nothing for numerical heads and MLPs to read",
        )
        _require(
            len(self.masked_classes) < self.n_classes,
            "every class is masked, so no class can be predicted",
        )

    @classmethod
    def from_options(
        cls,
        options: Mapping[str, object],
        vocabulary_size: int,
        classes: tuple[str, ...],
        n_ctx: int,
    ) -> Self:
        """The configuration that upstream's options give with this vocabulary and length.

        Args:
            options: At least every architecture option of upstream's, as in its `args.json`.
            vocabulary_size: Tokens of the vocabulary.
            classes: Class names in id order, for the unembed mask.
            n_ctx: Longest sequence.

        Raises:
            TpcError: An option is missing, has the wrong type, or contradicts another.
        """
        d_var = max(vocabulary_size, n_ctx)
        if _option(options, "d_var") is not None:
            d_var = _integer(options, "d_var")
        sizes = {"vocabulary_size": vocabulary_size, "n_classes": len(classes), "n_ctx": n_ctx}
        masked = unpredicted(classes) if _flag(options, "unembed_mask") else ()
        return cls._of({**options, **sizes, "d_var": d_var}, masked)

    def to_json(self) -> dict[str, object]:
        """The fields as JSON values; `from_json` reads them back."""
        return {**dataclasses.asdict(self), "masked_classes": list(self.masked_classes)}

    @classmethod
    def from_json(cls, fields: Mapping[str, object]) -> Self:
        """A configuration written by `to_json`.

        Raises:
            TpcError: A field is missing, unknown or has the wrong type.
        """
        names = {field.name for field in dataclasses.fields(cls)}
        unknown = sorted(set(fields) - names)
        _require(not unknown, f"the model has no option {', '.join(unknown)}")
        masked = class_ids(_option(fields, "masked_classes"))
        known = _word(fields, "attention_type") in get_args(AttentionType)
        _require(known, _choice("attention_type", AttentionType))
        return cls._of(fields, masked)

    @classmethod
    def _of(cls, options: Mapping[str, object], masked: tuple[int, ...]) -> Self:
        """The configuration of the options that are called as its fields."""
        return cls(
            # Any other word of upstream's means predicates.
            attention_type="score" if _word(options, "attention_type") == "score" else "cat",
            rel_pos_bias=_rel_pos_bias(options),
            masked_classes=masked,
            **{
                field.name: _READERS[field.type](options, field.name)
                for field in dataclasses.fields(cls)
                if field.type in _READERS
            },
        )


def unpredicted(classes: tuple[str, ...]) -> tuple[int, ...]:
    """The ids of the classes that upstream's `unembed_mask` keeps from winning."""
    return tuple(index for index, name in enumerate(classes) if name in NEVER_PREDICTED)


def class_ids(value: object) -> tuple[int, ...]:
    """Masked classes as JSON has them.

    Raises:
        TpcError: They are no list of integers.
    """
    if not isinstance(value, list) or not all(isinstance(index, int) for index in value):
        raise TpcError("masked_classes is not a list of class ids")
    return tuple(value)


_AT_LEAST_ZERO = ("n_vars_num", "n_heads_cat", "n_heads_num", "n_cat_mlps", "n_num_mlps")
#: Larger numbers are mistakes; looking for so many tensors would not end.
_AT_MOST = dict.fromkeys(("n_layers", "n_cat_mlps", "n_num_mlps"), 1_000) | dict.fromkeys(
    ("n_heads_cat", "n_heads_num", "n_vars_cat", "n_vars_num", "mlp_vars_in"), 100_000
)


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise TpcError(message)


def _choice(name: str, alternatives: object) -> str:
    return f"{name} must be one of {', '.join(get_args(alternatives))}"


def _option(options: Mapping[str, object], name: str) -> object:
    if name not in options:
        raise TpcError(f"the option {name} is missing")
    return options[name]


def _integer(options: Mapping[str, object], name: str) -> int:
    value = _option(options, name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise TpcError(f"{name} is {quoted(value)}; it must be an integer")
    return value


def _flag(options: Mapping[str, object], name: str) -> bool:
    """Upstream writes some of its switches as true and false, others as 0 and 1."""
    value = _option(options, name)
    if not isinstance(value, int) or value not in (0, 1):
        raise TpcError(f"{name} is {quoted(value)}; it must be true or false (or 1 or 0)")
    return bool(value)


_READERS: dict[object, Callable[[Mapping[str, object], str], Any]] = {
    "int": _integer,
    "bool": _flag,
}


def _word(options: Mapping[str, object], name: str) -> str:
    value = _option(options, name)
    if not isinstance(value, str):
        raise TpcError(f"{name} is {quoted(value)}; it must be a word")
    return value


def _rel_pos_bias(options: Mapping[str, object]) -> RelPosBias:
    given = _word(options, "rel_pos_bias")
    for known in get_args(RelPosBias):
        if given == known:
            chosen: RelPosBias = known
            return chosen
    raise TpcError(f"rel_pos_bias is {quoted(given)}; {_choice('it', RelPosBias)}")
