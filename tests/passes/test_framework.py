"""Pipelines as text, the manager's watching, and what the registry says."""

from pathlib import Path

import pytest

from tpc.diagnostics import TpcError
from tpc.ir.parser import parse_program
from tpc.ir.printer import digest
from tpc.ir.program import Program
from tpc.passes.base import Pass, PassContext, PassResult, result
from tpc.passes.pipelines import LEVELS, PassDifferenceError, optimise, parse_pipeline, pipeline
from tpc.passes.registry import find_pass, pass_names
from tpc.passes.rule_and_exceptions import RuleAndExceptions

CORPUS = Path(__file__).parents[1] / "corpus"


@pytest.fixture
def program() -> Program:
    return parse_program((CORPUS / "kitchen_sink.tpir").read_text("utf-8"))


def test_every_pass_is_described_and_found() -> None:
    for name in pass_names():
        kind = find_pass(name)
        assert kind.name == name
        assert kind.summary
        assert kind.exactness in ("every_string", "language", "data")
        assert parse_pipeline(name) == (kind(),)


def test_every_pass_has_a_test_file_of_its_own() -> None:
    """With at least a case of what it does and one of what it leaves alone."""
    for name in pass_names():
        path = Path(__file__).with_name(f"test_{name.replace('-', '_')}.py")
        assert path.is_file(), path
        text = path.read_text("utf-8")
        assert text.count("\ndef test_") >= 2, path
        assert name in text or find_pass(name).__name__ in text, path


def test_pipelines_parse() -> None:
    passes = parse_pipeline("rule-and-exceptions{most=3}, order-nodes,prove")
    assert [item.name for item in passes] == ["rule-and-exceptions", "order-nodes", "prove"]
    assert passes[0] == RuleAndExceptions(most=3) != RuleAndExceptions()
    assert [item.name for item in pipeline(3)][-1] == "prove"


def test_no_level_runs_a_pass_that_is_exact_on_data_only() -> None:
    for level in LEVELS:
        exact = {item.exactness for item in pipeline(level)}
        assert "data" not in exact
        if level <= 1:
            assert exact <= {"every_string"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a list of passes"),
        ("prune,", "not a list of passes"),
        ("prune prune", "not a list of passes"),
        ("prun", "no pass 'prun'"),
        ("prune{a=1}", "no option 'a'"),
    ],
)
def test_bad_pipelines_are_explained(text: str, message: str) -> None:
    with pytest.raises(TpcError, match=message):
        parse_pipeline(text)


class Wrong(Pass):
    """Answers the first class whatever the input."""

    name = "wrong"
    exactness = "every_string"
    summary = "wrong"

    def run(self, program: Program, context: PassContext) -> PassResult:  # noqa: ARG002
        node = program.by_name[program.result]
        cheat = node.__class__(
            node.name, (), node.type, tuple(range(1, len(program.classes))), node.pool
        )
        nodes = (*program.nodes[:-1], cheat)
        return result(program, program.replace(nodes=nodes))


def test_verify_each_catches_a_wrong_pass(program: Program) -> None:
    optimise(program, passes=[Wrong()])
    with pytest.raises(PassDifferenceError, match="pass 'wrong' changed the label at position"):
        optimise(program, passes=[Wrong()], verify_each=True)


def test_language_passes_change_the_contract(program: Program) -> None:
    class Language(Wrong):
        exactness = "language"

    done = optimise(program, passes=[Language(), Language()])
    assert done.program.contract.scope == "language"
    assert done.program.contract.proved_against == digest(program)
    assert [record.result.changed for record in done.records] == [True, False]


def test_level_0_changes_nothing(program: Program) -> None:
    done = optimise(program, 0)
    assert done.program is program
    assert done.before == done.after
    with pytest.raises(TpcError, match="no -O7"):
        optimise(program, 7)
