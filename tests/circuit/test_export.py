"""The exported circuit fits its schema, and its causes are enough to compute every value again."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cli.conftest import Tpc, sort_program, sort_run, tpc
from tests.strategies import programs, sequences
from tpc.circuit.export import circuit
from tpc.ir.nodes import Aggregate, Classify, Embed, Lookup, Mlp, Node, Select
from tpc.ir.program import Program
from tpc.semantics.interpreter import lookup, mlp

__all__ = ["sort_program", "sort_run", "tpc"]

ANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
SCHEMA = json.loads(files("tpc.ir_specs").joinpath("circuit.schema.json").read_text("utf-8"))


def index(program: Program, name: str, value: Any) -> Any:
    """A shown value as programs hold it."""
    node = program.by_name.get(name)
    domain = getattr(program.type_of(name), "domain", None) if node else program.tokens.domain
    return value if domain is None else program.domain_by_name[domain].index(value)


def explains(program: Program, found: dict[str, Any]) -> None:
    """Values are computed again from nothing but what the causes name."""
    for node in program.nodes:
        for at, causes in enumerate(found["causes"][node.name]):
            if isinstance(node, Select):
                keys = [["key", node.key, j] for j in found["attention"][node.name][at]]
                assert causes == [["query", node.query, at], *keys]
            elif isinstance(node, Classify):
                everywhere = set(range(len(found["tokens"])))
                pools = {"none": {at}, "first": {0}, "sum": everywhere}
                assert not node.features or {j for _, _, j in causes} == pools[node.pool]
            else:
                shown = index(program, node.name, found["values"][node.name][at])
                again = recomputed(program, node, causes, found["values"])
                assert again is None or shown == pytest.approx(again)


def recomputed(program: Program, node: Node, causes: list[Any], values: dict[str, Any]) -> Any:
    """A value from its causes; nothing for what has none."""
    read = {(n, j): index(program, n, values[n][j]) for _, n, j in causes if n in values}
    match node:
        case Aggregate():
            pattern = program.by_name[node.pattern]
            assert isinstance(pattern, Select)
            return sum(read.values()) if pattern.rule == "all" else next(iter(read.values()))
        case Lookup() | Mlp():
            named = {name: value for (name, _), value in read.items()}
            row = tuple(named[name] for name in node.operands)
            return lookup(node, row) if isinstance(node, Lookup) else mlp(program, node, row)
        case Embed():
            return node.values[next(iter(read.values()))]
        case _:
            return None


@ANY
@given(programs(), st.data())
def test_it_fits_the_schema_and_explains_every_value(program: Program, data: st.DataObject) -> None:
    inputs = data.draw(st.lists(sequences(program), max_size=2))
    found = circuit(program, inputs)
    jsonschema.validate(json.loads(json.dumps(found)), SCHEMA)
    assert [node["name"] for node in found["nodes"]] == ["tokens", *program.by_name]
    names = {node["name"] for node in found["nodes"]}
    assert all({edge["source"], edge["target"]} <= names for edge in found["edges"])
    for one in found["inputs"]:
        explains(program, one)


def test_the_command(tpc: Tpc, sort_program: Path, tmp_path: Path) -> None:
    path = tmp_path / "circuit.json"
    assert tpc("export-circuit", sort_program, "-o", path).status == 0
    assert json.loads(path.read_text(encoding="utf-8"))["inputs"] == []
    outcome = tpc("export-circuit", sort_program, "--inputs", "-", stdin='["<s>", "1"]\n')
    (found,) = outcome.json()["inputs"]
    assert found["tokens"] == ["<s>", "1"]
    assert tpc("export-circuit", sort_program, "--inputs", "-", stdin='["nonsense"]').status == 2
