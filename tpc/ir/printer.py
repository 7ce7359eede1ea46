"""Programs as canonical `.tpir` text: the same program always prints as the same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from itertools import pairwise

from tpc.ir import nodes as ir
from tpc.ir.language import Group, Language, Slot
from tpc.ir.notation import SUM, written
from tpc.ir.numbers import format_binary32, format_float, format_floats
from tpc.ir.program import Program
from tpc.ir.types import Cat, Domain, Label, Num, Pattern, Real, Type, ValueSet, members, value_set
from tpc.ir.versions import FORMULAS, VERSIONS, Version

#: Tables over a vocabulary up to this size are printed word by word, larger ones as one list.
MAX_READABLE_VOCABULARY = 64
WIDTH = 100
#: From this many values on, those that share a row are written as `_`, the rest.
MIN_REST = 4


def print_program(program: Program, version: Version | None = None) -> str:
    """The whole file: body, metadata, and the seal that shows later changes.

    Args:
        program: What to print.
        version: Of the file; by default the oldest one that can say it.
    """
    body = print_body(program, version)
    if program.metadata:
        metadata = json.dumps(program.metadata, indent=2, sort_keys=True, allow_nan=False)
        body += f"\nmetadata {metadata}\n"
    return body + f'\nseal "{seal(body)}"\n'


def seal(text: str) -> str:
    """The digest written under a file's canonical text."""
    return "sha256:" + hashlib.sha256(text.encode("utf-8")).hexdigest()


def digest(program: Program) -> str:
    """`sha256:...` of the canonical text without metadata: equal programs, equal digests."""
    return seal(print_body(program))


def print_body(program: Program, version: Version | None = None) -> str:
    """Everything that equality looks at: header, domains, language, nodes."""
    lines = [f"tpir {version or version_of(program)}", ""]
    lines += [f"domain @{domain.name} = {_domain(domain)}" for domain in program.domains]
    lines += ["", f"max_length {program.max_length}", print_language(program)]
    if program.rewrite:
        lines.append("rewrite " + ", ".join(program.rewrite))
    lines.append("contract " + _contract(program))
    answer = program.label_type
    lines += [
        "",
        f"program @{program.name}(%tokens: {print_type(program.tokens)}) -> "
        f"{print_type(answer)} {{",
    ]
    lines += [f"  {print_node(program, node)}" for node in program.nodes]
    lines += [f"  return %{program.result}", "}", ""]
    return "\n".join(lines)


def version_of(program: Program) -> Version:
    """The oldest version of the IR that can say a program."""
    return FORMULAS if any(map(ir.is_newer, program.nodes)) else VERSIONS[0]


def print_type(kind: Type) -> str:
    """A type as it is written after a colon."""
    match kind:
        case Cat(domain):
            return f"cat<@{domain}>"
        case Num(lo, hi):
            return f"num<{lo}..{hi}>"
        case Real():
            return "real"
        case Label(domain, pooled):
            return f"{'pooled' if pooled else 'label'}<@{domain}>"
        case Pattern(single):
            return "one position" if single else "any positions"


def print_node(program: Program, node: ir.Node) -> str:
    """One node, without indentation on its first line."""
    text = f"%{node.name} = {_operation(program, node)}"
    if isinstance(node, ir.Select):
        return text
    origin = ""
    if node.origin != (node.name,):
        names = ", ".join(map(quote, node.origin)) or "none"
        origin = f" from {names}"
    return f"{text} : {print_type(node.type)}{origin}"


def quote(text: str) -> str:
    """A string literal: JSON, with everything unprintable escaped."""
    quoted = json.dumps(text, ensure_ascii=False)
    if quoted.isprintable():
        return quoted
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in quoted)


def literal(domain: Domain, index: int) -> str:
    """A value of a domain as it is written in tables."""
    value = domain.value(index)
    return quote(value) if isinstance(value, str) else str(value)


def _strings(values: tuple[str, ...]) -> str:
    return "[" + ", ".join(map(quote, values)) + "]"


def _domain(domain: Domain) -> str:
    return f"0..{domain.size - 1}" if domain.labels is None else _strings(domain.labels)


