"""MLPs that are not tables, in binary64 and in the interpreter's order of additions."""

from __future__ import annotations

import numpy as np

from tpc.backends.c.literals import TYPES, comment
from tpc.backends.c.writer import Writer, array
from tpc.lowering import Perceptron
from tpc.lowering.arrays import input_width
from tpc.lowering.constants import description


def write_perceptron(writer: Writer, step: Perceptron) -> None:
    """Weights, and a loop over hidden units that adds each to every output."""
    weights, shown = step.weights, writer.names[step.name]
    operands = ", ".join(step.operands)
    writer.constants.append(
        comment(f"{step.name}: an MLP of {weights.hidden} hidden units over {operands}.")
    )
    for what, values in {
        "w_in": np.array(weights.w_in).reshape(weights.hidden, -1),
        "b_in": np.array(weights.b_in),
        "w_out": np.array(weights.w_out).reshape(-1, weights.hidden).T,
        "b_out": np.array(weights.b_out),
    }.items():
        writer.constants.append(array(f"{shown}_{what}", values))
    writer.functions.append(_function(writer, step))
    about = f"{step.name}: {description(writer.arrays, step)}."
    writer.block(about, f"{shown}_row(s, i);")


def _function(writer: Writer, step: Perceptron) -> str:
    shown, result = writer.names[step.name], writer.row(step.name)
    outputs = len(step.weights.b_out)
    inputs, start = [], 0
    for operand in step.operands:
        value, width = f"{writer.row(operand)}[lane]", input_width(writer.arrays.lowered, operand)
        term = f"w[{start}] * (double){value}" if width is None else f"w[{start} + {value}]"
        start += width or 1
        inputs.append(
            f"        for (int lane = 0; lane < LANES; lane++)\n            sum[lane] += {term};"
        )
    return f"""\
{comment(f"One row of {step.name}.")}
static void {shown}_row({writer.prefix}_state *s, int i)
{{
    double output[{outputs}][LANES] = {{{{0}}}}, best[LANES];
    for (int unit = 0; unit < {step.weights.hidden}; unit++) {{
        const double *w = {shown}_w_in[unit];
        double sum[LANES] = {{0}};
{chr(10).join(inputs)}
        for (int lane = 0; lane < LANES; lane++) {{
            sum[lane] = {shown}_b_in[unit] + sum[lane];
            sum[lane] = sum[lane] > 0 ? sum[lane] : 0;
        }}
        for (int out = 0; out < {outputs}; out++)
            for (int lane = 0; lane < LANES; lane++)
                output[out][lane] += sum[lane] * {shown}_w_out[unit][out];
    }}
    for (int lane = 0; lane < LANES; lane++) {{
        best[lane] = {shown}_b_out[0] + output[0][lane];
        {result}[lane] = 0;
    }}
    for (int out = 1; out < {outputs}; out++)
        for (int lane = 0; lane < LANES; lane++) {{
            double weight = {shown}_b_out[out] + output[out][lane];
            if (weight > best[lane]) {{
                best[lane] = weight;
                {result}[lane] = ({TYPES[writer.arrays.storage(step.name)]})out;
            }}
        }}
}}"""
