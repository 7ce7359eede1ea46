"""Parsing: precedence by property, statements by example, errors with their places."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tpc.diagnostics import TpcError
from tpc.rasp import syntax as tree
from tpc.rasp.reading import read
from tpc.rasp.source import Source


def parse(source: Source) -> list[tree.Statement]:
    """All statements of a text; the first error is raised."""
    statements = []
    for found in read(source):
        if isinstance(found, TpcError):
            raise found
        statements.append(found)
    return statements


def parse_expression(text: str) -> tree.Expression:
    (statement,) = parse(Source("<expression>", text + ";"))
    assert isinstance(statement, tree.ExpressionStatement)
    return statement.expression


HERE = tree.Place(1, 1)
LEVELS = ["^", "* /", "%", "+ -", "== <= >= < >", "and or"]
"""Binary operators from tight to loose; both words of a level are equally tight."""

PRIMARY, POSTFIX, UNARY = 0, 1, 2
CONDITIONAL, MEMBERSHIP = 9, 10


def binary_level(operator: str) -> int:
    return 3 + next(i for i, level in enumerate(LEVELS) if operator in level.split())


def level(node: tree.Expression) -> int:
    match node:
        case tree.Binary(operator=operator):
            return binary_level(operator)
        case tree.Conditional():
            return CONDITIONAL
        case tree.Membership():
            return MEMBERSHIP
        case tree.Unary(operator=operator):
            return UNARY if operator in {"not", "-", "+"} else PRIMARY
        case tree.Index() | tree.Call():
            return POSTFIX
    return PRIMARY


class Printer:
    """Prints a tree with every pair of parentheses, or with those that it needs."""

    def __init__(self, full: bool) -> None:
        self.full = full

    def at(self, node: tree.Expression, loosest: int) -> str:
        text = self.text(node)
        if self.full or level(node) > loosest:
            return f"({text})"
        return text

    def free(self, node: tree.Expression) -> str:
        return self.at(node, MEMBERSHIP)

    def text(self, node: tree.Expression) -> str:  # noqa: C901 (one case for each class)
        match node:
            case tree.Name(name=name):
                return name
            case tree.Atom(value=value):
                return f'"{value}"' if isinstance(value, str) else str(value)
            case tree.Unary(operator=operator, operand=operand):
                if operator in {"round", "indicator"}:
                    return f"{operator}({self.free(operand)})"
                return f"{operator} {self.at(operand, UNARY)}"
            case tree.Binary(operator=operator, left=left, right=right):
                own = binary_level(operator)
                return f"{self.at(left, own)} {operator} {self.at(right, own - 1)}"
            case tree.Conditional(then=then, condition=condition, otherwise=otherwise):
                first = self.at(then, CONDITIONAL)
                last = self.at(otherwise, CONDITIONAL - 1)
                return f"{first} if {self.free(condition)} else {last}"
            case tree.Membership(element=element, container=container):
                first = self.at(element, MEMBERSHIP)
                return f"{first} in {self.at(container, CONDITIONAL)}"
            case tree.Index(base=base, index=index):
                return f"{self.at(base, POSTFIX)}[{self.free(index)}]"
            case tree.Call(callee=callee, arguments=arguments):
                return f"{self.at(callee, POSTFIX)}({self.several(arguments)})"
            case tree.ListLiteral(items=items):
                return f"[{self.several(items)}]"
            case tree.DictLiteral(entries=entries):
                inner = ", ".join(f"{self.free(k)}: {self.free(v)}" for k, v in entries)
                return "{" + inner + "}"
            case tree.Select(key=key, query=query, operator=operator):
                return f"select({self.free(key)}, {self.free(query)}, {operator})"
            case tree.Aggregate(selector=selector, values=values, default=default):
                parts = (selector, values) if default is None else (selector, values, default)
                return f"aggregate({self.several(parts)})"
            case tree.ListFunction(function=function, arguments=arguments):
                return f"{function}({self.several(arguments)})"
            case tree.ListComprehension(value=value, names=names, iterable=iterable):
                bound = ", ".join(name.name for name in names)
                return f"[{self.free(value)} for {bound} in {self.free(iterable)}]"
        raise AssertionError(node)

    def several(self, nodes: tuple[tree.Expression, ...]) -> str:
        return ", ".join(self.free(node) for node in nodes)


def ungrouped(node: tree.Expression) -> tree.Expression:
    """The tree without its parentheses."""
    if isinstance(node, tree.Parenthesised):
        return ungrouped(node.inner)
    changes = {
        name: _ungrouped_field(getattr(node, name))
        for name in node.__dataclass_fields__
        if name != "place"
    }
    return replace(node, **changes)


def _ungrouped_field(value: object) -> object:
    if isinstance(value, tree.Expression):
        return ungrouped(value)
    if isinstance(value, tuple) and not isinstance(value, tree.Place):
        return tuple(_ungrouped_field(item) for item in value)
    return value


names = st.sampled_from(["x", "tokens", "selected", "inner", "notes", "order", "format"]).map(
    lambda name: tree.Name(HERE, name)
)
atoms = st.one_of(
    st.integers(0, 999),
    st.sampled_from([0.5, 10.25]),
    st.text("ab #;é(", max_size=3),
).map(lambda value: tree.Atom(HERE, value))


def extend(inner: st.SearchStrategy[tree.Expression]) -> st.SearchStrategy[tree.Expression]:
    some = st.lists(inner, max_size=3).map(tuple)
    at_least_one = st.lists(inner, min_size=1, max_size=3).map(tuple)
    operators = st.sampled_from([word for words in LEVELS for word in words.split()])
    here = st.just(HERE)
    return st.one_of(
        st.builds(tree.Binary, here, operators, inner, inner),
        st.builds(
            tree.Unary, here, st.sampled_from(["not", "-", "+", "round", "indicator"]), inner
        ),
        st.builds(tree.Conditional, here, inner, inner, inner),
        st.builds(tree.Membership, here, inner, inner),
        st.builds(tree.Index, here, inner, inner),
        st.builds(tree.Call, here, inner, some),
        st.builds(tree.ListLiteral, here, some),
        st.builds(tree.DictLiteral, here, st.lists(st.tuples(inner, inner), max_size=2).map(tuple)),
        st.builds(
            tree.Select, here, inner, inner, st.sampled_from(["==", "!=", "<", ">", "<=", ">="])
        ),
        st.builds(tree.Aggregate, here, inner, inner, st.none() | inner),
        st.builds(tree.ListFunction, here, st.sampled_from(["range", "zip"]), at_least_one),
        st.builds(
            tree.ListComprehension,
            here,
            inner,
            st.lists(names, min_size=1, max_size=2).map(tuple),
            inner,
        ),
    )


expressions = st.recursive(names | atoms, extend, max_leaves=12)


@settings(deadline=None, max_examples=300)
@given(expressions)
def test_parenthesised_in_full_or_as_needed_a_text_gives_its_tree(
    expression: tree.Expression,
) -> None:
    for full in (True, False):
        text = Printer(full).free(expression)
        assert ungrouped(parse_expression(text)) == expression, text


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("1 if a else 2 if b else 3", "(1 if a else 2) if b else 3"),
        ("not a == b", "(not a) == b"),
        ("-2^2", "(-2)^2"),
        ("2^3^2", "(2^3)^2"),
        ("7%4*2", "7%(4*2)"),
        ("a or b and c", "(a or b) and c"),
        ("x in L and y", "x in (L and y)"),
        ("a < b == c", "(a < b) == c"),
        ("x in a in b", "(x in a) in b"),
        ("1 if a in b else c in d", "(1 if (a in b) else c) in d"),
        ("-f(x)[0]", "-((f(x))[0])"),
    ],
)
def test_precedence_traps(short: str, full: str) -> None:
    assert ungrouped(parse_expression(short)) == ungrouped(parse_expression(full))


def test_a_word_before_a_spaced_parenthesis_is_a_plain_name() -> None:
    assert parse_expression("range (4)") == tree.Call(
        HERE, tree.Name(HERE, "range"), (tree.Atom(HERE, 4),)
    )


def test_flat_literals_mean_what_general_ones_mean() -> None:
    flat = '{"a": -1, "b": 2.5}'
    general = '{"a": -1, "b": (2.5)}'
    assert parse_expression(flat) == ungrouped(parse_expression(general))
    assert parse_expression('[1, "x", -0.5]') == ungrouped(parse_expression('[1, ("x"), -0.5]'))


def test_statements_are_cut_where_they_end() -> None:
    text = (
        'set example ["a"]\n[1, 2];\nfor k in {"a": 1} { z = k; }\n'
        "def f() { # why\n  y = 1; # how\n  return y, 2;\n}\nfull seq display on\nexit()"
    )
    kinds = [type(statement).__name__ for statement in parse(Source("f", text))]
    assert kinds == [
        "SetExample",
        "ExpressionStatement",
        "ForLoop",
        "FunctionDefinition",
        "ToggleDisplay",
        "Exit",
    ]


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ("x = 1;\ny = 1e5;", "2:6", "unexpected 'e5'", "exponents"),
        ("y = .5;", "1:5", "unexpected character '.'", "before the point"),
        ("y = 5.;", "1:6", "unexpected character '.'", "after the point"),
        ("y = 4 // 2;", "1:8", "unexpected '/'", "integer division"),
        ("y = a != b;", "1:7", "unexpected '!='", "only inside select"),
        ("y = 'a';", "1:5", "unexpected character", "double quotes"),
        ('y = "a\\"b";', "1:10", "no closing quote", "cannot be written"),
        ("y = select (a, b, ==);", "1:19", "unexpected '=='", "no space"),
        ("y = 1\nz = 2;", "2:1", "unexpected 'z'", "';' missing"),
        ('set example "a";', "1:16", "unexpected ';'", "no ';' at the end"),
        ("y = (1 + 2;", "1:11", "unexpected ';'", None),
        ("y = 1", "1:6", "';' should follow", None),
        ("def f() { x = 1; }", "1:18", "unexpected '}'", "exactly one return"),
        ("def f() { return 1; x = 2; }", "1:21", "unexpected 'x'", "exactly one return"),
        ("x = s-op;", "1:5", "unexpected 's-op'", "one word"),
        ("x = on;", "1:5", "unexpected 'on'", None),
        ("];", "1:1", "unexpected ']'", None),
        ("x = 1" + "0" * 5000 + ";", "1:", "too long", None),
    ],
)
def test_malformed_text_gives_a_located_error(
    text: str, place: str, message: str, hint: str | None
) -> None:
    with pytest.raises(TpcError) as caught:
        parse(Source("bad.rasp", text))
    assert str(caught.value.location).startswith(f"bad.rasp:{place}")
    assert message in caught.value.message
    assert (caught.value.hint is None) if hint is None else (hint in (caught.value.hint or ""))


def test_line_separators_of_unicode_do_not_shift_lines() -> None:
    with pytest.raises(TpcError) as caught:
        parse(Source("u.rasp", 'x = "a\u2028b";\r\ny = @;\r\n'))
    assert str(caught.value.location) == "u.rasp:2:5"