def _contract(program: Program) -> str:
    contract = program.contract
    if contract.scope == "every_string":
        return "every_string"
    return f"{contract.scope} {quote(contract.proved_against or '')}"


def print_language(program: Program) -> str:
    """The language of its inputs, as the text form has it: `language ...`."""
    language: Language[int] = program.language
    alternatives = (
        ", ".join(_group(program, group) for group in alternative)
        for alternative in language.alternatives
    )
    return "language " + "\n       | ".join(alternatives)


def _group(program: Program, group: Group[int]) -> str:
    slots = ", ".join(_slot(program, slot) for slot in group.slots)
    if len(group.slots) > 1:
        slots = f"({slots})"
    if len(group.slots) == 1 and group.least == group.most == 1:
        return slots
    bounds = f"{group.least}" if group.least == group.most else f"{group.least}..{group.most}"
    return f"{slots}{{{bounds}}}"


def _slot(program: Program, slot: Slot[int]) -> str:
    vocabulary = program.vocabulary
    prefix = "" if slot.scored else "unscored "
    tokens = tuple(vocabulary[token] for token in slot.tokens)
    if len(tokens) == 1:
        return prefix + quote(tokens[0])
    if len(tokens) <= MAX_READABLE_VOCABULARY or len(tokens) * 2 <= len(vocabulary):
        return prefix + _strings(tokens)
    chosen = set(slot.tokens)
    others = tuple(word for index, word in enumerate(vocabulary) if index not in chosen)
    return f"{prefix}any" + (f" except {_strings(others)}" if others else "")


def _operation(program: Program, node: ir.Node) -> str:
    match node:
        case ir.Positions():
            return "positions"
        case ir.Ones():
            return "ones"
        case ir.Embed():
            return f"embed(%tokens) {_embedding(program, node)}"
        case ir.Select():
            return _select(program, node)
        case ir.Aggregate():
            return f"aggregate(%{node.pattern}, %{node.value})"
        case ir.Lookup():
            head = f"lookup({_variables(node.operands)}) "
            return head + _braces([print_case(program, node, case) for case in node.cases], head)
        case ir.Mlp():
            w = node.weights
            numbers = [("w_in", w.w_in), ("b_in", w.b_in), ("w_out", w.w_out), ("b_out", w.b_out)]
            lines = [f"    {name} {format_binary32(values)}" for name, values in numbers]
            return f"mlp({_variables(node.operands)}) hidden {w.hidden}\n" + "\n".join(lines)
        case ir.Classify():
            return _classify(program, node)


def _variables(names: tuple[str, ...]) -> str:
    return ", ".join(f"%{name}" for name in names)


def _braces(items: list[str], head: str) -> str:
    """`{items}` on one line if it is short, else one item a line."""
    line = "{" + ", ".join(items) + "}"
    if len(head) + len(line) <= WIDTH - 20 and "\n" not in line:
        return line
    return "{\n" + ",\n".join(f"    {item}" for item in items) + "\n  }"


def _embedding(program: Program, node: ir.Embed) -> str:
    vocabulary = program.domain_of("tokens")
    if vocabulary.size > MAX_READABLE_VOCABULARY:
        return "dense " + format_floats(tuple(map(float, node.values)))
    if isinstance(node.type, Real):
        cases = [
            f"{literal(vocabulary, token)} => {format_float(float(value))}"
            for token, value in enumerate(node.values)
        ]
        return _braces(cases, "embed")
    target = program.domain_by_name[node.type.domain]
    return _braces(_inverted(tuple(map(int, node.values)), vocabulary, target), "embed")


def _inverted(table: tuple[int | None, ...], source: Domain, target: Domain) -> list[str]:
    """`sources => target` for each target value that the table has, ascending."""
    chosen = sorted({value for value in table if value is not None})
    return [
        f"{_set(source, value_set(i for i, v in enumerate(table) if v == value))} => "
        f"{literal(target, value)}"
        for value in chosen
    ]


def _set(domain: Domain | None, values: ValueSet) -> str:
    """The values of a set; of a domain with names one by one, of integers as intervals."""
    if domain is not None and domain.labels is not None:
        return " | ".join(literal(domain, index) for index in members(values))
    return " | ".join(str(lo) if lo == hi else f"{lo}..{hi}" for lo, hi in values)


