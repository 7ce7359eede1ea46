"""Which passes there are. A new pass is one file and one line here."""

from __future__ import annotations

from importlib import import_module

from tpc.diagnostics import TpcError, did_you_mean
from tpc.passes.base import Pass

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
    "order-nodes": "tpc.passes.order_nodes:OrderNodes",
    "name-variables": "tpc.passes.name_variables:NameVariables",
    "anchor-class": "tpc.passes.anchor_class:AnchorClass",
    "drop-approximately": "tpc.passes.drop_approximately:DropApproximately",
    "recover-origins": "tpc.passes.recover_origins:RecoverOrigins",
    "prove": "tpc.passes.prove:Prove",
}


def pass_names() -> list[str]:
    """The names of all passes, in the order of `--list`."""
    return list(PASSES)


def find_pass(name: str) -> type[Pass]:
    """The class of a pass.

    Raises:
        TpcError: There is no pass of this name.
    """
    if name not in PASSES:
        hint = did_you_mean(name, PASSES) or "see `tpc opt --list`"
        raise TpcError(f"there is no pass '{name}'", hint=hint)
    module, attribute = PASSES[name].split(":")
    found: type[Pass] = getattr(import_module(module), attribute)
    return found
