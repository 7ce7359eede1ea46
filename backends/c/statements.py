"""One block of an emitted C file for each variable of the program."""

from __future__ import annotations

import numpy as np

from backends.batch.comments import select_lines
from backends.batch.plan import Array, Head
from backends.batch.storage import Storage
from backends.batch.tables import DTYPES, Table
from backends.c.literals import TYPES, as_ints, comment, constant, padded, unsigned
from backends.c.perceptrons import write_mlp
from backends.c.writer import Writer
from tpc.ir.nodes import TOKENS, Aggregate, Embed, Lookup, Mlp, Node, Ones


def write_variables(writer: Writer) -> None:
    """Blocks, in the program's order, of everything that depends on the tokens."""
    plan = writer.plan
    _keys(writer, TOKENS)
    for node in plan.nodes:
        if node.name not in plan.variables:
            continue
        if node.name in plan.by_position:
            _constant_rows(writer, node.name)
        else:
            _write(writer, node)
        _keys(writer, node.name)


def _write(writer: Writer, node: Node) -> None:
    match node:
        case Embed():
            _embed(writer, node)
        case Aggregate():
            write_head(writer, writer.plan.heads[node.name])
        case Lookup():
            write_lookup(writer, node.name, writer.plan.tables[node.name])
        case Mlp():
            if node.name in writer.plan.tables:
                write_lookup(writer, node.name, writer.plan.tables[node.name])
            else:
                write_mlp(writer, node)
        case _:
            pass


def _keys(writer: Writer, name: str) -> None:
    """The rows that keys are read from: a masked copy where the block is ragged."""
    if name not in writer.plan.keys:
        return
    storage = writer.storage(name)
    shown, keys, kind = writer.names[name], writer.keys(name), TYPES[storage]
    helper = writer.library.mask_keys(storage)
    writer.members.append(f"    {kind} {keys}[MAX_LENGTH][LANES];")
    writer.body += [
        f"    const {kind} (*{keys})[LANES] = {storage.upper()}(s->{shown});",
        "    if (ragged) {",
        "        for (int i = 0; i < length; i++)",
        f"            {helper}(s->{keys}[i], s->{shown}[i], s->lengths, i);",
        f"        {keys} = {storage.upper()}(s->{keys});",
        "    }",
    ]


def _constant_rows(writer: Writer, name: str) -> None:
    """A variable that depends on the position alone: its rows are written once."""
    storage, shown = writer.storage(name), writer.names[name]
    values = writer.plan.by_position[name]
    writer.constants.append(
        f"/* {comment(name)} at each position. */\n"
        + constant(TYPES[storage], f"{shown}_by_position", as_ints(values))
    )
    writer.setup += [
        "    for (int i = 0; i < MAX_LENGTH; i++)",
        "        for (int lane = 0; lane < LANES; lane++)",
        f"            s->{shown}[i][lane] = {shown}_by_position[i];",
    ]


def table_of_bytes(
    writer: Writer, name: str, array: Array, storage: Storage, about: str
) -> tuple[str, str]:
    """Define a table over one index row; its name, and the helper that reads it.

    Args:
        writer: The file.
        name: Of the table.
        array: One axis, or a table for each position.
        storage: Of the index.
        about: The comment above it.
    """
    outcome: Storage = next(key for key, kind in DTYPES.items() if kind == array.dtype.type)
    width = array.shape[-1]
    if storage == "u8" and outcome == "u8" and width <= 256:
        width = padded(width)
        helper = writer.library.look_up_bytes(width)
    else:
        helper = writer.library.look_up(storage, outcome)
    sizes = (*array.shape[:-1], width)
    shown = array if outcome == "f64" else as_ints(array)
    writer.constants.append(f"{about}\n{constant(TYPES[outcome], name, shown, sizes)}")
    return name, helper


def _embed(writer: Writer, node: Embed) -> None:
    shown, storage = writer.names[node.name], writer.storage(node.name)
    array = np.array(node.values, dtype=DTYPES[storage])
    about = f"/* {comment(node.name)} of each token. */"
    tokens = writer.storage(TOKENS)
    table, helper = table_of_bytes(writer, f"{shown}_of_token", array, tokens, about)
    writer.block(
        f"{comment(node.name)}: a table over the vocabulary.",
        f"{helper}({writer.row(node.name)}, {writer.row(TOKENS)}, {table});",
    )


