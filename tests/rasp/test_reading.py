"""Reading as the reference interpreter reads: what it ignores, and that it goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tpc.diagnostics import TpcError
from tpc.rasp import execute, load
from tpc.rasp.lint import lint_text


def errors(text: str) -> list[tuple[str, str]]:
    return [(str(error.location), error.message) for error in execute(text, "f").errors]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("tokens;indices;", "f:1:8", "a second statement"),
        ("x = 1; y = 2;", "f:1:8", "a second statement"),
        ("def f() { return 1; } y = 2;", "f:1:23", "a second statement"),
        ("y = 2; def f() { return 1; }", "f:1:8", "a second statement"),
        ("for k in [1] { y = k; } y = 2;", "f:1:25", "a second statement"),
        ("x = [1,\n2]; y = 2;", "f:2:5", "a second statement"),
        ("set example [1] y = 2;", "f:1:17", "unexpected 'y'"),
        ("y = 1; x = .5;", "f:1:12", "unexpected character"),
        ("y = 1; x = (;", "f:1:13", "unexpected ';'"),
        ("x = [1, # one\n2];", "f:1:9", "a comment"),
        ("def f(a, # an argument\nb) { return a; }", "f:1:10", "a comment"),
        ("x = 1 # one\n;", "f:1:7", "a comment"),
    ],
)
def test_what_the_reference_ignores_is_an_error(text: str, place: str, message: str) -> None:
    program = execute(text + "\nafter = indices;", "f")
    assert [str(error.location) for error in program.errors] == [place]
    assert message in program.errors[0].message
    # Nothing on the line was done, and the next one was.
    assert program.names == ("after",)
    with pytest.raises(TpcError) as caught:
        load(text, "f")
    assert str(caught.value.location) == place


@pytest.mark.parametrize(
    "text",
    [
        "x = 1; # one",
        "# one\nx = 1;\n  # two\n",
        'x = "# no comment";',
        "x = [1,\n# on a line of its own\n2];",
        "def f() { # what follows\n y = 1; # one\n # two\n return y; # three\n} # four\nx = f();",
        "for k in [1] { # each\n x = k; x = x + 1; } # done",
        'set example ["a"] # a word\nshow example # again\nselector examples off # quiet\nx = 1;',
        "full seq display on # long\nx = 1;\nexit # done",
        "x = 1 +\n2;",
    ],
)
def test_what_the_reference_reads_is_no_error(text: str) -> None:
    assert errors(text) == []
    assert [f.rule for f in lint_text(text, "f") if f.rule == "comment"] == []


def test_an_error_ends_its_statement_alone() -> None:
    text = "x = indices;\nx;\nx = nothing;\ny = x + 1;\n(x)[0];\nz = 1e5;\ny;\nw = z;\n"
    program = execute(text, "f")
    assert [shown.text for shown in program.shown] == [
        'x(["h", "e", "l", "l", "o"]) = [0, 1, 2, 3, 4]',
        'y(["h", "e", "l", "l", "o"]) = [1, 2, 3, 4, 5]',
    ]
    assert [error.location.line for error in program.errors if error.location] == [3, 5, 6, 8]
    assert program.names == ("x", "y")
    assert program.evaluate("y", "ab") == [1, 2]
    with pytest.raises(TpcError, match="nothing is named 'nothing'"):
        load(text, "f")


def test_what_a_loop_did_before_it_failed_stays() -> None:
    program = execute("x = indices;\nfor k in [1, 0, 2] { x = x + (1 / k); }\nx;")
    assert len(program.errors) == 1
    assert program.shown[-1].text.endswith("[1.0, 2.0, 3.0, 4.0, 5.0]")


def test_a_loaded_file_goes_on_too(tmp_path: Path) -> None:
    (tmp_path / "lib.rasp").write_text("bad = nothing;\ngood = indices + 1;\nexit\nlate = 1;\n")
    text = 'load "lib";\nx = good;\nload "lib";\ny = bad;\n'
    program = execute(text, directory=tmp_path)
    found = [(Path(e.location.file).name, e.location.line) for e in program.errors if e.location]
    assert found == [("lib.rasp", 1), ("lib.rasp", 1), ("<rasp>", 4)]
    assert program.evaluate("x", "ab") == [1, 2]


def test_names_of_files_that_no_file_has(tmp_path: Path) -> None:
    for name in ("a\0b", "a" * 5000, ""):
        program = execute(f'load "{name}";\nx = 1;', directory=tmp_path)
        assert [error.location.line for error in program.errors if error.location] == [1]


def test_a_line_after_one_that_is_unreadable_is_in_its_place() -> None:
    assert errors("x = 'a';\nx = [1,\n2]; y = 3;\nz = 'b';") == [
        ("f:1:5", 'unexpected character "\'"'),
        ("f:3:5", "a second statement on the same line makes the line unreadable"),
        ("f:4:5", 'unexpected character "\'"'),
    ]
