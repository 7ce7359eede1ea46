"""The options of training on the command line: parameters and help from their fields."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from itertools import groupby
from typing import Any, Optional, get_args

import typer
from typer.core import TyperCommand
from typer.main import get_command

from tpc.training.option import DataKind, ModelKind, Option, RecipeName, RunKind


def command_with_options(function: Callable[..., None]) -> type[TyperCommand]:
    """The class of a command that passes all options of training to a function's `**given`.

    They are many, so that the parameters are made when they are asked for: other commands, and the
    list of all, start without them.
    """

    class Command(TyperCommand):
        def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401 - typer's own click
            if not self.params:
                made = get_command(_application(function))
                self.params, self.callback = made.params, made.callback
            return super().get_params(ctx)

    return Command


def _application(function: Callable[..., None]) -> typer.Typer:
    from tpc.training.options import OPTIONS

    def called(**values: Any) -> None:  # noqa: ANN401 - of many types
        function(**{name: value for name, value in values.items() if value is not None})

    own = inspect.signature(function, eval_str=True).parameters.values()
    parameters = [parameter for parameter in own if parameter.kind is not parameter.VAR_KEYWORD]
    parameters += [_parameter(option) for option in OPTIONS.values()]
    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    application = typer.Typer(add_completion=False)
    application.command()(called)
    return application


def _parameter(option: Option) -> inspect.Parameter:
    shown = option.default_text or described_defaults(option)
    text = f"{option.help.removesuffix('.')} [{shown}]." if shown else option.help
    return inspect.Parameter(
        option.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=typer.Option(None, help=text, rich_help_panel=option.panel, show_default=False),
        annotation=Optional[option.values],  # noqa: UP045 - a value, not an annotation
    )


def described_defaults(option: Option) -> str:
    """An option's defaults, such as `60, text 0; paper: 0`; empty if there is none."""
    runs: dict[str, tuple[RunKind, ...]] = {
        "default": _runs("program", "default"),
        "paper": _runs("program", "paper"),
        "standard": _runs("standard", "paper"),
    }
    if option.only == "program":
        del runs["standard"]
    if option.only == "standard":
        runs = {"default": runs["standard"]}
    rows = {name: tuple(map(option.default_for, kinds)) for name, kinds in runs.items()}
    texts = []
    for row, names in groupby(rows, key=rows.__getitem__):
        heading = ", ".join(names)
        texts.append(("" if "default" in heading else f"{heading}: ") + _described(*row))
    return "" if option.default_for(runs["default"][0]) is None else "; ".join(texts)


def _runs(model: ModelKind, recipe: RecipeName) -> tuple[RunKind, ...]:
    return tuple(RunKind(model, recipe, data) for data in get_args(DataKind))


def _described(generated: object, tagging: object, classification: object) -> str:
    text = [_shown(generated)]
    if tagging == classification != generated:
        text.append(f"text {_shown(tagging)}")
    else:
        texts = {"tagging": tagging, "classification": classification}
        text += [f"{name} {_shown(value)}" for name, value in texts.items() if value != generated]
    return ", ".join(text)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
