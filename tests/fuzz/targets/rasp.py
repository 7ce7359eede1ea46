"""RASP texts: read and run statement by statement, linted, and evaluated on inputs."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.fuzz import mutate
from tpc.diagnostics import TpcError
from tpc.rasp import execute
from tpc.rasp.lint import lint_text

TEXTS = (
    'same = select(tokens, tokens, ==);\nx = selector_width(same);\nx;\nx("hello");\n',
    'mirror = select(indices, length - indices - 1, ==);\nx = aggregate(mirror, tokens, "-");\ndraw(x);\n',
    "def f(a, b) {\n  c = a + b if a > b else a - b;\n  return c / 2, -c;\n}\nx, y = f(indices, length);\n",
    'n = 0;\nfor k in [1, 2, 3] {\n  n = n + k * indices;\n  n = n % 5;\n}\nset example [1, 2.5, "a"]\nn;\n',
    'd = {"a": 1, "b": 2};\nx = d[tokens] if tokens in d else 0;\ny = [p[0] for p in [[1, 2], [3]]];\ny[-1];\n',
    '# a comment\nseen = select(indices, indices, <=) and not select(tokens, "a", ==);\n'
    "x = has_focus(seen) or False;\nz = round(indices ^ 0.5) + int(True);\nshow example\nexamples off\n",
    'x = sort(tokens, -indices);\ny = count(tokens, "l");\nw = indicator(tokens == "l");\n'
    'm = mark_first_instance(tokens, "l");\nfull seq display on\nselector examples off\n',
    'f = select(tokens in ["a", "b"], True, ==);\nx = aggregate(f, indices, 0) * 1.0;\n'
    "y = zip([1, 2], [3, 4]);\nr = range(1, 10, 3);\nlen(r);\nq = str(indices) + tokens;\n",
    'load "lib";\nx = good + 1;\nload "none";\ns = "ab" + "c";\nt = s * 2;\nu = [s, [1]] + [2];\n',
    "def g(n) {\n  return g(n - 1) if n > 0 else 0;\n}\nz = g(3);\nh = {k: [k] for k in [1, 2]};\nh;\n",
    "x = 2;\nfor k in range(9) {\n  x = x * x;\n}\ny = x * 1.0;\nw = 7 % -2 + 1 / 3;\nr = range(100000);\n",
    "x = tokens[1:2];\ny = 2 ^ 10 ^ 2;\nz = min(indices, 3) + max([1, 2]);\nexit\nlate = 1;\n",
)


class Fuzzer:
    """See the module."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "lib.rasp").write_text('good = indices + 1;\nbad = nothing;\nload "lib";\nexit\n')

    def seeds(self, stream: random.Random) -> Sequence[bytes]:
        return [text.encode() for text in TEXTS]

    def mutate(self, case: bytes, stream: random.Random) -> bytes:
        text = mutate.text(stream, case.decode("utf-8", "replace"), TEXTS)
        return text.encode("utf-8", "replace")[: 1 << 18]

    def simpler(self, case: bytes) -> Iterator[bytes]:
        return mutate.shorter(case)

    def check(self, case: bytes) -> str:
        text = case.decode("utf-8", "replace")
        program = execute(text, "f.rasp", directory=self._folder)
        refused = 0
        for name in program.names:
            for tokens in ("a", "hello", [1, 2.5, "a", -1], [0] * 20):
                try:
                    program.evaluate(name, tokens)
                    program.answer(name, tokens)
                except TpcError:
                    refused += 1
        for error in program.errors:
            error.render()
        findings = lint_text(text, "f.rasp")
        return f"{len(program.errors)} {len(program.names)} {refused > 0} {len(findings)}"
