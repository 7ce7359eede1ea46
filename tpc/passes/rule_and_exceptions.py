"""A simple rule over counts of tokens, and the inputs on which the network departs from it.

Many a network has learned a rule almost perfectly. Said as the rule and its exceptions, a program
is short, and shows at a glance where the network is wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from tpc.ir import nodes as ir
from tpc.ir.builder import Builder
from tpc.ir.program import Program
from tpc.ir.types import Cat, Domain
from tpc.passes.base import Pass, PassContext, PassResult, result
from tpc.passes.choose_features import label_node
from tpc.passes.rewriting import prune, variants
from tpc.proof.evidence import Evidence
from tpc.semantics.arrays import Array, joint
from tpc.synthesis.combinations import Combinations, distinct_variables, from_columns
from tpc.synthesis.description_length import closure_cost, program_cost
from tpc.synthesis.exceptions import exception_cases
from tpc.synthesis.pooled import Summand, pooled_combinations, pooled_node, pooled_sums
from tpc.synthesis.selection import LinearSearch, best_table

#: Tokens that an exception takes for each column that it is told by.
_COLUMN = 2.0


@dataclass(frozen=True)
class RuleAndExceptions(Pass):
    """Replaces the program by a rule over token, position and counts, if few labels depart.

    Args:
        most: So many labels may be exceptions.
    """

    most: int = 40

    name = "rule-and-exceptions"
    exactness = "language"
    summary = "say it as a rule over counts of tokens, with listed exceptions"

    def run(self, program: Program, context: PassContext) -> PassResult:
        """Find the rule and the exceptions; keep the program if they are no shorter."""
        evidence = context.evidence(program)
        if isinstance(evidence, str):
            return result(program, program, skipped=(f"{self.name}: {evidence}",))
        counting = _Counting(program)
        after = _restated(counting, evidence, self.most)
        if after is None or program_cost(after) >= program_cost(program):
            return result(program, program)
        return replace(result(program, after, guessed=not evidence.whole), restated=True)


class _Counting:
    """A program without answer that counts every token of the language."""

    def __init__(self, program: Program) -> None:
        self.given = program
        self.taken = {program.result, ir.TOKENS}
        self.alphabet = sorted(
            {
                token
                for alternative in program.language.alternatives
                for group in alternative
                for slot in group.slots
                if slot.scored
                for token in slot.tokens
            }
        )
        length = Domain("position", program.max_length)
        kept = [domain for domain in program.domains if domain.name != length.name]
        self.builder = Builder((*kept, length), program.tokens, program.max_length)
        self.positions, self.ones = self.free("positions"), self.free("ones")
        self.builder.add(ir.Positions(self.positions, Cat(length.name), ("positions",)))
        self.builder.add(ir.Ones(self.ones, ("ones",)))
        self.names, self.counts = [ir.TOKENS, self.positions], list[str]()
        for token in self.alphabet:
            table = ir.TablePredicate((token,) * len(program.vocabulary))
            self.count(f"count_{self.suffix(token)}", table)
        self.counts += self.names[2:]
        self.count("count_same", ir.OffsetPredicate(0))

    def suffix(self, token: int) -> str:
        word = self.given.vocabulary[token]
        return word if re.fullmatch(r"[A-Za-z0-9_]+", word) else str(token)

    def free(self, name: str) -> str:
        """The name, with a number if it is taken: tokens may be called `7` or `same`."""
        found = next(n for n in variants(name) if n not in self.taken)
        self.taken.add(found)
        return found

    def count(self, hint: str, predicate: ir.Predicate) -> None:
        name, pattern = self.free(hint), self.free(f"{hint}_pattern")
        select = ir.Select(pattern, "all", ir.TOKENS, ir.TOKENS, predicate, self.given.causal)
        self.builder.add_head(select, name, self.ones, ())
        self.names.append(name)

    def program(self, *more: ir.Node, domains: tuple[Domain, ...] = ()) -> Program:
        """The program with further nodes, the last of which is the answer."""
        return self.given.replace(
            domains=(*self.builder.domain_by_name.values(), *domains),
            nodes=(*self.builder.nodes, *more),
            result=more[-1].name,
        )


def _restated(counting: _Counting, evidence: Evidence, most: int) -> Program | None:
    given, labels = counting.given, evidence.labels
    answer = given.by_name[given.result]
    assert isinstance(answer, ir.Classify | ir.Lookup), "labels come from classifiers and lookups"
    if isinstance(answer, ir.Classify) and answer.pool != "none":
        return _restated_pooled(counting, evidence, answer, most)
    anything = ir.Lookup(
        answer.name, (ir.TOKENS,), (ir.Case((None,), 0),), answer.type, answer.origin
    )
    base = counting.program(anything)
    columns = evidence.columns(base, counting.names)
    rows = joint([columns[name] for name in counting.names], len(labels))
    usual = _majority(rows.codes, labels.astype(np.int64), rows.count)
    exceptions = np.flatnonzero(usual[rows.codes] != labels)
    if len(exceptions) > most:
        return None
    found = from_columns(base, columns, usual[rows.codes])
    rule = _rule(found, base)
    if rule is None:
        return None
    if not len(exceptions):
        return prune(counting.program(rule))
    return _with_exceptions(counting, evidence, rule, exceptions)


def _restated_pooled(
    counting: _Counting, evidence: Evidence, answer: ir.Classify, most: int
) -> Program | None:
    """The same for one label a sequence: the rule is about sums over its positions."""
    anything = replace(answer, features=())
    base = counting.program(anything)
    first = answer.pool == "first"
    sums = pooled_sums(base, counting.names, evidence.batches(base), first=first)
    rows = joint(list(sums.values()), len(evidence.labels))
    usual = _majority(rows.codes, evidence.labels.astype(np.int64), rows.count)[rows.codes]
    exceptions = np.flatnonzero(usual != evidence.labels)
    if len(exceptions) > most:
        return None
    found = pooled_combinations(base, sums, usual)
    assert found is not None, "the usual label is a function of them"
    costs = {name: found.cost([name]) for name in found.names}
    linear = LinearSearch(found, distinct_variables(found, costs)).run()
    if linear is None:
        return None
    rule = pooled_node(answer, found, linear)
    if not len(exceptions):
        return prune(counting.program(rule))
    return _with_exceptions(counting, evidence, rule, exceptions)


def _majority(codes: Array, labels: Array, count: int) -> Array:
    """The most frequent label of each combination."""
    classes = int(labels.max()) + 1
    counts = np.bincount(codes * classes + labels, minlength=count * classes)
    most: Array = counts.reshape(count, classes).argmax(axis=1)
    return most


def _rule(found: Combinations, base: Program) -> ir.Node | None:
    answer = best_table(found, found.names) or LinearSearch(found, found.names).run()
    if answer is None:
        return None
    return label_node(base, answer, tuple(found.classes.tolist()))


def _with_exceptions(
    counting: _Counting, evidence: Evidence, rule: ir.Node, exceptions: Array
) -> Program | None:
    """The rule, overruled on the inputs that are exceptions.

    They are told by what the rule computes anyway, as far as possible, and by tokens at fixed
    positions.
    """
    reads = [_read(counting, place) for place in range(counting.given.max_length)]
    nodes = [node for read in reads for node in read]
    program = counting.program(*nodes, rule)
    computed = ir.backward_slice(program.nodes, [rule.name])
    names = [*counting.names, *(read[-1].name for read in reads)]
    if program.label_type.pooled:
        # What says the same at every position; a sum of it over the first is what is there.
        names = [*([] if counting.given.causal else counting.counts), *names[len(counting.names) :]]
        summed = pooled_sums(program, names, evidence.batches(program), first=True)
        columns = _unsummed(summed)
    else:
        columns = evidence.columns(program, names)
    costs = [0.0 if name in computed else closure_cost(program, [name]) for name in names]
    listed = exception_cases(
        np.column_stack([columns[name] for name in names]).astype(np.int64),
        evidence.labels.astype(np.int64),
        exceptions,
        [cost + _COLUMN * len(exceptions) for cost in costs],
    )
    if listed is None:
        return None
    kept, cases = listed
    domain = Domain("exception", len(counting.given.classes) + 1)
    operands = tuple(names[axis] for axis in kept)
    table = ir.Lookup(counting.free("exception"), operands, cases, Cat(domain.name), ())
    overruled = _overruled(rule, table, counting.given)
    return prune(counting.program(*nodes, table, overruled, domains=(domain,)))


def _unsummed(sums: dict[Summand, Array]) -> dict[str, Array]:
    """The variables at one position, from which of their values occurs there."""
    found: dict[str, Array] = {}
    for summand, column in sums.items():
        value = column if summand.value is None else summand.value * column
        found[summand.variable] = found.get(summand.variable, 0) + value
    return found


def _read(counting: _Counting, place: int) -> tuple[ir.Node, ir.Node]:
    """A head that reads the token at one position, whoever asks."""
    predicate = ir.TablePredicate((place,) * counting.given.max_length)
    name, positions = f"token_{place}", counting.positions
    select = ir.Select(counting.free(f"{name}_pattern"), "first", positions, positions, predicate)
    return select, ir.Aggregate(
        counting.free(name), select.name, ir.TOKENS, counting.given.tokens, ()
    )


def _overruled(rule: ir.Node, table: ir.Lookup, given: Program) -> ir.Node:
    """The rule's node, with the class that an exception names ahead of all others."""
    size = len(given.classes)
    if isinstance(rule, ir.Lookup):
        width = len(rule.operands)
        first = tuple(
            ir.Case(((((outcome, outcome),),) + (None,) * width), outcome - 1)
            for outcome in sorted({case.constant for case in table.cases} - {0})
        )
        rest = tuple(ir.Case((None, *case.patterns), case.constant) for case in rule.cases)
        return replace(rule, operands=(table.name, *rule.operands), cases=(*first, *rest))
    assert isinstance(rule, ir.Classify), "rules are tables or weights"
    most = sum(
        max(abs(w) for row in f.rows for w in row) * (given.max_length if len(f.rows) == 1 else 1)
        for f in rule.features
    ) * (given.max_length if rule.pool == "sum" else 1)
    weight = float(10 ** len(str(int(most))))
    # A class that only exceptions have must not win elsewhere.
    rare = {case.constant - 1 for case in table.cases}.intersection(rule.never)
    usual = tuple(-weight if index in rare else 0.0 for index in range(size))
    rows = [
        tuple(weight if other == index else 0.0 for other in range(size)) for index in range(size)
    ]
    feature = ir.Feature(table.name, (usual, *rows))
    never = tuple(index for index in rule.never if index not in rare)
    return replace(rule, features=(*rule.features, feature), never=never)
