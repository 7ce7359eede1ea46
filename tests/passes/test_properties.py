"""Every registered pass keeps, on random programs, what its exactness promises."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.passes.cases import assert_kept, claims
from tests.strategies import programs
from tpc.diagnostics import TpcError
from tpc.ir.nodes import Classify
from tpc.ir.parser import parse_program
from tpc.ir.printer import digest, print_program
from tpc.ir.program import Contract, Program
from tpc.ir.verifier import verify
from tpc.passes.base import ApproximationBudget, PassContext
from tpc.passes.pipelines import OptimisationResult, optimise, parse_pipeline
from tpc.passes.registry import find_pass, pass_names
from tpc.semantics import interpreter
from tpc.semantics.interpreter import evaluate
from tpc.semantics.strings import arbitrary_strings

EXACT = [name for name in pass_names() if find_pass(name).exactness != "data"]
APPROXIMATE = [name for name in pass_names() if find_pass(name).exactness == "data"]

ANY = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def assert_same_by_the_interpreter(before: Program, now: Program) -> None:
    """Labels where `now` promises them, and what it still has of the network's variables."""
    strings = [(ids, False) for ids in before.language.sample(before.max_length, 6, 0)]
    if now.contract.scope == "every_string":
        strings += [(ids, True) for ids in arbitrary_strings(before, 4, 1)]
    for ids, everywhere in strings:
        one, other = evaluate(before, list(ids)), evaluate(now, list(ids))
        scored = before.language.scored(ids, before.max_length) or ()
        kept = [everywhere or before.label_type.pooled or mask for mask in scored or ids]
        for name, source in [(now.result, before.result), *claims(before, now)]:
            pairs = zip(other.columns[name], one.columns[source], kept, strict=False)
            assert all(a == b for a, b, mask in pairs if mask), (name, source, ids)


def assert_text_form(program: Program) -> None:
    """Printing and parsing are inverse."""
    text = print_program(program)
    parsed = parse_program(text)
    assert (parsed, parsed.contract) == (program, program.contract)
    assert print_program(parsed) == text


def run(names: list[str], program: Program) -> OptimisationResult:
    """Run passes in order, and check that each says truly whether it changed the program."""
    versions = [program]
    done = optimise(
        program,
        passes=parse_pipeline(",".join(names)),
        on_program=lambda _name, _changed, after: versions.append(after),
    )
    for record, old, new in zip(done.records, versions, versions[1:], strict=False):
        same = (old, old.metadata, old.contract) == (new, new.metadata, new.contract)
        assert record.result.changed != same, record.name
    return done


@pytest.mark.parametrize("name", EXACT)
@ANY
@given(data=st.data())
def test_exact_passes(name: str, data: st.DataObject) -> None:
    """After up to two others, which make programs that a first pass does not see."""
    program = data.draw(programs(), label="program")
    names = [*data.draw(st.lists(st.sampled_from(EXACT), max_size=2), label="passes before"), name]
    now = run(names, program).program
    verify(now)
    assert_kept(program, now, parse_pipeline(",".join(names)))
    assert_same_by_the_interpreter(program, now)
    assert_text_form(now)


@pytest.mark.parametrize("name", EXACT)
@ANY
@given(data=st.data())
def test_exact_passes_of_programs_for_their_language_only(name: str, data: st.DataObject) -> None:
    """The same passes use what a weaker contract allows."""
    program = data.draw(programs(hostile=False))
    program = program.replace(contract=Contract("language", digest(program)))
    now = run([name], program).program
    verify(now)
    assert_kept(program, now, parse_pipeline(name))
    assert_same_by_the_interpreter(program, now)
    assert now.contract == program.contract


def _right(program: Program, budget: ApproximationBudget) -> float:
    """The share of labels that the interpreter gets right, where the language scores them."""
    right = total = 0
    for words, labels in budget.rows:
        found = interpreter.run(program, list(words), raw=True)
        answers = [found] if isinstance(found, str) else found
        ids = tuple(program.vocabulary.index(word) for word in words)
        scored = program.language.scored(ids, program.max_length)
        pooled = program.label_type.pooled
        for index, (label, answer) in enumerate(zip(labels, answers, strict=True)):
            if label != "<pad>" and (pooled or scored is None or scored[index]):
                right += label == answer
                total += 1
    return right / total if total else 1.0


@pytest.mark.parametrize("name", APPROXIMATE)
@ANY
@given(data=st.data())
def test_approximate_passes(name: str, data: st.DataObject) -> None:
    """They ask to be allowed, keep to their budget, and leave a mark that names the data."""
    program = data.draw(programs(hostile=False))
    program = program.replace(rewrite=())
    words = [word for word in program.vocabulary if word not in ("<pad>", "<unk>")]
    row = st.lists(st.sampled_from(words), min_size=1, max_size=program.max_length)
    rows = []
    for tokens in data.draw(st.lists(row, min_size=1, max_size=4)):
        found = interpreter.run(program, tokens, raw=True)
        rows.append((tuple(tokens), (found,) if isinstance(found, str) else tuple(found)))
    loss = data.draw(st.sampled_from([0.0, 0.25, 1.0]))
    budget = ApproximationBudget("dev.jsonl", tuple(rows), loss)
    passes = parse_pipeline(name)
    with pytest.raises(TpcError, match="approximate"):
        optimise(program, passes=passes)
    if not isinstance(program.by_name[program.result], Classify):
        return
    now = optimise(program, passes=passes, context=PassContext(approximation=budget)).program
    verify(now)
    assert_text_form(now)
    assert _right(now, budget) >= _right(program, budget) - loss
    assert now == program or now.contract == Contract("data", "dev.jsonl")
