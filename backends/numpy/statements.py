"""One block of an emitted module for each variable of the program."""

from __future__ import annotations

import numpy as np

from backends.batch.comments import select_lines
from backends.batch.plan import Head, Plan
from backends.batch.tables import DTYPES, Table
from backends.numpy.literals import array, constant, storage_kind, tuple_of
from backends.numpy.writer import Writer
from tpc.ir.nodes import TOKENS, Aggregate, Embed, Lookup, Mlp, Node, Ones, Positions, operands
from tpc.ir.program import Program
from tpc.ir.types import Cat


def key_name(writer: Writer, name: str) -> str:
    """The name of a variable's masked copy, which keys are read from."""
    return f"{writer.names[name]}_keys"


def write_variables(writer: Writer) -> None:
    """The blocks of all variables but the label, each followed by what is no longer needed."""
    plan = writer.plan
    last = _last_uses(plan)
    for name in (TOKENS, *(node.name for node in plan.nodes)):
        node = plan.program.by_name.get(name)
        if node is not None:
            _write(writer, node)
        if name in plan.keys:
            masked = writer.call("mask_keys", writer.names[name], "padding")
            writer.body.append(f"    {key_name(writer, name)} = {masked}")
        finished = [writer.names[v] for v in last.get(name, ())]
        finished += [key_name(writer, v) for v in last.get(name, ()) if v in plan.keys]
        if finished:
            writer.body.append(f"    del {', '.join(finished)}")


def _last_uses(plan: Plan) -> dict[str, list[str]]:
    """After which node which variables are not read any more."""
    last: dict[str, str] = {}
    for node in plan.nodes:
        for name in _reads(plan, node):
            last[name] = node.name
    found: dict[str, list[str]] = {}
    for variable, user in last.items():
        # What depends on the position alone takes no room, and the classifier may ask for it.
        if user != plan.program.result and variable not in (TOKENS, *plan.by_position):
            found.setdefault(user, []).append(variable)
    return found


def _reads(plan: Plan, node: Node) -> tuple[str, ...]:
    if isinstance(node, Aggregate):
        select = plan.heads[node.name].select
        return (*operands(select), node.value)
    return operands(node) if node.name in plan.variables else ()


def _write(writer: Writer, node: Node) -> None:
    match node:
        case Positions():
            kind = storage_kind(writer.plan.variables[node.name].storage)
            steps = f"np.arange(len(tokens), dtype={kind})[:, None]"
            writer.assign(node.name, "The index of each position.", steps)
        case Ones():
            writer.assign(node.name, "1 everywhere.", "np.ones((len(tokens), 1), np.uint8)")
        case Embed():
            _embed(writer, node)
        case Aggregate():
            write_head(writer, writer.plan.heads[node.name])
        case Lookup():
            write_lookup(writer, node, writer.plan.tables[node.name])
        case Mlp():
            if node.name in writer.plan.tables:
                write_lookup(writer, node, writer.plan.tables[node.name])
            else:
                _mlp(writer, node)
        case _:
            pass


def _embed(writer: Writer, node: Embed) -> None:
    table = constant(writer.names[node.name])
    kind = DTYPES[writer.plan.variables[node.name].storage]
    shown = array(np.array(node.values, dtype=kind))
    writer.constants.append(f"# {node.name} of each token.\n{table} = {shown}")
    writer.assign(node.name, "A table over the vocabulary.", f"{table}.take(tokens)")


def write_head(writer: Writer, head: Head) -> None:
    """An aggregate: what its queries want, and the call that finds it."""
    plan, select = writer.plan, head.select
    query, key, value = (writer.names[n] for n in (select.query, select.key, head.value))
    causal = "causal=True" if select.causal else ""
    comment = _head_comment(head)
    kind = storage_kind(plan.variables[head.name].storage)
    single = select.rule != "all"
    if head.search == "fixed":
        assert head.targets is not None, "planned"
        targets = constant(writer.names[head.name], "TARGETS")
        writer.constants.append(
            f"{_pattern(writer, head)}"
            "# The position that each position looks for, -1 for none.\n"
            f"{targets} = {array(head.targets)}"
        )
        helper = "value_at_target" if single else "total_at_target"
        call = writer.call(helper, targets, value, "lengths", "" if single else kind)
        writer.assign(head.name, comment, call)
        return
    if head.search == "score":
        writer.assign(head.name, comment, _scored(writer, head, query, key, value, causal))
        return
    wanted = _wanted(writer, head, query)
    if head.search == "direct":
        helper = "value_at" if single else "total_at"
        call = writer.call(helper, wanted, value, "lengths", "" if single else kind, causal)
    elif not single:
        keys = key_name(writer, select.key)
        if isinstance(plan.program.by_name.get(head.value), Ones):
            call = writer.call("count", wanted, keys, kind, causal)
        else:
            call = writer.call("total", wanted, keys, value, kind, causal)
    elif select.rule == "best":
        keys = key_name(writer, select.key)
        call = writer.call("best_offset", wanted, keys, value, _offsets(writer, head), causal)
    else:
        call = writer.call(select.rule, wanted, key_name(writer, select.key), value, causal)
    writer.assign(head.name, comment, call)


