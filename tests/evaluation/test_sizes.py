"""How large an emitted program is: what is counted, and what is not."""

import re
from pathlib import Path

from tpc.evaluation.sizes import file_size, python_tokens
from tpc.ir.parser import parse_program
from tpc.runtime.backend import find_backend

CORPUS = Path(__file__).parents[1] / "corpus"


def test_comments_and_layout_are_no_tokens() -> None:
    assert python_tokens("x = [1,\n    -2]  # two\n\n") == 8


def test_an_f_string_is_one_token_under_every_python() -> None:
    assert python_tokens("""x = f"a{b!r:>{c}}" + f'{f"{d}"}'\n""") == 5


def test_a_data_file_counts_without_the_embeddings() -> None:
    program = parse_program((CORPUS / "embedded_words.tpir").read_text("utf-8"))
    _, data = find_backend("python").emit(program, "e")
    text = data.content.decode("utf-8")
    start, end = text.index('"embeddings": {'), text.index('"mlp_0_0": [')
    size = file_size(program, data)
    assert size.bytes == len(text) - (end - start)
    assert size.lines == text.count("\n") - text[start:end].count("\n")
    rest = text[:start] + text[end:]
    assert size.tokens == len(re.findall(r'"[^"]*"|-?[0-9.]+|null', rest))
