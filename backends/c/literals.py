"""C literals and identifiers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tpc.lowering.layout import Layout
from tpc.lowering.names import Names, Naming
from tpc.lowering.storage import Storage

TYPES: dict[Storage, str] = {"u8": "uint8_t", "u16": "uint16_t", "u32": "uint32_t", "f64": "double"}
BRACES = Layout("{", "}", " /* {} */")

#: Keywords, macros, types, and what the emitted files call their own things.
_RESERVED = """
auto break case char const continue default do double else enum extern float for goto if
inline int long register restrict return short signed sizeof static struct switch typedef
union unsigned void volatile while bool true false nullptr alignas alignof constexpr
static_assert thread_local typeof typeof_unqual asm linux unix i386 errno stdin stdout stderr
assert main malloc free memcpy memset memcmp strlen abort exit
size_t int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t
add add_times add_features answers at best_class close decide doubts exact_label fixed
fixed_point i index label_block label_of labels lane lane_length length lengths order position
ragged s score settle set_up sort_by_length starts state wanted weight command letters lower
digits rewrite fail token_id token_sizes sorted_tokens class_json append hexadecimal
json_string ids sizes echo_first echo_last add_word blank encode show flush line_number
"""
#: Names that are made from a variable's, or have a number; macros and constants are in capitals.
_MADE = (
    r".*_(by_position|codes_\d+|keys|of_token|offsets|ranks|row|table|targets|wants|weights(_\d+)?"
    r"|[bw]_(in|out)|u8|u16|u32|f64)|(joint|row|index|look_up)_\d+|[A-Z0-9_]*[A-Z0-9]"
)
_PUBLIC = "class|classes|create|free|run|state|token|tokens|trace|traced"
#: Programs whose public functions would be those of somebody else.
_TAKEN = frozenset(
    ("argz", "best", "clnt", "clntraw", "pthread", "sorted", "svc", "thrd", "timer", "xdr")
)


def identifiers(names: Iterable[str], public: str) -> dict[str, str]:
    """A C name for each variable: its own, with underscores where that could mean something.

    Args:
        names: Of the variables.
        public: What the public names of the file start with.
    """
    made = re.compile(f"{_MADE}|{public}_({_PUBLIC})")
    return Names(Naming(frozenset(_RESERVED.split()), made=made), names).variables


def prefix(name: str) -> str:
    """What the public names of a program start with."""
    return f"tp_{name.lstrip('_')}" if name.startswith("_") or name in _TAKEN else name


def string(text: str) -> str:
    """A string literal of UTF-8 bytes, everything but plain ASCII escaped."""
    shown = ""
    for byte in text.encode("utf-8", "surrogatepass"):
        character = chr(byte)
        if character in '"\\?':
            shown += f"\\{character}"
        elif 32 <= byte < 127:
            shown += character
        else:
            shown += f"\\{byte:03o}"
    return f'"{shown}"'


def safe(text: str) -> str:
    """Text that cannot end a comment."""
    plain = text.replace("*/", "* /").replace("/*", "/ *")
    return plain.encode("ascii", "backslashreplace").decode().replace("??", "? ?")


def comment(*lines: str) -> str:
    """A comment of several lines."""
    text = "\n * ".join(map(safe, lines))
    return f"/* {text} */"