def write_head(writer: Writer, head: Head) -> None:
    """An aggregate: what its queries want, and the helper that finds it."""
    select, name = head.select, comment(head.name)
    if head.search == "fixed":
        _fixed(writer, head)
        return
    if head.search == "score":
        _scored(writer, head)
        return
    statements = _wanted(writer, head)
    visible = "i + 1" if select.causal else "length"
    key, value, own = (writer.storage(n) for n in (select.key, head.value, head.name))
    result, values = writer.row(head.name), _rows(writer, head.value)
    library = writer.library
    keys = writer.keys(select.key)
    if head.search == "direct" and select.rule == "all":
        helper = library.total_at_position(key, value, own)
        call = f"{helper}({result}, wanted, {values}, s->lengths, {visible});"
    elif head.search == "direct":
        helper = library.at_position(key, value)
        call = f"{helper}({result}, wanted, {values}, s->lengths, {visible});"
    elif select.rule == "all" and isinstance(writer.plan.program.by_name.get(head.value), Ones):
        call = f"{library.count(key, own)}({result}, wanted, {keys}, {visible});"
    elif select.rule == "all":
        call = f"{library.total(key, value, own)}({result}, wanted, {keys}, {values}, {visible});"
    elif select.rule == "first":
        call = f"{library.first(key, value)}({result}, wanted, {keys}, {values}, {visible});"
    elif select.rule == "best":
        offsets = _offsets(writer, head)
        helper = library.best_offset(key, value)
        call = f"{helper}({result}, wanted, {keys}, {values}, i, {visible}, {offsets});"
    else:
        causal = int(select.causal)
        helper = library.closest(key, value)
        call = f"{helper}({result}, wanted, {keys}, {values}, i, length, {causal});"
    writer.block(f"{name}: {_head_comment(head)}", *statements, call)


def _rows(writer: Writer, name: str) -> str:
    return f"{writer.storage(name).upper()}(s->{writer.names[name]})"


def _pattern(writer: Writer, head: Head) -> str:
    """The select's own text, as the start of a comment."""
    lines = select_lines(writer.plan, head) or ["a long table"]
    text = "\n * ".join(map(comment, [f"{head.name}: {lines[0]}", *lines[1:]]))
    return f"/* {text}\n"


def _wanted(writer: Writer, head: Head) -> list[str]:
    """Statements that fill the row `wanted`."""
    assert head.wants is not None, "planned"
    select, shown = head.select, writer.names[head.name]
    kind = TYPES[writer.storage(select.key)]
    if writer.by_position(select.query):
        wants = head.wants[writer.plan.by_position[select.query]]
        about = (
            f"{_pattern(writer, head)} * The {comment(select.key)} that each position looks for. */"
        )
        writer.constants.append(f"{about}\n{constant(kind, f'{shown}_wants', as_ints(wants))}")
        return [
            f"{kind} wanted[LANES];",
            "for (int lane = 0; lane < LANES; lane++)",
            f"    wanted[lane] = {shown}_wants[i];",
        ]
    about = (
        f"{_pattern(writer, head)} * The {comment(select.key)} that each "
        f"{comment(select.query)} looks for. */"
    )
    query = writer.storage(select.query)
    table, helper = table_of_bytes(writer, f"{shown}_wants", head.wants, query, about)
    return [f"{kind} wanted[LANES];", f"{helper}(wanted, {writer.row(select.query)}, {table});"]


def _fixed(writer: Writer, head: Head) -> None:
    assert head.targets is not None, "planned"
    shown = writer.names[head.name]
    writer.constants.append(
        f"{_pattern(writer, head)} * The position that each position looks for, -1 for none. */\n"
        + constant("int", f"{shown}_targets", head.targets)
    )
    value, own = writer.storage(head.value), writer.storage(head.name)
    if head.select.rule == "all":
        helper = writer.library.total_at_fixed(value, own)
    else:
        helper = writer.library.at_fixed(value)
    writer.block(
        f"{comment(head.name)}: {_head_comment(head)}",
        f"{helper}({writer.row(head.name)}, {shown}_targets[i], {_rows(writer, head.value)}, "
        "s->lengths, length);",
    )


def _scored(writer: Writer, head: Head) -> None:
    select, shown = head.select, writer.names[head.name]
    ranks = np.array(select.scores)
    rank = unsigned(ranks)
    writer.constants.append(
        f"/* For each {comment(select.query)}, how {comment(head.name)} ranks each "
        f"{comment(select.key)}: 0 is best. */\n" + constant(TYPES[rank], f"{shown}_ranks", ranks)
    )
    query, key, value = (writer.storage(n) for n in (select.query, select.key, head.value))
    helper = writer.library.best_score(query, key, value, rank)
    visible = "i + 1" if select.causal else "length"
    writer.block(
        f"{comment(head.name)}: {_head_comment(head)}",
        f"{helper}({writer.row(head.name)}, {writer.row(select.query)}, "
        f"{_rows(writer, select.key)}, {_rows(writer, head.value)}, s->lengths, {visible}, "
        f"&{shown}_ranks[0][0], {ranks.shape[1]});",
    )


