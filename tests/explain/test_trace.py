"""Traces: the interpreter's values and choices, as a table that always is text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

import tpc as package
from tests.cli.conftest import Tpc, tpc
from tests.cli.test_bad_input import assert_polite
from tests.strategies import programs, sequences
from tpc.explain.tables import in_blocks, spans, visible
from tpc.explain.trace import traced
from tpc.ir.nodes import Select
from tpc.semantics.encoding import encode
from tpc.semantics.interpreter import Interpreter, present_column

__all__ = ["tpc"]

ROOT = Path(__file__).parent.parent.parent
SORT = ROOT / "programs" / "sort" / "sort.tpir"
HOSTILE = ROOT / "tests" / "corpus" / "hostile.tpir"


@given(st.data())
def test_a_trace_has_the_interpreters_values_and_choices(data: st.DataObject) -> None:
    program = data.draw(programs())
    tokens = data.draw(sequences(program))
    interpreter = Interpreter(program)
    found = interpreter.evaluate(encode(program, tokens))
    trace = traced(interpreter, tokens)
    assert [variable.name for variable in trace.variables] == [
        "tokens",
        *(node.name for node in program.nodes),
    ]
    for variable in trace.variables:
        if isinstance(program.by_name.get(variable.name), Select):
            assert [list(chosen) for chosen in variable.attended] == found.patterns[variable.name]
        else:
            column = present_column(program, variable.name, found.columns[variable.name])
            assert list(variable.values) == column
    if tokens:
        answer = interpreter.run(tokens)
        assert trace.answer == (answer if isinstance(answer, str) else tuple(answer))
        assert json.loads(json.dumps(trace.to_json()))["answer"] == answer


@given(st.data())
def test_tables_are_aligned_and_keep_to_the_width(data: st.DataObject) -> None:
    program = data.draw(programs())
    tokens = data.draw(sequences(program))
    trace = traced(Interpreter(program), tokens)
    text = trace.text(40)
    assert all(line.replace("\n", "").isprintable() for line in text.split("\n"))
    words = [cell for row in trace.variables for cell in row.cells()]
    widest = max(map(cell_len, [*words, *map(visible, (*trace.words, *program.classes))]))
    names = max(len(node.name) for node in program.nodes)
    for line in text.split("\n"):
        assert cell_len(line) <= max(40, names + 2 + widest) or line.startswith("answer: ")


def test_blocks_have_every_column_once() -> None:
    rows = [["", *"abcdefghij"], ["row", *map(str, range(10))]]
    lines = in_blocks(rows, 12, headers=1)
    assert lines == [
        *("     a  b  c", "------------", "row  0  1  2", ""),
        *("     d  e  f", "------------", "row  3  4  5", ""),
        *("     g  h  i", "------------", "row  6  7  8", ""),
        *("     j", "------", "row  9"),
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("word", "word"),
        ("", "''"),
        ('"', '"'),
        ("'x'", "\"'x'\""),
        ("a b", "'a b'"),
        ("\x1b[31m", "'\\x1b[31m'"),
        ("\u202eabc", "'\\u202eabc'"),
        ("\u2028", "'\\u2028'"),
        ("\n", "'\\n'"),
        ("\\", "\\"),
        ("</script>", "</script>"),
        ("[red]", "[red]"),
        ("🙂", "🙂"),
        ("日本", "日本"),
        (None, "-"),
        (3, "3"),
        (0.1 + 0.2, "0.3"),
    ],
)
def test_values_are_visible_as_text(value: str | float | None, shown: str) -> None:
    assert visible(value) == shown


@pytest.mark.parametrize(
    ("positions", "shown"),
    [
        ([], "-"),
        ([4], "4"),
        ([1, 2], "1,2"),
        ([0, 2, 3, 4, 9], "0,2-4,9"),
        (list(range(0, 60, 2)), "(30 in all)"),
    ],
)
def test_positions_are_written_as_spans(positions: list[int], shown: str) -> None:
    assert spans(positions) == shown


def test_the_command_shows_a_trace(tpc: Tpc) -> None:
    shown = tpc("trace", SORT, "<s> 3 1 4 </s>")
    assert shown.status == 0
    assert "count_3_pattern    1  1  1  1     1\n" in shown.out
    assert shown.out.endswith("answer           <s>  1  3  4  </s>\n")
    assert tpc("trace", SORT, '["<s>", "3", "1", "4", "</s>"]').out == shown.out
    assert tpc("trace", SORT, "-", stdin="<s> 3 1 4 </s>\n").out == shown.out
    found = tpc("trace", SORT, "<s> 3 </s>", "--until", "%count_0_pattern", "--json").json()
    assert found["variables"][-1] == {
        "name": "count_0_pattern",
        "operation": "select",
        "attended": [[], [], []],
    }
    assert "answer" not in found


def test_the_command_refuses_what_run_refuses(tpc: Tpc) -> None:
    assert_polite(tpc("trace", SORT, "<s> 3 9 </s>"), "does not know the token '9'")
    assert_polite(tpc("trace", SORT, "3 1"), "not in it")
    assert tpc("trace", SORT, "3 1", "--unchecked").status == 0
    assert_polite(tpc("trace", SORT, "<s> 3 </s>", "--until", "count_4"), "did you mean count_")
    assert_polite(tpc("trace", "-", "-", stdin="<s>"), "both")


def test_hostile_tokens_are_text(tpc: Tpc, tmp_path: Path) -> None:
    text = HOSTILE.read_text(encoding="utf-8").replace('"None"', '"\\u001b[31m"')
    path = tmp_path / "hostile.tpir"
    path.write_text(text, encoding="utf-8")
    tokens = json.dumps(["\x1b[31m", '"', "\n", "\u2028", ""])
    shown = tpc("trace", path, tokens).out
    assert "'\\x1b[31m'" in shown
    assert "\x1b" not in shown
    assert "\u2028" not in shown


def test_unknown_words_are_shown_as_the_program_sees_them(tpc: Tpc) -> None:
    shown = tpc("trace", ROOT / "tests" / "corpus" / "unknown_words.tpir", "never_seen").out
    assert "never_seen" in shown
    assert "<unk>" in shown


def test_python_gives_a_dictionary_with_a_table() -> None:
    program = package.load(SORT)
    tokens = ["<s>", "3", "1", "</s>"]
    trace = program.trace(tokens)
    assert trace == Interpreter(program.ir).trace(tokens)
    assert dict(trace)["label"] == trace["label"]
    assert str(trace.table) == traced(Interpreter(program.ir), tokens).text()
