"""Any legal name, for variables and programs, in every target: words of its language and our own.

Names are drawn from keywords and builtins, from all that the backends themselves write into a file,
and from names that look like made ones. The program has a variable of each kind.
"""

from __future__ import annotations

import builtins
import keyword
import re
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.backends.conftest import NAMES, corpus_program
from tpc.ir.parser import parse_program
from tpc.ir.program import Program
from tpc.runtime.backend import Backend, backend_names, emit_to, find_backend
from tpc.semantics import interpreter

C = """
auto break case char const continue default do double else enum extern float for goto if inline int
long register restrict return short signed sizeof static struct switch typedef union unsigned void
volatile while _Alignas _Atomic _Bool _Complex _Generic _Imaginary _Noreturn _Pragma alignof bool
constexpr false nullptr thread_local true typeof asm unix linux NULL EOF BUFSIZ RAND_MAX stdin
errno size_t uint8_t int32_t INT_MAX UINT8_MAX malloc printf memcpy I main signal abort exit
"""
JAVASCRIPT = """
await break case catch class const continue debugger default delete do else enum eval export
extends false finally for function if implements import in instanceof interface let new null
package private protected public return static super switch this throw true try typeof var void
while with yield undefined NaN Infinity arguments globalThis Object Array Map Set Math JSON
constructor prototype __proto__ toString hasOwnProperty async of get set Symbol module exports
"""
RASP = """
set show example examples on off load draw exit indices length tokens_str tokens_int select
aggregate selector_width full_s has_prev sort reverse round indicator tokens_asis contains
"""
ODD = """
_ __ ___ _x __x__ x_ X X_ tokens label positions trace raw v vX v_ joint_0 row_1 x_keys a_weights
a_weights_2 A_WEIGHTS_2 x_table x_wants X_WANTS weights_0 JOINT_0 look_up_64 a1 n_2 x_2 x_3
label_of x_by_position tokens_x tokens_keys pthread sorted best BATCH LINE LANES MAX_LENGTH
"""


@cache
def pool() -> list[str]:
    """Names to be drawn, the same each time."""
    found = {*dir(builtins), *keyword.kwlist, *keyword.softkwlist}
    for words in (C, JAVASCRIPT, RASP, ODD):
        found |= set(words.split())
    for name in NAMES:
        for target in backend_names():
            for file in find_backend(target).emit(corpus_program(name), "stem"):
                text = file.content.decode("utf-8", "replace")
                found |= set(re.findall(r"\b[A-Za-z_][A-Za-z0-9_]*\b", text))
    return sorted(found - {"tokens"})


