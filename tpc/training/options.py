"""The options of training: data, network, recipe and seeds, a dataclass each."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tpc.diagnostics import TpcError
from tpc.model.config import AttentionType, ModelConfig, RelPosBias
from tpc.training import no_effect
from tpc.training.option import ModelKind, Option, RecipeName, option, options_of
from tpc.training.recipe import LARGEST_SEED, Recipe

if TYPE_CHECKING:
    import torch

    from tpc.training.plan import Plan


_option = partial(option, panel="Many seeds")
_RANGE = re.compile(r"(\d+)(?:-(\d+))?")
_MOST_SEEDS = 1000


@dataclass(frozen=True)
class SeedsOptions:
    """How seeds are run beside one another.

    Attributes:
        seeds: Each makes a run.
        stop_hopeless: Whether seeds far behind are stopped halfway.
        device: Where epochs are computed: `cpu` or `cuda`.
        captured: Whether a GPU's steps are captured as a CUDA graph; to compare, they need not be.
    """

    seeds: tuple[int, ...] = _option(
        dataclasses.MISSING,
        "Train these, such as 0-9, on the same data; each gets RUN_DIR/seed-N, and the best by "
        "validation RUN_DIR itself. With --threads, as many at a time.",
    )
    stop_hopeless: bool = _option(
        False, "Halfway, stop seeds ten points behind the best by validation."
    )
    device: str = _option(
        "cpu", "Where all seeds' epochs are computed: auto, cpu or cuda.", default_text="auto"
    )
    captured: bool = True


def seeds_options(given: Mapping[str, Any]) -> SeedsOptions | None:
    """How to run many seeds, if there are to be many.

    Args:
        given: Options of training by name.

    Raises:
        TpcError: They are not for a single seed, out of range, or there is no such device.
    """
    if "seeds" not in given:
        for known in options_of(SeedsOptions).values():
            if known.name in given:
                raise TpcError(f"{known.flag} is for many seeds: --seeds 0-9", hint="leave it out")
        return None
    if "seed" in given:
        raise TpcError("--seed and --seeds exclude each other", hint="--data-seed seeds the data")
    device = find_device(given.get("device", "auto")).type
    return SeedsOptions(parse_seeds(given["seeds"]), given.get("stop_hopeless", False), device)


def parse_seeds(text: str) -> tuple[int, ...]:
    """The seeds of a list such as `0-4,7`.

    Raises:
        TpcError: It is none.
    """
    seeds: list[int] = []
    for part in text.split(","):
        found = _RANGE.fullmatch(part.strip())
        if found is None:
            raise TpcError(
                f"--seeds {text!r} is no list of seeds", hint="for example --seeds 0-4,7"
            )
        first, last = int(found[1]), int(found[2] or found[1])
        if last < first or last > LARGEST_SEED or last - first >= _MOST_SEEDS:
            raise TpcError(f"--seeds {text!r}: {part.strip()} is no range of seeds")
        seeds += range(first, last + 1)
    if len(set(seeds)) < len(seeds):
        raise TpcError(f"--seeds {text!r} has a seed twice")
    return tuple(seeds)


def find_device(name: str) -> torch.device:
    """The device of that name; `auto` is a GPU if there is one that works.

    Raises:
        TpcError: There is no such device.
    """
    import torch  # not for `tpc train --help`

    if name not in ("auto", "cpu", "cuda"):
        raise TpcError(f"there is no device {name!r}", hint="auto, cpu or cuda")
    if name == "cpu" or (name == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    try:
        torch.zeros(1, device="cuda")
    except (RuntimeError, AssertionError) as error:
        if name == "auto":
            return torch.device("cpu")
        reason = str(error).splitlines()[0]
        raise TpcError(f"cannot compute on a GPU: {reason}", hint="--device cpu") from error
    return torch.device("cuda")


def refuse_idle_device(plan: Plan, name: str) -> None:
    """Refuse a GPU that would have nothing to do.

    Raises:
        TpcError: `cuda` was asked for by name, and no epoch of this plan is computed there.
    """
    if name != "cuda":
        return
    if plan.recipe.n_epochs == 0:
        raise TpcError(
            "--device cuda is for epochs of gradients, and there are none",
            hint="leave it out, or train before the search: --n-epochs 20",
        )
    batched = isinstance(plan.model, ModelConfig) and plan.model.one_hot_embed
    if not batched or plan.text is not None:
        raise TpcError(
            "--device cuda is for Transformer Programs of generated tasks with one-hot "
            "embeddings; others are trained seed by seed on the processor",
            hint="leave it out",
        )


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
    kind: str | None = _text(
        None,
        "A label a word or a sentence: tagging, classification.",
        default_text="as the labels are",
    )
    val_data: Path | None = _text(
        None, "A file of validation rows.", default_text="a tenth of --data"
    )
    test_data: Path | None = _text(None, "A file of test rows.", default_text="likewise")
    text_column: str | None = _text(
        None, "The column of the text.", default_text="by name, or by what is in it"
    )
    label_column: str | None = _text(None, "The column of the labels.", default_text="likewise")
    tokenizer: str | None = _text(
        None, "How text is split: treebank, or space for text split already."
    )
    do_lower: bool = _text(False, "Lower-case words.")
    replace_numbers: bool | None = _text(
        None, "Write runs of digits as @.", default_text="for CoNLL"
    )
    long_rows: str | None = _text(
        None,
        "Sentences longer than --max-length whose words have a label each: window, which cuts them "
        "into windows that overlap, or leave_out.",
        default_text="window; for the paper's corpora leave_out",
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
