"""From a network's weights to a program: every soft choice becomes its argmax.

Follows the discretised network variable by variable (paper, section 3; `ir_specs/SPEC.md`, section
"Export"). All arithmetic is NumPy's, binary64 on the network's binary32 weights.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tpc.ir import nodes as ir
from tpc.ir.builder import Builder
from tpc.ir.cases import cases_of
from tpc.ir.program import MAX_TABLE_ENTRIES, Metadata, Program
from tpc.ir.types import Cat, Domain, Label, Real
from tpc.ir.verifier import verify
from tpc.model import layout
from tpc.model.layout import Component

if TYPE_CHECKING:
    from tpc.model.run import Run

#: Learned position biases are clamped to this (upstream's `ClippedRelPosBias`).
BIAS_CLAMP = 10.0

Array = NDArray[np.float64]


def export_network(run: Run, metadata: Metadata) -> Program:
    """The program that equals a run's discretised network.

    Args:
        run: The network, its vocabulary and its input language.
        metadata: What the program says about its origin.
    """
    exporter = _Exporter(run)
    exporter.inputs()
    for component in layout.components_of(run.config).values():
        if component.kind.is_head:
            exporter.head(component)
        else:
            exporter.mlp(component)
    exporter.classifier()
    builder, words = exporter.builder, run.vocabulary.words
    program = Program(
        name=run.task,
        domains=ir.named_domains(builder.domain_by_name.values(), builder.tokens, builder.nodes),
        tokens=builder.tokens,
        max_length=builder.max_length,
        nodes=builder.nodes,
        result="label",
        language=run.language.mapped({word: index for index, word in enumerate(words)}),
        rewrite=run.rewrite,
        metadata=metadata,
    )
    verify(program)
    return program


class _Exporter:
    def __init__(self, run: Run) -> None:
        self.config, vocabulary = run.config, run.vocabulary
        self.weights: dict[str, Array] = {
            name: tensor.detach().double().numpy() for name, tensor in run.weights.items()
        }
        domains = (
            Domain("token", len(vocabulary.words), vocabulary.words),
            Domain("position", run.config.n_ctx),
            Domain("value", run.config.d_var),
            Domain("label", len(vocabulary.classes), vocabulary.classes),
        )
        self.builder = Builder(domains, Cat("token"), run.config.n_ctx)

    def size(self, name: str) -> int:
        return len(self.builder.range_of(name))

    # Layer 0's inputs.

    def inputs(self) -> None:
        config, embed = self.config, self.weights["embed.W_E"]
        if not config.one_hot_embed:
            by_variable = embed.reshape(config.n_vars_cat, config.d_var, -1)
            for index, table in enumerate(by_variable.argmax(1)):
                name = f"var{index}"
                self.builder.add(ir.Embed(name, tuple(table.tolist()), Cat("value"), (name,)))
        self.builder.add(ir.Positions("positions", Cat("position"), ("positions",)))
        for index, name in enumerate(layout.numerical_inputs(config)):
            if config.count_only:
                self.builder.add(ir.Ones(name, (name,)))
            else:
                column = self.weights["num_embed.W_E"][:, index]
                self.builder.add(ir.Embed(name, tuple(column.tolist()), Real(), (name,)))

    # Heads.

    def head(self, head: Component) -> None:
        config, prefix = self.config, head.prefix
        variables = layout.readable(config, head)
        query, key = variables[self.read(head, "W_Q")], variables[self.read(head, "W_K")]
        value = layout.head_values(config, head)[self.read(head, "W_V")]
        rule: ir.Rule = "all"
        predicate, offsets, scores = None, None, None
        if config.attention_type == "score" and not head.kind.is_numerical:
            learned = self.weights[f"{prefix}.W_pred.W"][head.index]
            table = learned[: self.size(query), : self.size(key)]
            rule, scores = "score", tuple(_ranks(row) for row in table)
        else:
            predicate = self.predicate(head, query, key)
            if not head.kind.is_numerical:
                rule, offsets = self.preference(f"{prefix}.rel_pos_bias.bias", head.index)
        name, causal = head.name, config.autoregressive
        select = ir.Select(f"{name}_pattern", rule, query, key, predicate, causal, offsets, scores)
        self.builder.add_head(select, name, value, (name,))

    def read(self, head: Component, matrix: str) -> int:
        """Which of the variables that it may read a head does read."""
        return int(self.weights[f"{head.prefix}.{matrix}.W"][head.index].argmax())

    def predicate(self, head: Component, query: str, key: str) -> ir.TablePredicate:
        """The key that matches each query value: none if it is outside the key's domain."""
        learned = self.weights[f"{head.prefix}.W_pred.W"][head.index]
        keys, matched = self.size(key), learned.argmax(-1)[: self.size(query)]
        return ir.TablePredicate(tuple(int(k) if k < keys else None for k in matched))

    def preference(self, name: str, head: int) -> tuple[ir.Rule, tuple[int, ...] | None]:
        """Which of its matches a head takes: the rule and, for `best`, the ranks of the offsets.

        A bias that is not learned is a buffer of the run. Its order is read too: runs built on a
        GPU can prefer the right one of two neighbours, where the formula prefers the left one.
        """
        config = self.config
        formula: ir.Rule = "first" if config.rel_pos_bias == "none" else "closest"
        if name not in self.weights:
            return formula, None
        bias = self.weights[name][head]
        last = config.n_ctx - 1
        offsets = np.arange(-last, last + 1)
        chosen = bias[offsets % len(bias)]
        if config.rel_pos_bias == "clipped":
            return "best", _ranks(np.clip(chosen, -BIAS_CLAMP, BIAS_CLAMP))
        rule = _rule_of(offsets, chosen, config.autoregressive)
        return rule, _ranks(chosen) if rule == "best" else None

    # MLPs.

    def mlp(self, mlp: Component) -> None:
        name, prefix, variables = mlp.name, mlp.prefix, layout.readable(self.config, mlp)
        reads = tuple(variables[int(i)] for i in self.weights[f"{prefix}.W_read.W"].argmax(-1))
        layers = (self.weights[f"{prefix}.{w}"] for w in ("b_in", "W_out", "b_out"))
        perceptron = _Perceptron(self.columns(prefix, reads), *layers)
        distinct = tuple(dict.fromkeys(reads))
        types = [self.builder.type_of(read) for read in reads]
        if Real() in types or math.prod(map(self.size, distinct)) > MAX_TABLE_ENTRIES:
            self.builder.add(perceptron.node(name, reads))
            return
        ranges = [self.builder.range_of(read) for read in distinct]
        one_hot = [isinstance(one, Cat) for one in types]
        table = perceptron.table(ranges, [distinct.index(read) for read in reads], one_hot)
        cases = cases_of(table, ranges)
        self.builder.add(ir.Lookup(name, distinct, cases, Cat("value"), (name,)))

    def columns(self, prefix: str, reads: tuple[str, ...]) -> list[Array]:
        """`W_in` split by operand, without the columns of values that an operand never has."""
        w_in = self.weights[f"{prefix}.W_in"]
        width = w_in.shape[1] // len(reads)
        blocks = [w_in[:, i * width : (i + 1) * width] for i in range(len(reads))]
        return [
            block[:, : self.size(read)] if isinstance(self.builder.type_of(read), Cat) else block
            for block, read in zip(blocks, reads, strict=True)
        ]

    # Classifier.

    def classifier(self) -> None:
        config, unembed = self.config, self.weights["unembed.W_U"]
        cats = layout.categorical_variables(config, config.n_layers)
        nums = layout.numerical_variables(config, config.n_layers)
        features = []
        for index, name in enumerate(cats):
            start = index * config.d_var
            features.append(ir.Feature(name, _rows(unembed[start : start + self.size(name)])))
        for index, name in enumerate(nums):
            start = len(cats) * config.d_var + index
            features.append(ir.Feature(name, _rows(unembed[start : start + 1])))
        pool: ir.Pool = "none"
        if config.pool_outputs:
            # Upstream masks the sum with the mask of position 0, which, causal, sees itself alone.
            pool = "first" if config.autoregressive else "sum"
        label = Label("label", pooled=config.pool_outputs)
        never = config.masked_classes
        self.builder.add(ir.Classify("label", tuple(features), label, never, pool, ("label",)))


