"""The options of training: data, network, recipe and seeds, a dataclass each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tpc.model.config import AttentionType, RelPosBias
from tpc.training import no_effect
from tpc.training.option import ModelKind, Option, RecipeName, option, options_of
from tpc.training.recipe import Recipe
from tpc.training.seed_options import SeedsOptions

_data = partial(option, panel="Data")
_generated = partial(_data, only="generated tasks")
_text = partial(option, panel="Text", only="text")
_network = partial(option, panel="Network")
_program = partial(_network, only="program")
_standard = partial(_network, only="standard")


@dataclass(init=False, repr=False, eq=False)
class DataOptions:
    """How many rows, how long, of which words."""

    data_seed: int | None = _generated(
        None, "Of data alone.", default_text="--seed; with --seeds 0"
    )
    vocab_size: int | None = _data(
        None, "Vocabulary with its special tokens.", default_text="8; by task"
    )
    dataset_size: int = _generated(10_000, "Rows, all splits together.")
    min_length: int | None = _data(None, "For the generator.", default_text="by task")
    max_length: int | None = _data(None, "Longest row.", default_text="8; by task")
    unique: bool = _generated(True, "Drop repeated sequences.")


@dataclass(init=False, repr=False, eq=False)
class TextDataOptions:
    """Where text is, and how it is read."""

    data: str | None = _text(
        None,
        "Text to train on: a file (JSON lines, CSV, TSV, CoNLL, Parquet), a folder with a file a "
        "split, or a dataset of the hub.",
    )
    kind: str | None = _text(None, "A label a word or a sentence: tagging, classification.")
    val_data: Path | None = _text(
        None, "A file of validation rows.", default_text="a tenth of --data"
    )
    test_data: Path | None = _text(None, "A file of test rows.", default_text="likewise")
    text_column: str | None = _text(None, "The column of the text.")
    label_column: str | None = _text(None, "The column of the labels.")
    tokenizer: str | None = _text(
        None, "How text is split: treebank, or space for text split already."
    )
    do_lower: bool = _text(False, "Lower-case words.")
    replace_numbers: bool | None = _text(
        None, "Write runs of digits as @.", default_text="for CoNLL"
    )
    vectors: Path | None = _text(
        None, "Word vectors that embeddings start from, as text, gzipped or zipped."
    )


@dataclass(init=False, repr=False, eq=False)
class Selection:
    """What the defaults of the others depend on."""

    model: ModelKind = _network(
        "program",
        "program, or standard: an ordinary Transformer to compare with, which has no program.",
    )
    recipe: RecipeName = option(
        "default",
        "paper: as the paper trains. default: ours, a search over discrete choices; on text, "
        "gradients without noise and embeddings made of words' features.",
        "Training",
    )


@dataclass(init=False, repr=False, eq=False)
class ArchitectureOptions:
    """The network, under upstream's names: by default that of the first example in its README.

    On text the networks of upstream's scripts. The ordinary Transformer has the sizes that the
    paper compares with on generated tasks (appendix B), and those of upstream's scripts on text.
    """

    n_layers: int = _network(2, "Layers.", by={"standard": 3, "standard classification": 2})
    n_heads_cat: int = _program(4, "Categorical heads a layer.", by={"tagging": 8})
    n_heads_num: int = _program(0, "Numerical heads a layer.")
    n_cat_mlps: int = _program(1, "Categorical MLPs a layer.")
    n_num_mlps: int = _program(0, "Numerical MLPs a layer.")
    mlp_vars_in: int = _program(2, "Variables an MLP reads.", no_effect=(no_effect.NO_MLPS,))
    d_mlp: int | None = _network(
        64,
        "Hidden units of an MLP.",
        by={"standard generated": None},
        default_text="64; standard: 4 times d_model, 64 on text",
        no_effect=(no_effect.NO_MLPS,),
    )
    d_var: int | None = _program(
        None, "Values of a variable.", default_text="the larger of vocabulary, length"
    )
    n_vars_cat: int = _program(1, "Categorical input variables.", by={"text": 4})
    n_vars_num: int = _program(1, "Numerical input variables.")
    one_hot_embed: bool = _program(
        True, "The input variable is the token itself.", by={"text": False}
    )
    count_only: bool = _program(
        True, "Numerical inputs are 1, not learned.", no_effect=(no_effect.NO_NUMERICAL_VARIABLES,)
    )
    selector_width: bool = _program(
        False, "Numerical heads read the first number.", no_effect=(no_effect.NO_NUMERICAL_HEADS,)
    )
    attention_type: AttentionType = _program(
        "cat", "Categorical heads: cat or score.", no_effect=(no_effect.NO_CATEGORICAL_HEADS,)
    )
    rel_pos_bias: RelPosBias = _program(
        "fixed",
        "fixed, clipped or none.",
        no_effect=(no_effect.NO_CATEGORICAL_HEADS, no_effect.NO_BIAS),
    )
    autoregressive: bool = _network(
        False,
        "Mask later positions.",
        default_text="no; always for Dyck",
        no_effect=(no_effect.NO_HEADS,),
    )
    unembed_mask: bool = _network(True, "`<pad>` and `<unk>` never win.")
    d_model: int = _standard(
        256,
        "Width of the standard Transformer.",
        by={"standard tagging": 128, "standard classification": 64},
    )
    n_heads: int = _standard(4, "Its heads a layer.")


OPTIONS: Mapping[str, Option] = options_of(
    DataOptions, TextDataOptions, Selection, ArchitectureOptions, Recipe, SeedsOptions
)
"""Every option of training, by name."""