def _pattern(writer: Writer, head: Head) -> str:
    """The select's own text, as a comment."""
    lines = select_lines(writer.plan, head) or ["a long table"]
    return "".join(f"# {line}\n" for line in [f"{head.name}: {lines[0]}", *lines[1:]])


def _wanted(writer: Writer, head: Head, query: str) -> str:
    assert head.wants is not None, "planned"
    wants = constant(writer.names[head.name], "WANTS")
    writer.constants.append(
        f"{_pattern(writer, head)}"
        f"# The {head.select.key} that each {head.select.query} looks for.\n"
        f"{wants} = {array(head.wants)}"
    )
    return f"{wants}.take({query})"


def _scored(writer: Writer, head: Head, query: str, key: str, value: str, causal: str) -> str:
    ranks = constant(writer.names[head.name], "RANKS")
    scores = np.array(head.select.scores)
    kind = np.uint8 if scores.max() < 256 else np.uint16 if scores.max() < 65536 else np.uint32
    writer.constants.append(
        f"# How {head.name} ranks each {head.select.key} for each {head.select.query}: 0 is best.\n"
        f"{ranks} = {array(scores.astype(kind))}"
    )
    writer.helpers.add("put")
    return writer.call("best_score", ranks, query, key, value, "lengths", causal)


def _offsets(writer: Writer, head: Head) -> str:
    """Offsets from the worst to the best; of equal ones the left comes last, and wins."""
    ranks = head.select.offsets
    assert ranks is not None, "verified"
    reach = len(ranks) // 2
    order = sorted(range(len(ranks)), key=lambda index: (-ranks[index], -index))
    offsets = constant(writer.names[head.name], "OFFSETS")
    shown = ", ".join(str(index - reach) for index in order)
    writer.constants.append(
        f"# Distances to keys from the worst to the best of {head.name}.\n{offsets} = ({shown},)"
    )
    return offsets


def _head_comment(head: Head) -> str:
    select = head.select
    before = " up to here" if select.causal else ""
    if select.rule == "all":
        return f"The sum of {head.value} where {select.key} is what {select.query} wants{before}."
    if select.rule == "score":
        return f"{head.value} where {select.key} ranks best for {select.query}{before}."
    which = {"closest": "nearest", "first": "first", "best": "best placed"}[select.rule]
    return f"{head.value} at the {which} {select.key} that {select.query} wants{before}."


def write_lookup(writer: Writer, node: Lookup | Mlp, table: Table) -> None:
    """A table and its indexing."""
    name = constant(writer.names[node.name])
    shown = array(table.values)
    writer.constants.append(f"# {node.name} for each {', '.join(node.operands)}.\n{name} = {shown}")
    inputs = []
    for number, (operand, codes) in enumerate(zip(table.operands, table.codes, strict=True)):
        column = writer.names[operand]
        if codes is not None:
            grouped = f"{name}_CODES_{number}"
            writer.constants.append(
                f"# Values of {operand} that {node.name} does not tell apart share a number.\n"
                f"{grouped} = {array(codes)}"
            )
            column = f"{grouped}.take({column})"
        inputs.append(column)
    comment = f"A table over {', '.join(node.operands)}."
    writer.assign(node.name, comment, writer.call("look_up", name, *inputs))


def _mlp(writer: Writer, node: Mlp) -> None:
    """An MLP that is not tabulated: its weights, by operand."""
    program, weights = writer.plan.program, node.weights
    name = constant(writer.names[node.name])
    w_in = np.array(weights.w_in).reshape(weights.hidden, -1)
    parts, start = [], 0
    for operand in node.operands:
        size = input_width(program, operand)
        parts.append(w_in[:, start : start + size].T)
        start += size
    shown = ",\n".join(f"    {array(part, 4)}" for part in parts)
    rest = f"{array(np.array(weights.b_in))},\n    "
    rest += f"{array(np.array(weights.w_out).reshape(-1, weights.hidden).T, 4)},\n    "
    rest += array(np.array(weights.b_out))
    writer.constants.append(
        f"# Weights of {node.name}: of each input's values, then bias, outputs, their bias.\n"
        f"{name}_INPUTS = (\n{shown},\n)\n{name} = (\n    {rest},\n)"
    )
    kinds = tuple_of([str(isinstance(program.type_of(name), Cat)) for name in node.operands])
    inputs = tuple_of([writer.names[operand] for operand in node.operands])
    kind = storage_kind(writer.plan.variables[node.name].storage)
    sizes = tuple(writer.plan.variables[operand].size for operand in node.operands)
    arguments = [inputs, kinds, f"{name}_INPUTS", f"*{name}", kind]
    if 0 in sizes:
        call = writer.call("perceptron", *arguments)
    else:
        writer.helpers.add("perceptron")
        call = writer.call("perceptron_of_integers", str(sizes), *arguments)
    writer.assign(node.name, f"An MLP over {', '.join(node.operands)}.", call)


def input_width(program: Program, operand: str) -> int:
    """How many inputs of an MLP an operand takes."""
    return program.domain_of(operand).size if isinstance(program.type_of(operand), Cat) else 1
