"""The drawings are well-formed, shown, and their values are those of the programs they are of."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import tpc
from tests.docs.blocks import ROOT
from tpc.ir.nodes import Classify

FIGURES = sorted((ROOT / "docs" / "figures").glob("*.svg"))
SPACE = "{http://www.w3.org/2000/svg}"
REVERSE = tpc.load(ROOT / "programs" / "reverse" / "reverse.tpir")
TOKENS = ["<s>", "2", "0", "1", "</s>"]


def texts(name: str) -> list[str]:
    """All texts of a drawing, in the order in which they are drawn."""
    root = ET.parse(ROOT / "docs" / "figures" / f"{name}.svg").getroot()
    return [element.text or "" for element in root.iter(f"{SPACE}text")]


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_drawings_are_well_formed_titled_and_shown(figure: Path) -> None:
    root = ET.parse(figure).getroot()
    assert root.tag == f"{SPACE}svg"
    assert root.findtext(f"{SPACE}title")
    pages = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md"))
    assert f"(figures/{figure.name})" in pages


def test_the_stream_has_the_values_of_the_program() -> None:
    drawn, trace = texts("stream"), REVERSE.trace(TOKENS)
    expected = {
        "tokens": TOKENS,
        "positions": trace["positions"],
        "attn_0_3": trace["attn_0_3"],
        "mlp_0_0": trace["mlp_0_0"],
        "attn_1_1": trace["attn_1_1"],
        "label": REVERSE.run(TOKENS),
    }
    for name, values in expected.items():
        at = drawn.index(name)
        assert drawn[at + 2 : at + 7] == [str(value) for value in values], name


def test_the_head_takes_what_the_program_takes() -> None:
    drawn, trace = texts("head"), REVERSE.trace(TOKENS)
    at = drawn.index("attn_1_1")
    assert drawn[at + 1 : at + 6] == trace["attn_1_1"]
    queries = [text for text in drawn[drawn.index("4") + 1 :] if text.isdigit()][:5]
    assert queries == [str(value) for value in trace["mlp_0_0"]]
    assert drawn.count("✓") == len(TOKENS)


def test_the_table_is_the_program_s() -> None:
    drawn = [text for text in texts("lookup") if text.isdigit()]
    ends, rows = [int(text) for text in drawn[:5]], drawn[5:]
    for line in range(5):
        position, *cells = map(int, rows[6 * line : 6 * line + 6])
        for end, cell in zip(ends, cells, strict=True):
            if position < end:  # Elsewhere the sequence has ended.
                sequence = ["<s>", *["0"] * (end - 1), "</s>"]
                assert REVERSE.trace(sequence)["mlp_0_0"][position] == cell


def test_the_count_is_right() -> None:
    program = tpc.load(ROOT / "programs" / "hist" / "hist.tpir")
    drawn = texts("count")
    at = drawn.index("count_same")
    counts = program.trace(["<s>", "3", "1", "3"])["num_attn_0_1"]
    assert drawn[at + 1 : at + 5] == [str(count) for count in counts]


def test_the_classifier_s_rows_are_the_program_s() -> None:
    program = tpc.load(ROOT / "programs" / "sort" / "sort.tpir")
    (node,) = (node for node in program.ir.nodes if isinstance(node, Classify))
    weights = {feature.variable: feature.rows for feature in node.features}
    drawn = [text.replace("−", "-") for text in texts("classifier")]
    sums = [0.0] * 5
    for variable, rows in weights.items():
        name, value = next(text for text in drawn if text.startswith(f"{variable} = ")).split(" = ")
        row = rows[int(value)] if name == "positions" else [int(value) * w for w in rows[0]]
        at = drawn.index(f"{name} = {value}")
        assert [float(text) for text in drawn[at + 1 : at + 6]] == list(row[1:])
        sums = [before + added for before, added in zip(sums, row[1:], strict=True)]
    at = drawn.index("sum")
    assert [float(text) for text in drawn[at + 1 : at + 6]] == sums
    label = program.classes[1 + sums.index(max(sums))]
    assert drawn[-1] == f"label: {label}"
    assert program.trace(["<s>", "3", "1", "4", "1", "</s>"])["label"][2] == label


def test_the_dataflow_is_what_the_command_draws() -> None:
    program = tpc.load(ROOT / "programs" / "sort" / "sort.tpir")
    drawn = (ROOT / "docs" / "figures" / "dataflow.svg").read_text(encoding="utf-8")
    assert program.graph(["<s>", "3", "1", "4", "</s>"]).svg() == drawn
