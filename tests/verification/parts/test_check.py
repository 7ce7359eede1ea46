"""Real runs are proved equal to their programs part by part; whatever part is changed is named."""

from __future__ import annotations

import dataclasses
import json
import random
from collections import Counter
from dataclasses import replace

import pytest
import torch

from tests.conftest import SHARED, MakeRun
from tpc.diagnostics import TpcError, quoted
from tpc.frontends.run import export_loaded, export_run
from tpc.ir.nodes import Classify, Embed, Lookup, Mlp, Node, Select, TablePredicate
from tpc.ir.program import Program
from tpc.ir.types import Cat
from tpc.model.discrete import DiscreteNetwork
from tpc.model.run import Run
from tpc.model.run_dir import load_run
from tpc.passes.pipelines import optimise
from tpc.proof.equality import compare_on_language, compare_on_strings
from tpc.proof.verdict import Proved, Unknown
from tpc.semantics.strings import arbitrary_strings, padded
from tpc.verification.parts.check import check_parts
from tpc.verification.parts.part import PartsReport

ZOO = SHARED / "zoo"
FOLDERS = sorted(path.name for path in ZOO.iterdir() if path.is_dir()) if ZOO.exists() else []
LEARNED = {"double_hist_learned_counts", "option_embeddings"}

OPTIONS: dict[str, dict[str, object]] = {
    "paper": {},
    "causal": {"autoregressive": True},
    "scores": {"attention_type": "score"},
    "clipped": {"rel_pos_bias": "clipped"},
    "clipped and causal": {"rel_pos_bias": "clipped", "autoregressive": True},
    "no bias": {"rel_pos_bias": "none"},
    "embeddings": {"one_hot_embed": False, "n_vars_cat": 3, "d_var": 9},
    "two counts": {"n_vars_num": 2},
    "three reads": {"mlp_vars_in": 3, "n_layers": 1},
    "no mask": {"unembed_mask": 0},
    "pooled": {"pool_outputs": 1},
    "pooled and causal": {"pool_outputs": 1, "autoregressive": True},
    "MLPs as weights": {
        "one_hot_embed": False,
        "n_vars_cat": 2,
        "d_var": 48,
        "mlp_vars_in": 3,
        "weight_seed": 1,
    },
}

CHANGED = ("paper", "causal", "scores", "clipped", "clipped and causal", "no bias", "embeddings")
CHANGED += ("three reads", "pooled", "MLPs as weights")


def zoo_run(folder: str) -> Run:
    expected = json.loads((ZOO / folder / "expected.json").read_text())
    return load_run(ZOO / folder, expected if folder in ("trec", "conll_ner") else None)


def compared(program: Program, run: Run) -> PartsReport:
    report = check_parts(program, run)
    assert isinstance(report, PartsReport), report
    return report


@pytest.mark.parametrize("folder", FOLDERS)
def test_real_runs_are_proved(folder: str) -> None:
    run = zoo_run(folder)
    report = compared(export_loaded(run), run)
    assert report.different == ()
    if folder in LEARNED:
        assert all(reason.startswith("num_mlp_") for reason in report.open)
        assert isinstance(report.verdict(), Unknown)
    else:
        assert report.verdict() == Proved(f"{report.parts:,} parts compared")


@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_is_proved(name: str, make_run: MakeRun) -> None:
    folder = make_run(**OPTIONS[name])
    report = compared(export_run(folder), load_run(folder))
    assert isinstance(report.verdict(), Proved), report.verdict()
    kinds = Counter(group.kind for group in report.groups if group.parts)
    assert (kinds["score row"] > 0) == (name == "scores")
    assert (kinds["MLP"] > 0) == (name == "MLPs as weights")


def test_learned_numbers_are_left_open_by_name(make_run: MakeRun) -> None:
    folder = make_run(count_only=False)
    report = compared(export_run(folder), load_run(folder))
    verdict = report.verdict()
    assert isinstance(verdict, Unknown)
    assert verdict.open.startswith("num_mlp_0_0 (its weights are the network's")


@dataclasses.dataclass(frozen=True)
class Change:
    """A program with one part changed, and how the part is called."""

    program: Program
    part: str


