"""`tpc train`: from a task to a run directory with a network and its program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tpc.cli import train_run
from tpc.cli.common import JsonOption
from tpc.cli.train_plan import generated_plan, is_text, refuse, seeds_options, text_plan
from tpc.diagnostics import TpcError

_DATA, _TEXT, _MODEL, _RECIPE, _SEEDS = "Data", "Text", "Network", "Training", "Many seeds"


def _option(help_text: str, panel: str, *names: str) -> Any:  # noqa: ANN401 - what typer returns
    return typer.Option(*names, help=help_text, rich_help_panel=panel, show_default=False)


def train(
    task: Annotated[
        str | None,
        typer.Argument(
            metavar="[TASK]",
            help="A generated task (sort, hist, dyck1, ...: see tpc data) or a corpus (conll_ner, "
            "conll_pos, conll_chunk, trec, rotten_tomatoes, subj, ag_news); none with --data and "
            "--kind.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="RUN_DIR", help="Directory to make.")
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(metavar="RUN_DIR", help="Go on with a run that was killed or interrupted."),
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace a run that is there.")] = False,
    seed: Annotated[int | None, _option("Of data, weights, noise, order [0].", _DATA)] = None,
    data_seed: Annotated[
        int | None, _option("Of data alone [--seed; with --seeds 0].", _DATA)
    ] = None,
    vocab_size: Annotated[
        int | None, _option("Vocabulary with its special tokens [8; by task].", _DATA)
    ] = None,
    dataset_size: Annotated[
        int | None, _option("Rows, all splits together [10000].", _DATA)
    ] = None,
    min_length: Annotated[int | None, _option("For the generator [by task].", _DATA)] = None,
    max_length: Annotated[int | None, _option("Longest row [8; by task].", _DATA)] = None,
    unique: Annotated[bool | None, _option("Drop repeated sequences [yes].", _DATA)] = None,
    data: Annotated[
        str | None,
        _option(
            "Text to train on: a file (JSON lines, CSV, TSV, CoNLL, Parquet), a folder with "
            "a file a split, or a dataset of the hub.",
            _TEXT,
        ),
    ] = None,
    kind: Annotated[
        str | None, _option("A label a word or a sentence: tagging, classification.", _TEXT)
    ] = None,
    val_data: Annotated[
        Path | None, _option("A file of validation rows [a tenth of --data].", _TEXT)
    ] = None,
    test_data: Annotated[Path | None, _option("A file of test rows [likewise].", _TEXT)] = None,
    text_column: Annotated[str | None, _option("The column of the text.", _TEXT)] = None,
    label_column: Annotated[str | None, _option("The column of the labels.", _TEXT)] = None,
    tokenizer: Annotated[
        str | None,
        _option("How text is split: treebank, or space for text split already.", _TEXT),
    ] = None,
    do_lower: Annotated[bool | None, _option("Lower-case words [no].", _TEXT)] = None,
    replace_numbers: Annotated[
        bool | None, _option("Write runs of digits as @ [for CoNLL].", _TEXT)
    ] = None,
    vectors: Annotated[
        Path | None,
        _option("Word vectors that embeddings start from, as text, gzipped or zipped.", _TEXT),
    ] = None,
    model: Annotated[
        str | None,
        _option(
            "program, or standard: an ordinary Transformer to compare with, which has no "
            "program [program].",
            _MODEL,
        ),
    ] = None,
    n_layers: Annotated[
        int | None, _option("Layers [2; standard: 3, 2 for classification].", _MODEL)
    ] = None,
    n_heads_cat: Annotated[int | None, _option("Categorical heads a layer [4].", _MODEL)] = None,
    n_heads_num: Annotated[int | None, _option("Numerical heads a layer [0].", _MODEL)] = None,
    n_cat_mlps: Annotated[int | None, _option("Categorical MLPs a layer [1].", _MODEL)] = None,
    n_num_mlps: Annotated[int | None, _option("Numerical MLPs a layer [0].", _MODEL)] = None,
    mlp_vars_in: Annotated[int | None, _option("Variables an MLP reads [2].", _MODEL)] = None,
    d_mlp: Annotated[
        int | None,
        _option("Hidden units of an MLP [64; standard: 4 times d_model, 64 on text].", _MODEL),
    ] = None,
    d_var: Annotated[
        int | None, _option("Values of a variable [the larger of vocabulary, length].", _MODEL)
    ] = None,
    n_vars_cat: Annotated[int | None, _option("Categorical input variables [1].", _MODEL)] = None,
    n_vars_num: Annotated[int | None, _option("Numerical input variables [1].", _MODEL)] = None,
    one_hot_embed: Annotated[
        bool | None, _option("The input variable is the token itself [yes].", _MODEL)
    ] = None,
    count_only: Annotated[
        bool | None, _option("Numerical inputs are 1, not learned [yes].", _MODEL)
    ] = None,
    selector_width: Annotated[
        bool | None, _option("Numerical heads read the first number [no].", _MODEL)
    ] = None,
    attention_type: Annotated[
        str | None, _option("Categorical heads: cat or score [cat].", _MODEL)
    ] = None,
    rel_pos_bias: Annotated[str | None, _option("fixed, clipped or none [fixed].", _MODEL)] = None,
    autoregressive: Annotated[
        bool | None, _option("Mask later positions [no; always for Dyck].", _MODEL)
    ] = None,
    unembed_mask: Annotated[
        bool | None, _option("`<pad>` and `<unk>` never win [yes].", _MODEL)
    ] = None,
    d_model: Annotated[
        int | None,
        _option(
            "Width of the standard Transformer [256; tagging: 128, classification: 64].", _MODEL
        ),
    ] = None,
    n_heads: Annotated[int | None, _option("Its heads a layer [4].", _MODEL)] = None,
    recipe_name: Annotated[
        str | None,
        typer.Option(
            "--recipe",
            metavar="NAME",
            help="paper: as the paper trains. default: ours, a search over discrete choices; on "
            "text, gradients without noise and embeddings made of words' features.",
            rich_help_panel=_RECIPE,
            show_default=False,
        ),
    ] = None,
    n_epochs: Annotated[
        int | None,
        _option(
            "Passes over the data [0; tagging: 25, classification: 15; paper: 250; 50, 10].",
            _RECIPE,
        ),
    ] = None,
    search: Annotated[
        int | None,
        _option(
            "Rounds of search over reads, predicates and tables after the last epoch, at most "
            "[60; paper, text: 0].",
            _RECIPE,
        ),
    ] = None,
    batch_size: Annotated[
        int | None, _option("Rows a step [512; tagging: 32, classification: 128].", _RECIPE)
    ] = None,
    lr: Annotated[
        float | None,
        _option(
            "Adam's step size [0.05; tagging: 0.01, classification: 0.02; standard: 0.0003, "
            "0.001].",
            _RECIPE,
        ),
    ] = None,
    sample_fn: Annotated[
        str | None,
        _option("gumbel_soft, gumbel_hard or softmax [gumbel_soft; text: softmax].", _RECIPE),
    ] = None,
    gumbel_samples: Annotated[int | None, _option("Samples a step [1].", _RECIPE)] = None,
    tau_init: Annotated[
        float | None, _option("First temperature [3.0; text: 1.0].", _RECIPE)
    ] = None,
    tau_end: Annotated[float | None, _option("Last temperature [0.01].", _RECIPE)] = None,
    tau_schedule: Annotated[
        str | None, _option("geomspace or linspace [geomspace].", _RECIPE)
    ] = None,
    loss_agg: Annotated[str | None, _option("per_token or per_seq [per_token].", _RECIPE)] = None,
    max_grad_norm: Annotated[
        float | None, _option("Clip longer gradients [never].", _RECIPE)
    ] = None,
    dropout: Annotated[
        float | None,
        _option("Share of outputs and hidden units left out of a training step [0].", _RECIPE),
    ] = None,
    embedding: Annotated[
        str | None,
        _option(
            "table: each word learns values of its own; features: a function of its vector and "
            "spelling decides them, for words that only --vectors has too "
            "[text: features; else, paper: table].",
            _RECIPE,
        ),
    ] = None,
    embed_lr: Annotated[
        float | None, _option("Adam's step size for that function [0.005].", _RECIPE)
    ] = None,
    embed_dropout: Annotated[
        float | None,
        _option("Share of a word's features left out of a training step [text: 0.3].", _RECIPE),
    ] = None,
    lr_schedule: Annotated[
        str | None, _option("constant or linear, falling [text: linear; else constant].", _RECIPE)
    ] = None,
    initial_heads: Annotated[
        str | None,
        _option("random, or neighbours: at words next to theirs [tagging: neighbours].", _RECIPE),
    ] = None,
    hard_reads: Annotated[
        float | None,
        _option(
            "Share of the epochs after which heads and MLPs read one variable in training too, no "
            "mixture [tagging: 0; classification: 0.5; else 1, never].",
            _RECIPE,
        ),
    ] = None,
    refit: Annotated[
        bool | None,
        _option(
            "Fit the classifier anew to the discretised network after the epochs, with a penalty "
            "chosen on the validation split [text: yes; else no].",
            _RECIPE,
            "--refit/--no-refit",
        ),
    ] = None,
    whole_offsets: Annotated[
        bool | None,
        _option(
            "Before that fit, heads that look equally far from most positions do so from all: a "
            "shorter program, which may score a little less [no].",
            _RECIPE,
            "--whole-offsets/--no-whole-offsets",
        ),
    ] = None,
    threads: Annotated[
        int | None, _option("Threads to compute with; decides the last bits [1].", _RECIPE)
    ] = None,
    seeds: Annotated[
        str | None,
        _option(
            "Train these, such as 0-9, on the same data; each gets RUN_DIR/seed-N, and the best by "
            "validation RUN_DIR itself. With --threads, as many at a time.",
            _SEEDS,
        ),
    ] = None,
    stop_hopeless: Annotated[
        bool,
        _option("Halfway, stop seeds ten points behind the best by validation.", _SEEDS),
    ] = False,
    device: Annotated[
        str | None,
        _option("Where all seeds' epochs are computed: auto, cpu or cuda [auto].", _SEEDS),
    ] = None,
    json_output: JsonOption = False,
) -> None:
    """Train a network on a generated task or on text, and export its program.

    The run directory holds the configuration, the weights, the metrics of every epoch and
    program.tpir. Ctrl-C ends training early, with the best network so far.
    """
    from tpc.training import options
    from tpc.training.seed_options import refuse_idle_device

    sizes = _given(vocab_size=vocab_size, min_length=min_length, max_length=max_length)
    generated = _given(dataset_size=dataset_size, unique=unique)
    text = _given(
        data=data,
        kind=kind,
        val=val_data,
        test=test_data,
        text_column=text_column,
        label_column=label_column,
        tokenizer=tokenizer,
    )
    rewriting = _given(do_lower=do_lower, replace_numbers=replace_numbers)
    of_text = text | rewriting | _given(vectors=vectors)
    architecture = _given(
        n_layers=n_layers,
        n_heads_cat=n_heads_cat,
        n_heads_num=n_heads_num,
        n_cat_mlps=n_cat_mlps,
        n_num_mlps=n_num_mlps,
        mlp_vars_in=mlp_vars_in,
        d_mlp=d_mlp,
        d_var=d_var,
        n_vars_cat=n_vars_cat,
        n_vars_num=n_vars_num,
        one_hot_embed=one_hot_embed,
        count_only=count_only,
        selector_width=selector_width,
        attention_type=attention_type,
        rel_pos_bias=rel_pos_bias,
        autoregressive=autoregressive,
        unembed_mask=unembed_mask,
        d_model=d_model,
        n_heads=n_heads,
    )
    recipe = _given(
        seed=seed,
        n_epochs=n_epochs,
        search=search,
        batch_size=batch_size,
        lr=lr,
        sample_fn=sample_fn,
        gumbel_samples=gumbel_samples,
        tau_init=tau_init,
        tau_end=tau_end,
        tau_schedule=tau_schedule,
        loss_agg=loss_agg,
        max_grad_norm=max_grad_norm,
        dropout=dropout,
        embedding=embedding,
        embed_lr=embed_lr,
        embed_dropout=embed_dropout,
        lr_schedule=lr_schedule,
        initial_heads=initial_heads,
        hard_reads=hard_reads,
        refit=refit,
        whole_offsets=whole_offsets,
        threads=threads,
    )
    of_seeds = _given(seeds=seeds, stop_hopeless=stop_hopeless or None, device=device)
    if resume is not None:
        given = (sizes, generated, of_text, architecture, recipe, of_seeds, _given(d=data_seed))
        if task or output or overwrite or model or recipe_name or any(given):
            raise TpcError(
                "--resume goes on as the run began, so it takes no other options",
                hint=f"tpc train --resume {resume}",
            )
        train_run.resume(resume, json_output)
        return
    if (task is None and data is None) or output is None:
        raise TpcError("name a task and a run directory", hint="tpc train sort -o RUN_DIR")
    kind_of_model = options.find_model(model)
    options.refuse_foreign(kind_of_model, architecture | recipe)
    options.find_recipe(recipe_name)
    chosen_seeds = seeds_options(seed, of_seeds)
    if is_text(task):
        refuse(generated | _given(data_seed=data_seed), "generated tasks")
        plan = text_plan(
            task,
            text,
            sizes | rewriting,
            architecture,
            recipe,
            vectors,
            kind_of_model,
            recipe_name,
        )
    else:
        refuse(of_text, "text")
        arguments = sizes | generated | _given(seed=seed if data_seed is None else data_seed)
        plan = generated_plan(
            str(task), arguments, architecture, recipe, kind_of_model, recipe_name
        )
    options.refuse_unused(plan, architecture | recipe)
    refuse_idle_device(plan, device or "auto")
    if chosen_seeds is not None:
        train_run.train_seeds(plan, output, chosen_seeds, overwrite, json_output)
    else:
        train_run.train_one(plan, output, overwrite, json_output)


def _given(**options: object) -> dict[str, Any]:
    """The options that were given."""
    return {name: value for name, value in options.items() if value is not None}
