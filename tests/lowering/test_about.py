"""What emitted files say of a program."""

from __future__ import annotations

from dataclasses import replace

from tests.backends.conftest import corpus_program
from tpc.ir.program import Contract
from tpc.lowering import about, lower
from tpc.semantics.encoding import encode


def test_the_origin_has_the_facts_that_are_known() -> None:
    lowered = lower(corpus_program("constant"))
    assert about.origin(replace(lowered, origin={})) == ""
    assert about.origin(replace(lowered, origin={"layers": 2, "task": "sort", "seed": 1})) == (
        "Exported from a network of depth 2 for the task sort."
    )
    assert about.title(lowered) == "constant: a Transformer Program."


def test_the_promise_is_the_contract() -> None:
    lowered = lower(corpus_program("constant"))

    def said(contract: Contract) -> tuple[str, str]:
        changed = replace(lowered, contract=contract)
        return about.promise(changed), about.proof(changed)

    assert said(Contract("every_string")) == (
        f"For every sequence of at most {lowered.max_length} tokens its labels are the network's.",
        "",
    )
    assert said(Contract("data", "test.jsonl")) == (
        "An approximation of the network, measured on test.jsonl.",
        "",
    )
    assert said(Contract("language", "sha256:1")) == (
        "On the inputs of its task its labels are the network's, elsewhere they may differ.",
        "Proved against sha256:1.",
    )
    pooled = replace(lowered, pooled=True, contract=Contract("language"))
    assert about.promise(pooled).startswith("On the inputs of its task its label is")


def test_the_example_is_the_longest_that_is_short() -> None:
    program = corpus_program("kitchen_sink")
    lowered = lower(program)
    tokens = [program.vocabulary[index] for index in max(lowered.sample, key=len)]
    encode(program, tokens)
    *_, example = about.introduction(lowered, list, 80, repr)
    assert example == f"    run({tokens})\n    == {tokens}"
    # Whatever has more than three tokens is written too long to be shown.
    *_, shorter = about.introduction(lowered, list, 80, lambda texts: "x" * (72 + len(texts)))
    assert shorter == f"    run({'x' * 75})\n    == {'x' * 75}"


def test_what_cannot_be_shown_or_is_not_known_is_left_out() -> None:
    lowered = replace(lower(corpus_program("kitchen_sink")), origin={})
    parts = about.introduction(lowered, list, 80, lambda _: "x" * 100)
    assert parts == [about.title(lowered), about.promise(lowered)]
    proved = replace(lowered, contract=Contract("language", "sha256:1"))
    assert about.introduction(proved, list, 200, repr)[1] == (
        f"{about.promise(proved)}\nProved against sha256:1."
    )