def changes(program: Program, count: int, seed: int) -> list[Change]:
    """So many random changes, each kind as often as the others."""
    stream = random.Random(seed)
    by_kind: dict[str, list[Node]] = {}
    for node in program.nodes:
        if isinstance(node, Embed | Lookup | Mlp | Classify | Select):
            by_kind.setdefault(type(node).__name__, []).append(node)
            if isinstance(node, Select) and node.rule != "all":
                by_kind.setdefault("rule", []).append(node)
    kinds = sorted(by_kind)
    found = []
    for index in range(count):
        kind = kinds[index % len(kinds)]
        node = stream.choice(by_kind[kind])
        changed, part = (
            _reordered(node, stream) if kind == "rule" else _changed(program, node, stream)
        )
        nodes = tuple(changed if other is node else other for other in program.nodes)
        found.append(Change(program.replace(nodes=nodes), part))
    return found


def _reordered(node: Node, stream: random.Random) -> tuple[Node, str]:
    """Another order of positions, or of the keys of a row of scores."""
    assert isinstance(node, Select)
    head = node.name.removesuffix("_pattern")
    if node.scores is not None:
        row = stream.randrange(len(node.scores))
        ranks = list(node.scores[row])
        one, other = stream.sample(range(len(ranks)), 2)
        ranks[one], ranks[other] = ranks[other], ranks[one]
        scores = (*node.scores[:row], tuple(ranks), *node.scores[row + 1 :])
        return replace(node, scores=scores), f"{head} score row"
    if node.offsets is None:
        rule = "first" if node.rule == "closest" else "closest"
        return replace(node, rule=rule), f"{head} order of positions"  # type: ignore[arg-type]
    ranks = list(node.offsets)
    one, other = stream.sample(range(len(ranks)), 2)
    ranks[one], ranks[other] = ranks[other], ranks[one]
    return replace(node, offsets=tuple(ranks)), f"{head} order of positions"


def _changed(program: Program, node: Node, stream: random.Random) -> tuple[Node, str]:
    match node:
        case Embed():
            word = stream.randrange(1, len(node.values))
            values, size = list(node.values), program.domain_of(node.name).size
            values[word] = (values[word] + stream.randrange(1, size)) % size
            name = f"{node.name} of the word {quoted(program.vocabulary[word])}"
            return replace(node, values=tuple(values)), name  # type: ignore[arg-type]
        case Lookup():
            place, size = stream.randrange(len(node.cases)), program.domain_of(node.name).size
            outcome = (node.cases[place].outcome + stream.randrange(1, size)) % size
            case = replace(node.cases[place], outcome=outcome)
            cases = (*node.cases[:place], case, *node.cases[place + 1 :])
            return replace(node, cases=cases), f"{node.name} at ("
        case Mlp():
            weights = list(node.weights.w_in)
            place = stream.randrange(len(weights))
            weights[place] += stream.choice([-0.5, 0.5])
            changed = replace(node.weights, w_in=tuple(weights))
            return replace(node, weights=changed), f"{node.name} w_in["
        case Select():
            if not isinstance(node.predicate, TablePredicate):
                return _reordered(node, stream)
            keys = list(node.predicate.keys)
            place = stream.randrange(len(keys))
            others = [None, *range(program.domain_of(node.key).size)]
            others.remove(keys[place])
            keys[place] = stream.choice(others)
            row = program.domain_of(node.query).value(place)
            shown = quoted(row) if isinstance(row, str) else row
            name = f"{node.name.removesuffix('_pattern')} predicate row {shown}"
            return replace(node, predicate=TablePredicate(tuple(keys))), name
        case Classify():
            place = stream.randrange(len(node.features))
            feature = node.features[place]
            rows = [list(row) for row in feature.rows]
            row, label = stream.randrange(len(rows)), stream.randrange(len(rows[0]))
            rows[row][label] += stream.choice([-4.0, -0.01, 0.01, 4.0])
            changed_feature = replace(feature, rows=tuple(map(tuple, rows)))
            features = (*node.features[:place], changed_feature, *node.features[place + 1 :])
            name = f"weight of class {quoted(program.classes[label])} for {feature.variable}"
            return replace(node, features=features), name
        case _:
            raise AssertionError(node)