def _offsets(writer: Writer, head: Head) -> str:
    """Distances from the worst to the best; of equal ones the left comes last, and wins."""
    ranks = head.select.offsets
    assert ranks is not None, "verified"
    reach = len(ranks) // 2
    order = sorted(range(len(ranks)), key=lambda index: (-ranks[index], -index))
    name = f"{writer.names[head.name]}_offsets"
    writer.constants.append(
        f"/* Distances to keys, from the worst to the best of {comment(head.name)}. */\n"
        + constant("int", name, np.array(order) - reach)
    )
    return name


def _head_comment(head: Head) -> str:
    select = head.select
    value, key, query = (comment(n) for n in (head.value, select.key, select.query))
    before = " up to here" if select.causal else ""
    if select.rule == "all":
        return f"the sum of {value} where {key} is what {query} wants{before}."
    if select.rule == "score":
        return f"{value} where {key} ranks best for {query}{before}."
    which = {"closest": "nearest", "first": "first", "best": "best placed"}[select.rule]
    return f"{value} at the {which} {key} that {query} wants{before}."


def write_lookup(writer: Writer, name: str, table: Table) -> None:
    """A table over variables; what depends on the position alone is resolved beforehand."""
    shown, array = writer.names[name], table.values
    operands, codes = list(table.operands), list(table.codes)
    fixed = [operand in writer.plan.by_position for operand in operands]
    if any(fixed):
        array = _per_position(writer, table)
        codes = [code for code, known in zip(codes, fixed, strict=True) if not known]
        operands = [operand for operand, known in zip(operands, fixed, strict=True) if not known]
    at = "[i]" if any(fixed) else ""
    sizes = array.shape[1:] if any(fixed) else array.shape
    about = f"/* {comment(name)} for each {comment(', '.join(table.operands))}. */"
    flat = array.reshape((*array.shape[:1], -1)) if any(fixed) else array.reshape(-1)
    if len(operands) == 1 and codes[0] is None:
        storage = writer.storage(operands[0])
        rows, helper = table_of_bytes(writer, f"{shown}_table", flat, storage, about)
        lines = [f"{helper}({writer.row(name)}, {writer.row(operands[0])}, {rows}{at});"]
    else:
        lines = _joint(writer, name, operands, codes, tuple(sizes))
        storage = "u8" if flat.shape[-1] <= 256 else "u32"
        rows, helper = table_of_bytes(writer, f"{shown}_table", flat, storage, about)
        lines.append(f"{helper}({writer.row(name)}, index, {rows}{at});")
    writer.block(f"{comment(name)}: a table over {comment(', '.join(table.operands))}.", *lines)


def _per_position(writer: Writer, table: Table) -> Array:
    """The table of the remaining operands, for each position."""
    steps = writer.plan.program.max_length
    parts = []
    for i in range(steps):
        index: list[int | slice] = []
        for operand, codes in zip(table.operands, table.codes, strict=True):
            known = writer.plan.by_position.get(operand)
            if known is None:
                index.append(slice(None))
            else:
                index.append(int(known[i] if codes is None else codes[known[i]]))
        parts.append(table.values[tuple(index)])
    return np.stack(parts)


def _joint(
    writer: Writer,
    name: str,
    operands: list[str],
    codes: list[Array | None],
    sizes: tuple[int, ...],
) -> list[str]:
    """Statements that fill the row `index` with the number of each lane's combination."""
    terms = []
    for number, (operand, code) in enumerate(zip(operands, codes, strict=True)):
        value = f"{writer.row(operand)}[lane]"
        if code is not None:
            grouped = f"{writer.names[name]}_codes_{number}"
            writer.constants.append(constant("uint32_t", grouped, as_ints(code)))
            value = f"{grouped}[{value}]"
        terms.append(value)
    kind = "uint8_t" if int(np.prod(sizes)) <= 256 else "uint32_t"
    return [
        f"{kind} index[LANES];",
        "for (int lane = 0; lane < LANES; lane++)",
        f"    index[lane] = ({kind})({mixed(terms, sizes)});",
    ]


def mixed(terms: list[str], sizes: tuple[int, ...]) -> str:
    """The number of a combination, the last term varying fastest."""
    text = terms[0] if len(terms) == 1 else f"(uint32_t){terms[0]}"
    for term, size in zip(terms[1:], sizes[1:], strict=True):
        text = f"({text}) * {size} + {term}" if "+" in text else f"{text} * {size} + {term}"
    return text