def _operand_domain(program: Program, name: str) -> Domain | None:
    return None if isinstance(program.type_of(name), Num) else program.domain_of(name)


def print_case(program: Program, node: ir.Lookup, case: ir.Case) -> str:
    """A case of a lookup as the text form has it: `(set, set) => outcome`."""
    outcome = _outcome(program, node, case)
    if len(case.patterns) > 1 and all(pattern is None for pattern in case.patterns):
        return f"_ => {outcome}"
    sets = [
        "_" if pattern is None else _set(_operand_domain(program, name), pattern)
        for name, pattern in zip(node.operands, case.patterns, strict=True)
    ]
    left = sets[0] if len(sets) == 1 else f"({', '.join(sets)})"
    return f"{left} => {outcome}"


def _outcome(program: Program, node: ir.Lookup, case: ir.Case) -> str:
    if not isinstance(case.outcome, int):
        return written(case.outcome, lambda index: f"%{node.operands[index]}")
    if isinstance(node.type, Num):
        return str(case.outcome)
    return literal(program.domain_by_name[node.type.domain], case.outcome)


def _select(program: Program, node: ir.Select) -> str:
    causal = " causal" if node.causal else ""
    head = f"select.{node.rule}{causal}(query=%{node.query}, key=%{node.key}) "
    query, key = program.domain_of(node.query), program.domain_of(node.key)
    match node.predicate:
        case ir.OffsetPredicate(delta):
            offset = "" if delta == 0 else f" {'+' if delta > 0 else '-'} {abs(delta)}"
            head += f"where key == query{offset}"
        case ir.FormulaPredicate(formula):
            head += f"where key == {written(formula, lambda _: 'query', least=SUM)}"
        case ir.TablePredicate(keys):
            head += _braces(_inverted(keys, query, key), head)
        case None:
            head += "scores " + _braces(_scores(node, query, key), head)
    if node.offsets is not None:
        last = len(node.offsets) // 2
        head += " prefer " + _ranking(node.offsets, lambda index: str(index - last))
    return head


def _scores(node: ir.Select, query: Domain, key: Domain) -> list[str]:
    assert node.scores is not None, "a select without predicate has scores"
    rows: dict[tuple[int, ...], list[int]] = {}
    for index, row in enumerate(node.scores):
        rows.setdefault(row, []).append(index)
    return [
        f"{_set(query, value_set(queries))} => {_ranking(row, lambda index: literal(key, index))}"
        for row, queries in rows.items()
    ]


def _ranking(ranks: tuple[int, ...], name: Callable[[int], str]) -> str:
    """`best > next = tied > ...`, ties in index order."""
    order = sorted(range(len(ranks)), key=lambda index: (ranks[index], index))
    text = name(order[0])
    for before, index in pairwise(order):
        relation = "=" if ranks[before] == ranks[index] else ">"
        text += f" {relation} {name(index)}"
    return text


def _classify(program: Program, node: ir.Classify) -> str:
    head = "classify" if node.pool == "none" else f"classify.{node.pool}"
    if node.never:
        classes = program.domain_by_name[node.type.domain]
        head += " never " + _strings(tuple(str(classes.value(index)) for index in node.never))
    features = ",\n".join(f"    {_feature(program, feature)}" for feature in node.features)
    return f"{head} {{\n{features}\n  }}" if features else f"{head} {{}}"


def _feature(program: Program, feature: ir.Feature) -> str:
    if not isinstance(program.type_of(feature.variable), Cat):
        return f"%{feature.variable}: {format_floats(feature.rows[0])}"
    domain = program.domain_of(feature.variable)
    groups: dict[tuple[float, ...], list[int]] = {}
    for index, row in enumerate(feature.rows):
        groups.setdefault(row, []).append(index)
    common = max(groups, key=lambda row: len(groups[row]))
    rest = groups.pop(common) if len(groups[common]) >= MIN_REST else None
    lines = [
        f"      {_set(domain, value_set(indices))} => {format_floats(row)}"
        for row, indices in groups.items()
    ]
    if rest is not None:
        lines.append(f"      _ => {format_floats(common)}")
    return f"%{feature.variable}: {{\n" + ",\n".join(lines) + "\n    }"
