"""The dataflow graph has all that the program has; its texts are well formed whatever it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tpc as api
from tests.cli.conftest import Tpc, sort_program, sort_run, tpc
from tests.strategies import programs, sequences
from tpc.circuit.drawing import dot, mermaid, svg
from tpc.circuit.graph import Graph, GraphEdge, GraphNode, dataflow
from tpc.circuit.layout import layout
from tpc.ir.nodes import TOKENS, Classify, Select, backward_slice, operands
from tpc.ir.parser import parse_program
from tpc.ir.program import Program
from tpc.semantics.encoding import encode
from tpc.semantics.interpreter import evaluate

__all__ = ["sort_program", "sort_run", "tpc"]

ANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
CORPUS = Path(__file__).parent.parent / "corpus"
PROGRAMS = Path(__file__).parents[2] / "programs"
SVG = "{http://www.w3.org/2000/svg}"

#: What Mermaid reads of a label: plain characters, and others by number.
MERMAID = re.compile(r"(?:[\w .,:+*/()=|\[\]{}-]|#\d+;|<br/>)*")


@ANY
@given(programs())
def test_it_has_every_variable_and_all_that_is_read(program: Program) -> None:
    graph = dataflow(program)
    assert {node.name for node in graph.nodes} == {TOKENS} | {
        node.name for node in program.nodes if not isinstance(node, Select)
    }
    for node in program.nodes:
        if isinstance(node, Select):
            continue
        reads = set(operands(node))
        for name in operands(node):
            pattern = program.by_name.get(name)
            if isinstance(pattern, Select):
                reads = reads - {name} | set(operands(pattern))
        assert {edge.source for edge in graph.edges if edge.target == node.name} == reads


@ANY
@given(programs())
def test_live_is_what_the_answer_depends_on(program: Program) -> None:
    graph = dataflow(program, live=True)
    needed = backward_slice(program.nodes, [program.result])
    assert {node.name for node in graph.nodes} == {
        name for name in needed if not isinstance(program.by_name.get(name), Select)
    }
    names = {node.name for node in graph.nodes}
    assert all({edge.source, edge.target} <= names for edge in graph.edges)


@ANY
@given(programs(), st.data())
def test_weights_add_up_to_the_lead_of_the_answers(program: Program, data: st.DataObject) -> None:
    words = data.draw(sequences(program))
    node = program.by_name[program.result]
    if not words or not isinstance(node, Classify):
        return
    leads = []
    for row in evaluate(program, encode(program, words)).logits:
        best = sorted((x for i, x in enumerate(row) if i not in node.never), reverse=True)
        leads.append(best[0] - best[min(1, len(best) - 1)])
    weights = [n.weight for n in dataflow(program, words).nodes if n.weight is not None]
    assert len(weights) == len({feature.variable for feature in node.features})
    assert sum(weights) == pytest.approx(sum(leads) / len(leads))


@ANY
@given(programs(), st.data())
def test_texts_are_well_formed(program: Program, data: st.DataObject) -> None:
    words = data.draw(sequences(program))
    _is_well_formed(dataflow(program, words or None))


def _is_well_formed(graph: Graph) -> None:
    for line in mermaid(graph).splitlines():
        label = re.fullmatch(r'  n\d+\["(.*)"\]:::\w+', line)
        assert not line.startswith("  n") or label or "-->" in line
        assert label is None or MERMAID.fullmatch(label[1])
    for line in dot(graph).splitlines()[4:-1]:
        outside = re.sub(r'"(?:[^"\\]|\\.)*"', "", line)
        assert re.fullmatch(r"  n\d+(?: -> n\d+)? \[[\w=, ]*\];", outside), line
    root = ET.fromstring(svg(graph))
    assert len(root.findall(f"{SVG}path")) == len(graph.edges)
    boxes = root.findall(f"{SVG}g/{SVG}rect")
    assert len(boxes) == len(graph.nodes)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    corners = [[float(box.attrib[key]) for key in ("x", "y", "width", "height")] for box in boxes]
    for index, (x, y, w, h) in enumerate(corners):
        assert x >= 0 <= y
        assert x + w <= width + 1
        assert y + h <= height + 1
        for a, b, c, d in corners[:index]:
            assert x >= a + c or a >= x + w or y >= b + d or b >= y + h, "boxes overlap"


def test_hostile_tokens_are_text() -> None:
    program = parse_program((CORPUS / "hostile.tpir").read_text(encoding="utf-8"))
    words = [word for word in program.vocabulary if word != "<pad>"][: program.max_length]
    graph = dataflow(program, words)
    _is_well_formed(graph)
    for text in (mermaid(graph), dot(graph), svg(graph)):
        assert all(character.isprintable() for character in text.replace("\n", ""))
        assert "</script" not in text


def test_hostile_text_in_every_format() -> None:
    hostile = ["</script>", "&amp;", "`x`", "#35;", '"', "\\N", "%%{init}%%", "]:::", "<b>"]
    words = ", ".join(f'"{word}"' for word in (w.replace("\\", "\\\\") for w in hostile))
    words = words.replace('"""', '"\\""')
    program = parse_program(f"""tpir 1.0

domain @token = ["<pad>", {words}]
domain @label = ["x"]

max_length 9
language any except ["<pad>"]{{1..9}}

program @p(%tokens: cat<@token>) -> label<@label> {{
  %label = classify {{}} : label<@label>
  return %label
}}
""")
    graph = dataflow(program, hostile)
    _is_well_formed(graph)
    assert "<b>" not in svg(graph)
    assert "&amp;amp;" in dot(graph)
    assert "#35;35#59;" in mermaid(graph)


