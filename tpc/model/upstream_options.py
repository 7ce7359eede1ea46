"""The options in an `args.json`: which ones the authors' trainer has, and which it does not."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from tpc.diagnostics import TpcError

#: Every option of the authors' trainer. Those that are not read by `tpc` say how the network was
#: trained, or belong to the standard Transformer.
KNOWN = frozenset(
    (
        *("output_dir", "dataset", "vocab_size", "dataset_size", "min_length", "max_length"),
        *("seed", "do_lower", "unique", "replace_numbers", "n_vars_cat", "n_vars_num", "d_var"),
        *("n_heads_cat", "n_heads_num", "d_mlp", "n_cat_mlps", "n_num_mlps", "mlp_vars_in"),
        *("n_layers", "sample_fn", "one_hot_embed", "count_only", "selector_width"),
        *("attention_type", "rel_pos_bias", "mlp_type", "autoregressive", "glove_embeddings"),
        *("do_glove", "unembed_mask", "pool_outputs", "standard", "d_model", "d_head", "n_heads"),
        *("dropout", "lr", "max_grad_norm", "gumbel_samples", "n_epochs", "batch_size"),
        *("tau_init", "tau_end", "tau_schedule", "loss_agg", "save", "save_code", "device"),
    )
)

#: What an option that is switched off is set to.
_OFF: tuple[object, ...] = (False, 0, None, "", "none", "None", [], {})


def unknown_options(
    options: Mapping[str, object], path: Path, ignored: Collection[str] = ()
) -> list[str]:
    """The names of options that the authors' trainer does not have, and that are off.

    A fork that adds an option may have changed what the network computes. While the option is off
    the network is the known one.

    Args:
        options: The contents of `args.json`.
        path: The file, for messages.
        ignored: Names of options that the user knows to change nothing.

    Raises:
        TpcError: One of them is on and not ignored.
    """
    unknown = [name for name in options if name not in KNOWN]
    on = [name for name in unknown if options[name] not in _OFF and name not in ignored]
    if on:
        shown = ", ".join(f"{name} ({json.dumps(options[name])[:40]})" for name in on)
        raise TpcError(
            f"{path} has options that the authors' trainer does not know: {shown}",
            hint="a program exported without knowing what they do may differ from the network; "
            f"if they only say how it was trained: --ignore-option {on[0]}",
        )
    return [name for name in unknown if name not in ignored]