@dataclass(frozen=True)
class _Perceptron:
    """An MLP's weights in binary64, `w_in` split by operand."""

    w_in: list[Array]
    b_in: Array
    w_out: Array
    b_out: Array

    def node(self, name: str, reads: tuple[str, ...]) -> ir.Mlp:
        weights = ir.Weights(
            len(self.b_in),
            *(tuple(a.ravel().tolist()) for a in (np.concatenate(self.w_in, 1), self.b_in)),
            *(tuple(a.ravel().tolist()) for a in (self.w_out, self.b_out)),
        )
        return ir.Mlp(name, reads, weights, Cat("value"), (name,))

    def table(self, ranges: list[range], reads: list[int], one_hot: list[bool]) -> list[int]:
        """The outcome for every combination of the distinct operands' values.

        Args:
            ranges: The values of each distinct operand.
            reads: For each block of `w_in`, which operand it reads.
            one_hot: For each block, whether its operand is categorical.
        """
        grids = np.meshgrid(*(np.array(values) for values in ranges), indexing="ij")
        hidden = np.tile(self.b_in, (grids[0].size, 1))
        for block, read, categorical in zip(self.w_in, reads, one_hot, strict=True):
            values = grids[read].ravel()
            hidden += block.T[values] if categorical else values[:, None] * block[:, 0]
        outputs = np.maximum(hidden, 0.0) @ self.w_out.T + self.b_out
        chosen: list[int] = outputs.argmax(-1).tolist()
        return chosen


def _rule_of(offsets: NDArray[np.int64], bias: Array, causal: bool) -> ir.Rule:
    """The rule that takes the match of the highest bias, the leftmost on ties.

    Args:
        offsets: Key position minus query position.
        bias: That of each offset.
        causal: Whether only offsets up to 0 ever occur.
    """
    if causal:
        offsets, bias = offsets[offsets <= 0], bias[offsets <= 0]
    # Of two positions ranked equal the leftmost is taken, which is the smaller offset.
    preferred = offsets[np.lexsort((offsets, -bias))]
    if np.array_equal(preferred, np.sort(offsets)):
        return "first"
    distance = np.where(offsets == 0, len(offsets), np.abs(offsets))
    closest = offsets[np.lexsort((offsets, distance))]
    return "closest" if np.array_equal(preferred, closest) else "best"


def _ranks(values: Array) -> tuple[int, ...]:
    """Dense ranks, the largest value first: what a choice of the largest depends on."""
    distinct = np.unique(-values)
    return tuple(np.searchsorted(distinct, -values).tolist())


def _rows(matrix: Array) -> tuple[tuple[float, ...], ...]:
    """Weights of the classifier, each as the shortest decimal of its binary32 value.

    Fewer digits are easier to read. They move a weight by less than 1 part in 10 million, as much
    as the network's own arithmetic does; verification counts near-ties apart.
    """
    short = [[float(str(np.float32(weight))) for weight in row] for row in matrix]
    return tuple(map(tuple, short))