def test_same_input_same_bytes() -> None:
    program = parse_program((CORPUS / "kitchen_sink.tpir").read_text(encoding="utf-8"))
    assert svg(dataflow(program)) == svg(dataflow(program))


def test_in_python() -> None:
    found = api.load(CORPUS / "kitchen_sink.tpir").graph(live=True)
    assert str(found) == found.mermaid()
    assert found.svg() == found._repr_svg_()
    assert found.dot().startswith('digraph "')
    assert "nodes" in repr(found)


def test_the_command(tpc: Tpc, sort_program: Path, tmp_path: Path) -> None:
    assert tpc("graph", sort_program).out.startswith("flowchart LR\n")
    assert tpc("graph", sort_program, "--format", "dot").out.startswith("digraph")
    picture = tmp_path / "sort.svg"
    assert (
        tpc("graph", sort_program, "--input", "<s> 1 </s>", "--format", "svg", "-o", picture).status
        == 0
    )
    assert ET.fromstring(picture.read_text(encoding="utf-8")).tag == f"{SVG}svg"
    assert tpc("graph", sort_program, "--input", "<s> nonsense").status == 2
    for name, start in (("a.SVG", "<svg"), ("a.gv", "digraph"), ("a.md", "flowchart LR")):
        file = tmp_path / name
        assert tpc("graph", sort_program, "-o", file).status == 0
        assert file.read_text(encoding="utf-8").startswith(start)
    tpc("graph", sort_program, "--format", "dot", "-o", tmp_path / "b.svg")
    assert (tmp_path / "b.svg").read_text(encoding="utf-8").startswith("digraph")


def test_a_picture_is_the_same_every_time(sort_program: Path) -> None:
    make = f"import tpc; print(tpc.load({str(sort_program)!r}).graph().svg())"
    texts = set()
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "HOME": seed}
        done = subprocess.run(
            [sys.executable, "-c", make],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        texts.add(done.stdout)
    assert len(texts) == 1


def drawn(curve: tuple[tuple[float, float], ...]) -> list[tuple[float, float]]:
    """Points on a chain of Bézier curves."""
    points = []
    for start in range(0, len(curve) - 1, 3):
        p, q, r, s = np.array(curve[start : start + 4])
        for t in np.linspace(0, 1, 17):
            u = 1 - t
            points.append(tuple(u**3 * p + 3 * u * u * t * q + 3 * u * t * t * r + t**3 * s))
    return points


def test_lines_end_at_their_boxes_and_pass_behind_none() -> None:
    program = api.load(PROGRAMS / "dyck1" / "dyck1.tpir")
    graph = program.graph().graph
    sizes = {node.name: (120.0, 40.0) for node in graph.nodes}
    placed = layout(graph, sizes, 60, 14)
    for edge, curve in zip(graph.edges, placed.curves, strict=True):
        (x, y), (to_x, to_y) = placed.corners[edge.source], placed.corners[edge.target]
        assert curve[0] == pytest.approx((x + 120, y + 20), abs=2)
        assert curve[-1][0] == pytest.approx(to_x, abs=2)
        assert to_y < curve[-1][1] < to_y + 40
        for px, py in drawn(curve):
            inside = [
                name
                for name, (a, b) in placed.corners.items()
                if a + 2 < px < a + 118 and b + 2 < py < b + 38
            ]
            assert inside == []


@pytest.mark.parametrize("count", [2, 301, 1001])
def test_pictures_of_any_size_are_drawn(count: int) -> None:
    nodes = [GraphNode(f"v{k}", "table", (f"v{k}",), (), None, True) for k in range(count)]
    edges = [GraphEdge(f"v{k // 2}", f"v{k}", "reads") for k in range(1, count)]
    graph = Graph("tree", (), tuple(nodes), tuple(edges))
    sizes = {node.name: (60.0, 20.0) for node in nodes}
    placed = layout(graph, sizes, 40, 10)
    assert len(set(placed.corners.values())) == count
    for edge, curve in zip(edges, placed.curves, strict=True):
        assert len(curve) % 3 == 1
        assert curve[0][0] == pytest.approx(placed.corners[edge.source][0] + 60, abs=2)
        assert curve[-1][0] == pytest.approx(placed.corners[edge.target][0], abs=2)


def test_without_the_library_the_picture_is_refused(
    tpc: Tpc, sort_program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    refused = tpc("graph", sort_program, "--format", "svg")
    assert refused.status == 2
    assert "hint: pip install pygraphviz; Mermaid and DOT do without" in refused.err
    assert tpc("graph", sort_program).status == 0