def _labels_differ(one: Program, other: Program, limit: int) -> bool:
    language = compare_on_language(one, other, limit)
    return not (language.equal and compare_on_strings(one, other, 500).equal)


def _check_changes(program: Program, run: Run, count: int, seed: int, limit: int) -> int:
    """Every change is named, or is none: how many changed a label."""
    relevant = 0
    for change in changes(program, count, seed):
        different = compared(change.program, run).different
        if different:
            assert all(found.part.startswith(change.part) for found in different), change.part
        differ = _labels_differ(program, change.program, limit)
        assert not differ or different, change.part
        relevant += differ
    return relevant


@pytest.mark.parametrize("name", CHANGED)
def test_a_changed_part_is_named(name: str, make_run: MakeRun) -> None:
    """A hundred changes in all, on every string of the language and on arbitrary ones."""
    folder = make_run(**{"max_length": 5, **OPTIONS[name]})
    relevant = _check_changes(export_run(folder), load_run(folder), 10, seed=1, limit=100_000)
    assert relevant >= 3


@pytest.mark.slow(seconds=60)
@pytest.mark.parametrize("folder", [name for name in FOLDERS if name not in LEARNED])
def test_a_changed_part_of_a_real_run_is_named(folder: str) -> None:
    run = zoo_run(folder)
    assert _check_changes(export_loaded(run), run, 4, seed=2, limit=30_000)


def test_every_entry_that_differs_is_named(make_run: MakeRun) -> None:
    folder = make_run()
    program, run = export_run(folder), load_run(folder)
    node = program.by_name["mlp_0_0"]
    assert isinstance(node, Lookup)
    wrong = tuple(replace(case, outcome=(case.outcome + 1) % 6) for case in node.cases)
    nodes = tuple(replace(n, cases=wrong) if n is node else n for n in program.nodes)
    report = compared(program.replace(nodes=nodes), run)  # type: ignore[arg-type]
    entries = 1
    for operand in node.operands:
        assert isinstance(program.type_of(operand), Cat)
        entries *= len(program.range_of(operand))
    assert len(report.different) == entries
    first = str(report.verdict())
    assert first.startswith("mlp_0_0 at (")
    assert ": the network has " in first


def test_a_program_built_otherwise_is_said_to_be_so(make_run: MakeRun) -> None:
    folder = make_run()
    program, run = export_run(folder), load_run(folder)
    small = optimise(program, 2).program
    assert check_parts(small, run) != compared(program, run)
    assert isinstance(check_parts(small, run), str)
    select = next(node for node in program.nodes if isinstance(node, Select))
    causal = tuple(replace(n, causal=True) if n is select else n for n in program.nodes)
    found = check_parts(program.replace(nodes=causal), run)  # type: ignore[arg-type]
    assert found == "attn_0_0 sees other positions than in the network"


def test_program_and_run_must_belong_together(make_run: MakeRun) -> None:
    program = export_run(make_run())
    with pytest.raises(TpcError, match="differ in their vocabulary"):
        check_parts(program, load_run(make_run(vocab_size=7)))
    with pytest.raises(TpcError, match="differ in their rewriting of words"):
        check_parts(program.replace(rewrite=("lower",)), load_run(make_run()))


def test_the_bound_covers_what_the_weights_and_their_sums_can_be_off(make_run: MakeRun) -> None:
    """In binary32 the network's own logits are nowhere off by as much."""
    folder = make_run()
    program, run = export_run(folder), load_run(folder)
    report = compared(program, run)
    strings = arbitrary_strings(program, 200, seed=0)
    ids, lengths = padded(strings)
    mask = torch.arange(ids.shape[1]) < torch.from_numpy(lengths)[:, None]
    exact, rounded = (
        DiscreteNetwork(run.config, run.weights, precision)
        .logits(torch.from_numpy(ids), mask)
        .double()
        for precision in (torch.float64, torch.float32)
    )
    off = float((exact - rounded)[mask][:, 2:].abs().max())  # Two classes never win.
    assert 0 < 2 * off < report.margin_bound < 1e-3