#: A variable of each kind: `{KEY}` is the name of another.
KINDS = {
    "place": "positions : cat<@position>",
    "one": "ones : num<1..1>",
    "size": 'embed(%tokens) {{"a" => 0.5, "b" | "c" => -1.25}} : real',
    "kind": 'lookup(%tokens) {{"a" => 1, "b" => 0, _ => 2}} : cat<@position>',
    "half": "lookup(%{place}) {{0..1 => 3, _ => 0}} : cat<@position>",
    "same": "select.closest(query=%tokens, key=%tokens) where key == query",
    "near": "aggregate(%{same}, %tokens) : cat<@token>",
    "equal": "select.all(query=%{near}, key=%tokens) where key == query",
    "count": "aggregate(%{equal}, %{one}) : num<0..4>",
    "again": "select.all(query=%{near}, key=%tokens) where key == query",
    "sum": "aggregate(%{again}, %{size}) : real",
    "back": "select.first causal(query=%{place}, key=%{place}) where key == query - 1",
    "before": "aggregate(%{back}, %tokens) : cat<@token>",
    "jump": "select.closest(query=%{kind}, key=%{place}) where key == query",
    "there": "aggregate(%{jump}, %{kind}) : cat<@position>",
    "rank": "select.score(query=%{half}, key=%tokens)"
    ' scores {{0 | 2 => "b" > "a" = "c", 1 | 3 => "c" > "b" > "a"}}',
    "best": "aggregate(%{rank}, %{place}) : cat<@position>",
    "prefer": "select.best(query=%tokens, key=%{near}) where key == query"
    " prefer 1 > -1 = 2 > 0 > -2 > 3 = -3",
    "placed": "aggregate(%{prefer}, %{kind}) : cat<@position>",
    "unit": "mlp(%{size}, %tokens) hidden 1 w_in [1, 0.5, -1, 2] b_in [0.25]"
    " w_out [1, -1, 2, 0] b_out [0, 0.5, -1, 0.25] : cat<@position>",
    "joint": 'lookup(%{count}, %{half}, %{near}) {{(2..4, 3, _) => 1, (_, 0, "b") => 2, _ => 0}}'
    " : cat<@position>",
}
_BY_PLACE = "{{0 => [0, 0.5, 0.25], 2 => [0.125, 0, 1], _ => [0, 0.75, 0]}}"
_DIRECT = '%{before}: {{"a" => [0, 0.5, 1], "b" => [0.25, 0, 0], _ => [0, 0, 0.125]}}'
_FIXED = (
    f"%{{count}}: [0.5, 0, -0.25], %{{half}}: {_BY_PLACE}, %{{joint}}: {_BY_PLACE}, "
    f"%{{there}}: {_BY_PLACE}, %{{best}}: {_BY_PLACE}, %{{placed}}: {_BY_PLACE}, "
    f"%{{unit}}: {_BY_PLACE}, %{{place}}: {_BY_PLACE}, {_DIRECT}"
)
#: How labels come about.
LABELS = (
    'lookup(%{joint}, %{near}) {{(1, "a") => "x", (2, _) => "y", _ => "z"}} : label<@label>',
    f"classify {{{{{_DIRECT}}}}} : label<@label>",
    f"classify {{{{{_FIXED}}}}} : label<@label>",
    f"classify.sum {{{{{_FIXED}}}}} : pooled<@label>",
    f"classify.first {{{{{_FIXED}}}}} : pooled<@label>",
    f"classify {{{{{_FIXED}, %{{size}}: [0.5, 0, 1], %{{sum}}: [0, -0.5, 0]}}}} : label<@label>",
)


def program(title: str, names: Sequence[str], label: str) -> Program:
    """A program whose variables, the label last, have these names."""
    known = dict(zip(KINDS, names, strict=False))
    lines = [f"  %{known[key]} = {text.format(**known)}" for key, text in KINDS.items()]
    return parse_program(
        "\n".join(
            [
                "tpir 1.0",
                'domain @token = ["a", "b", "c"]',
                "domain @position = 0..3",
                'domain @label = ["x", "y", "z"]',
                "max_length 4",
                "language any{1..4}",
                "contract every_string",
                f"program @{title}(%tokens: cat<@token>) -> {label.rpartition(' : ')[2]} {{",
                *lines,
                f"  %{names[-1]} = {label.format(**known)}",
                f"  return %{names[-1]}",
                "}",
            ]
        )
    )


@st.composite
def programs(draw: st.DrawFn) -> Program:
    size = len(KINDS) + 1
    names = draw(st.lists(st.sampled_from(pool()), min_size=size, max_size=size, unique=True))
    return program(draw(st.sampled_from(pool())), names, draw(st.sampled_from(LABELS)))


def assert_equal(backend: Backend, program: Program) -> None:
    with tempfile.TemporaryDirectory() as folder:
        loaded = backend.load(program, emit_to(backend, program, Path(folder), "emitted"))
        for tokens in (["a"], ["b", "a", "c", "a"], ["c", "c", "b"]):
            assert loaded.run(tokens) == interpreter.run(program, tokens)
            expected = interpreter.trace(program, tokens)
            for name, values in loaded.trace(tokens).items():
                assert values == expected[name], name


@pytest.fixture(params=backend_names())
def backend(request: pytest.FixtureRequest) -> Backend:
    return find_backend(request.param)


@given(program=programs())
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_programs_of_any_names_run_as_the_interpreter_does(
    backend: Backend, program: Program
) -> None:
    assert_equal(backend, program)


@pytest.mark.parametrize("label", LABELS, ids=range(len(LABELS)))
def test_names_that_once_failed(backend: Backend, label: str) -> None:
    """Capitals were their own constants in NumPy, and its long calls were broken wrongly."""
    known = ["NULL", "EOF", "X", "x" * 150, "_", "BATCH", *ODD.split(), "Y" * 150]
    names = [name for name in dict.fromkeys(known) if name != "tokens"]
    assert_equal(backend, program("sorted", names[: len(KINDS) + 1], label))
    assert_equal(backend, program("best", names[-len(KINDS) - 1 :], label))
