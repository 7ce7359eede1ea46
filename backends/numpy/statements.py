"""One block of an emitted module for each variable of the program."""

from __future__ import annotations

import numpy as np

from tpc.backends.numpy.formulas import computed
from tpc.backends.numpy.writer import Writer, array, constant, tuple_of
from tpc.lowering import TOKENS, Embedding, Head, Lookup, Ones, Perceptron, Positions, Step
from tpc.lowering.arrays import perceptron_features
from tpc.lowering.constants import (
    code_constant,
    description,
    head_constants,
    table_constant,
)
from tpc.lowering.layout import broken_call

#: By strategy, and whether a head takes one position: the helper, and what it is given.
_HELPERS = {
    ("fixed", True): ("value_at_target", "targets values lengths"),
    ("fixed", False): ("total_at_target", "targets values lengths kind"),
    ("direct", True): ("value_at", "wants values lengths causal"),
    ("direct", False): ("total_at", "wants values lengths kind causal"),
    ("score", True): ("best_score", "ranks query all_keys values lengths causal"),
    ("closest", True): ("closest", "wants keys values causal"),
    ("first", True): ("first", "wants keys values causal"),
    ("best", True): ("best_offset", "wants keys values offsets causal"),
    ("count", False): ("count", "wants keys kind causal"),
    ("sum", False): ("total", "wants keys values kind causal"),
}


def write_variables(writer: Writer) -> None:
    """The blocks of all variables but the label, each followed by what is no longer needed."""
    last_reads = writer.arrays.last_reads()
    _write_keys(writer, TOKENS)
    for step in writer.arrays.lowered.live_steps:
        value = _value(writer, step)
        if value:
            start = f'trace["{step.name}"] = {writer.names[step.name]} = '
            about = f"    # {description(writer.arrays, step)}"
            writer.body += [about, *broken_call(start, value, 4)]
        _write_keys(writer, step.name)
        last = last_reads.get(step.name, ())
        keys = [writer.keys(name) for name in last if name in writer.arrays.keys]
        if last:
            writer.body.append(f"    del {', '.join([*(writer.names[n] for n in last), *keys])}")


def _write_keys(writer: Writer, name: str) -> None:
    if name in writer.arrays.keys:
        masked = writer.call("mask_keys", writer.names[name], "padding")
        writer.body.append(f"    {writer.keys(name)} = {masked}")


def _value(writer: Writer, step: Step) -> str:
    """An expression for a variable; nothing for a classifier's label and for what has no values."""
    match step:
        case Positions():
            return f"np.arange(len(tokens), dtype={writer.kind(step.name)})[:, None]"
        case Ones():
            return "np.ones((len(tokens), 1), np.uint8)"
        case Embedding():
            values = writer.arrays.table(step).values
            return f"{writer.define(table_constant(step, values))}.take(tokens)"
        case Head():
            return _head(writer, step)
        case Perceptron() if step.name not in writer.arrays.tables:
            return _perceptron(writer, step)
        case Lookup() | Perceptron():
            if isinstance(step, Lookup) and step.name not in writer.arrays.tables:
                return computed(writer, step)
            return _table(writer, step)
        case _:
            return ""


def _head(writer: Writer, head: Head) -> str:
    selector, names = head.selector, writer.names
    shown = {
        "query": names[selector.query],
        "keys": writer.keys(selector.key),
        "all_keys": names[selector.key],
        "values": names[head.value],
        "kind": writer.kind(head.name),
        "causal": "causal=True" if selector.causal else "",
    }
    for found in head_constants(writer.arrays, head):
        shown[found.what] = writer.define(found)
    if "wants" in shown:
        shown["wants"] += f".take({names[selector.query]})"
    helper, arguments = _HELPERS[head.strategy, selector.single]
    return writer.call(helper, *(shown.get(word, word) for word in arguments.split()))


def _table(writer: Writer, step: Lookup | Perceptron) -> str:
    """A table and its indexing."""
    table = writer.arrays.tables[step.name]
    name, inputs = writer.define(table_constant(step, table.values)), []
    for axis, operand in enumerate(table.operands):
        codes = code_constant(step.name, table, axis)
        column = writer.names[operand]
        inputs.append(column if codes is None else f"{writer.define(codes)}.take({column})")
    return writer.call("look_up", name, *inputs)


def _perceptron(writer: Writer, step: Perceptron) -> str:
    """An MLP that is not tabulated: its weights, by operand."""
    arrays, weights = writer.arrays, step.weights
    inputs = perceptron_features(arrays.lowered, step)
    parts = ",\n".join(f"    {array(np.array(feature.rows), 4)}" for feature in inputs)
    w_out = np.array(weights.w_out).reshape(-1, weights.hidden).T
    rest = [array(np.array(weights.b_in)), array(w_out, 4), array(np.array(weights.b_out))]
    others, name = ",\n    ".join(rest), constant(writer.names[step.name])
    writer.constants.append(
        f"# Weights of {step.name}: of each input's values, then bias, outputs, their bias.\n"
        f"{name}_INPUTS = (\n{parts},\n)\n{name} = (\n    {others},\n)"
    )
    columns = tuple_of([writer.names[operand] for operand in step.operands])
    kinds = tuple_of([arrays.lowered.is_category(feature.variable) for feature in inputs])
    arguments = [columns, kinds, f"{name}_INPUTS", f"*{name}", writer.kind(step.name)]
    sizes = tuple(arrays.variables[operand].size for operand in step.operands)
    if 0 in sizes:
        return writer.call("perceptron", *arguments)
    return writer.call("perceptron_of_integers", str(sizes), *arguments)
