"""Which passes there are. A new pass is one file and one line here, or another package's."""

from __future__ import annotations

from dataclasses import is_dataclass
from importlib import import_module
from importlib.metadata import EntryPoint
from inspect import isabstract
from typing import TypeGuard, get_args

from tpc import plugins
from tpc.diagnostics import TpcError, did_you_mean
from tpc.passes.base import Exactness, Pass

#: Where each pass is, in the order of `--list`.
PASSES: dict[str, str] = {
    "prune": "tpc.passes.prune:Prune",
    "simplify-tables": "tpc.passes.simplify_tables:SimplifyTables",
    "simplify-selects": "tpc.passes.simplify_selects:SimplifySelects",
    "merge-equal": "tpc.passes.merge_equal:MergeEqual",
    "merge-values": "tpc.passes.merge_values:MergeValues",
    "simplify-classifier": "tpc.passes.simplify_classifier:SimplifyClassifier",
    "assume-language": "tpc.passes.assume_language:AssumeLanguage",
    "resolve-tables": "tpc.passes.resolve_tables:ResolveTables",
    "fold-features": "tpc.passes.fold_features:FoldFeatures",
    "choose-features": "tpc.passes.choose_features:ChooseFeatures",
    "rule-and-exceptions": "tpc.passes.rule_and_exceptions:RuleAndExceptions",
    "drop-cases": "tpc.passes.drop_cases:DropCases",
    "shorten-tables": "tpc.passes.shorten_tables:ShortenTables",
    "synthesise-answer": "tpc.passes.synthesise_answer:SynthesiseAnswer",
    "synthesise-formulas": "tpc.passes.synthesise_formulas:SynthesiseFormulas",
    "order-nodes": "tpc.passes.order_nodes:OrderNodes",
    "name-variables": "tpc.passes.name_variables:NameVariables",
    "anchor-class": "tpc.passes.anchor_class:AnchorClass",
    "round-weights": "tpc.passes.round_weights:RoundWeights",
    "drop-approximately": "tpc.passes.drop_approximately:DropApproximately",
    "recover-origins": "tpc.passes.recover_origins:RecoverOrigins",
    "prove": "tpc.passes.prove:Prove",
}


def pass_names() -> list[str]:
    """The names of all passes, in the order of `--list`; those of other packages come last."""
    return [*PASSES, *plugins.PASSES.installed(own=PASSES)]


def find_pass(name: str) -> type[Pass]:
    """The class of a pass.

    Raises:
        TpcError: There is no pass of this name, or it is another package's and cannot be used.
    """
    if name in PASSES:
        module, attribute = PASSES[name].split(":")
        found: type[Pass] = getattr(import_module(module), attribute)
        return found
    installed = plugins.PASSES.installed(own=PASSES)
    if name in installed:
        return _installed_pass(installed[name])
    hint = did_you_mean(name, [*PASSES, *installed]) or "see `tpc opt --list`"
    raise TpcError(f"there is no pass '{name}'", hint=hint)


def _installed_pass(entry: EntryPoint) -> type[Pass]:
    found = plugins.PASSES.load(entry)
    if not _is_pass(found):
        reason = f"{entry.value} is no subclass of tpc.passes.base.Pass that is a dataclass"
        raise plugins.PASSES.broken(entry, reason)
    wrong = [name for name in ("name", "summary") if not isinstance(getattr(found, name, 0), str)]
    if getattr(found, "exactness", None) not in get_args(Exactness):
        wrong.append("exactness")
    if wrong or isabstract(found):
        lacking = f"has no {wrong[0]} that a pass can have" if wrong else "has no run"
        raise plugins.PASSES.broken(entry, f"{entry.value} {lacking}")
    if found.name != entry.name:
        raise plugins.PASSES.broken(entry, f"it calls itself '{found.name}'")
    return found


def _is_pass(found: object) -> TypeGuard[type[Pass]]:
    return isinstance(found, type) and issubclass(found, Pass) and is_dataclass(found)
