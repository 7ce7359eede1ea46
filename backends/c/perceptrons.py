"""MLPs that are not tables, in binary64 and in the interpreter's order of additions."""

from __future__ import annotations

import numpy as np

from backends.c.literals import comment, constant
from backends.c.writer import Writer
from tpc.ir.nodes import Mlp
from tpc.ir.types import Cat


def write_mlp(writer: Writer, node: Mlp) -> None:
    """Weights, and a loop over hidden units that adds each to every output."""
    weights, shown = node.weights, writer.names[node.name]
    hidden, outputs = weights.hidden, len(weights.b_out)
    w_in = np.array(weights.w_in).reshape(hidden, -1)
    w_out = np.array(weights.w_out).reshape(outputs, hidden)
    writer.constants += [
        f"/* {comment(node.name)}: an MLP of {hidden} hidden units over "
        f"{comment(', '.join(node.operands))}. */",
        constant("double", f"{shown}_w_in", w_in),
        constant("double", f"{shown}_b_in", np.array(weights.b_in)),
        constant("double", f"{shown}_w_out", w_out.T),
        constant("double", f"{shown}_b_out", np.array(weights.b_out)),
    ]
    writer.functions.append(_function(writer, node, hidden, outputs))
    writer.block(
        f"{comment(node.name)}: an MLP over {comment(', '.join(node.operands))}.",
        f"{shown}_row(s, i);",
    )


def _function(writer: Writer, node: Mlp, hidden: int, outputs: int) -> str:
    shown = writer.names[node.name]
    inputs, start = [], 0
    for operand in node.operands:
        value = f"{writer.row(operand)}[lane]"
        if isinstance(writer.plan.program.type_of(operand), Cat):
            term = f"w[{start} + {value}]"
            start += writer.plan.program.domain_of(operand).size
        else:
            term = f"w[{start}] * (double){value}"
            start += 1
        inputs.append(
            f"        for (int lane = 0; lane < LANES; lane++)\n            sum[lane] += {term};"
        )
    kind = {"u8": "uint8_t", "u16": "uint16_t", "u32": "uint32_t"}[writer.storage(node.name)]
    return f"""\
/* One row of {comment(node.name)}. */
static void {shown}_row({writer.prefix}_state *s, int i)
{{
    double output[{outputs}][LANES] = {{{{0}}}}, best[LANES];
    for (int unit = 0; unit < {hidden}; unit++) {{
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
        {writer.row(node.name)}[lane] = 0;
    }}
    for (int out = 1; out < {outputs}; out++)
        for (int lane = 0; lane < LANES; lane++) {{
            double weight = {shown}_b_out[out] + output[out][lane];
            if (weight > best[lane]) {{
                best[lane] = weight;
                {writer.row(node.name)}[lane] = ({kind})out;
            }}
        }}
}}"""
