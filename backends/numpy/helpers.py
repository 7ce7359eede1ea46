"""The operations of a program on many sequences: the emitted modules contain what they use of this.

Arrays are `[positions, sequences]`, so that every step runs along long contiguous rows. What does
not depend on the sequence has one column and is broadcast. Nothing branches on an element: a
conditional assignment is a multiplication by 0 or 1.
"""

from __future__ import annotations

import numpy as np


def put(found: np.ndarray, where: np.ndarray, values: np.ndarray) -> None:
    """Replace `found` by `values` where it holds, in wrapping integer arithmetic."""
    change = values - found
    change *= where.view(np.uint8)
    found += change


def mask_keys(keys: np.ndarray, padding: np.ndarray | None) -> np.ndarray:
    """Keys that nothing looks for at positions behind the end of a sequence."""
    if padding is None:
        return keys
    mask: np.ndarray = padding * keys.dtype.type(np.iinfo(keys.dtype).max - 1)
    masked: np.ndarray = np.maximum(keys, mask)
    return masked


def value_at_target(targets: np.ndarray, values: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The value at each position's fixed target; at position 0 where there is none (-1)."""
    targets = targets[: len(values)]
    rows = np.where((targets >= 0) & (targets < len(values)), targets, 0)
    found = values.take(rows, axis=0)
    if values.shape[1] > 1 or lengths.size > 1:
        missing = lengths <= rows[:, None].astype(lengths.dtype)
        if missing.any():
            found = np.broadcast_to(found, missing.shape).copy()
            put(found, missing, values[:1])
    return found


def total_at_target(
    targets: np.ndarray, values: np.ndarray, lengths: np.ndarray, kind: type
) -> np.ndarray:
    """The value at each position's fixed target; 0 where there is none (-1)."""
    targets = targets[: len(values)]
    reached = (targets >= 0) & (targets < len(values))
    rows = np.where(reached, targets, 0)
    inside = lengths > rows[:, None].astype(lengths.dtype)
    inside &= reached[:, None]
    found: np.ndarray = values.take(rows, axis=0).astype(kind) * inside
    return found


def _reached(wanted: np.ndarray, lengths: np.ndarray, causal: bool) -> np.ndarray:
    reached = wanted < lengths
    if causal:
        reached &= wanted <= np.arange(len(wanted), dtype=wanted.dtype)[:, None]
    return reached


def pick(values: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """The value at one position for each element."""
    if values.shape[1] == 1:
        return values[:, 0].take(positions)
    index = positions.astype(np.intp)
    index *= values.shape[1]
    index += np.arange(values.shape[1])
    return values.take(index)


def value_at(
    wanted: np.ndarray, values: np.ndarray, lengths: np.ndarray, causal: bool = False
) -> np.ndarray:
    """The value at the wanted position; at position 0 where that is not visible."""
    return pick(values, wanted * _reached(wanted, lengths, causal).view(np.uint8))


def total_at(
    wanted: np.ndarray, values: np.ndarray, lengths: np.ndarray, kind: type, causal: bool = False
) -> np.ndarray:
    """The value at the wanted position; 0 where that is not visible."""
    reached = _reached(wanted, lengths, causal)
    found: np.ndarray = pick(values, wanted * reached.view(np.uint8)).astype(kind) * reached
    return found


def closest(
    wanted: np.ndarray, keys: np.ndarray, values: np.ndarray, causal: bool = False
) -> np.ndarray:
    """The value at the nearest match: left before right, the own position last.

    Where there is no match, the value at position 0. From far to near, nearer matches replace.
    """
    length = len(keys)
    shape = np.broadcast_shapes(wanted.shape, keys.shape, values.shape)
    found = np.broadcast_to(values[:1], shape).copy()
    put(found, wanted == keys, values)
    for distance in range(length - 1, 0, -1):
        near, far = slice(0, length - distance), slice(distance, length)
        if not causal:
            put(found[near], wanted[near] == keys[far], values[far])
        put(found[far], wanted[far] == keys[near], values[near])
    return found


def first(
    wanted: np.ndarray, keys: np.ndarray, values: np.ndarray, causal: bool = False
) -> np.ndarray:
    """The value at the leftmost match; at position 0 where there is none."""
    shape = np.broadcast_shapes(wanted.shape, keys.shape, values.shape)
    found = np.broadcast_to(values[:1], shape).copy()
    for position in range(len(keys) - 1, 0, -1):
        start = position if causal else 0
        put(found[start:], wanted[start:] == keys[position], values[position])
    put(found, wanted == keys[0], values[0])
    return found


def best_offset(
    wanted: np.ndarray,
    keys: np.ndarray,
    values: np.ndarray,
    offsets: tuple[int, ...],
    causal: bool = False,
) -> np.ndarray:
    """The value at the match of the best offset (they come worst first); else at position 0."""
    length = len(keys)
    shape = np.broadcast_shapes(wanted.shape, keys.shape, values.shape)
    found = np.broadcast_to(values[:1], shape).copy()
    for offset in offsets:
        if abs(offset) >= length or (causal and offset > 0):
            continue
        here = slice(max(0, -offset), length - max(0, offset))
        there = slice(max(0, offset), length - max(0, -offset))
        put(found[here], wanted[here] == keys[there], values[there])
    return found


def best_score(
    ranks: np.ndarray,
    queries: np.ndarray,
    keys: np.ndarray,
    values: np.ndarray,
    lengths: np.ndarray,
    causal: bool = False,
) -> np.ndarray:
    """The value at the key of the best rank (0), the first of equal ones."""
    shape = np.broadcast_shapes(queries.shape, keys.shape, values.shape, (1, lengths.size))
    found = np.broadcast_to(values[:1], shape).copy()
    rows = queries.astype(np.intp) * ranks.shape[1]
    best = np.broadcast_to(ranks.take(rows + keys[0]), shape).copy()
    for position in range(1, len(keys)):
        start = position if causal else 0
        rank = ranks.take(rows[start:] + keys[position])
        better = (rank < best[start:]) & (lengths > position)
        put(found[start:], better, values[position])
        put(best[start:], better, rank)
    return found


def count(wanted: np.ndarray, keys: np.ndarray, kind: type, causal: bool = False) -> np.ndarray:
    """How many keys match."""
    length = len(keys)
    result: np.ndarray = np.zeros(np.broadcast_shapes(wanted.shape, keys.shape), kind)
    for offset in range(1 - length, 1 if causal else length):
        here = slice(max(0, -offset), length - max(0, offset))
        there = slice(max(0, offset), length - max(0, -offset))
        result[here] += (wanted[here] == keys[there]).view(np.uint8)
    return result


def total(
    wanted: np.ndarray, keys: np.ndarray, values: np.ndarray, kind: type, causal: bool = False
) -> np.ndarray:
    """The sum of the values at all matches, added from left to right."""
    length = len(keys)
    result: np.ndarray = np.zeros(np.broadcast_shapes(wanted.shape, keys.shape, values.shape), kind)
    for offset in range(1 - length, 1 if causal else length):
        here = slice(max(0, -offset), length - max(0, offset))
        there = slice(max(0, offset), length - max(0, -offset))
        result[here] += values[there] * (wanted[here] == keys[there]).view(np.uint8)
    return result


def joint_index(kind: type, operands: tuple[np.ndarray, ...], sizes: tuple[int, ...]) -> np.ndarray:
    """One number for each combination of operand values, the last operand varying fastest."""
    index: np.ndarray = operands[0].astype(kind)
    for operand, size in zip(operands[1:], sizes[1:], strict=True):
        index = index * kind(size) + operand.astype(kind, copy=False)
    return index


def look_up(table: np.ndarray, *operands: np.ndarray) -> np.ndarray:
    """The entry of a table for each combination of operand values."""
    if len(operands) == 1:
        return table.take(operands[0])
    kind = np.uint8 if table.size <= 256 else np.uint16 if table.size <= 65536 else np.uint32
    return table.take(joint_index(kind, operands, table.shape))


def by_cases(
    kind: type, *cases: tuple[np.ndarray, np.ndarray | int], otherwise: np.ndarray | int
) -> np.ndarray:
    """The outcome beside the first condition that holds."""
    result = np.asarray(otherwise)
    for condition, outcome in reversed(cases):
        result = np.where(condition, outcome, result)
    found: np.ndarray = result.astype(kind)
    return found


def perceptron(
    inputs: tuple[np.ndarray, ...],
    categorical: tuple[bool, ...],
    w_inputs: tuple[np.ndarray, ...],
    b_in: np.ndarray,
    w_out: np.ndarray,
    b_out: np.ndarray,
    kind: type,
) -> np.ndarray:
    """The winning output unit of an MLP with ReLU, added up in the order of units."""
    shape = np.broadcast_shapes(*(column.shape for column in inputs))
    columns = [np.broadcast_to(column, shape).reshape(-1) for column in inputs]
    winners: np.ndarray = np.zeros(shape, kind).reshape(-1)
    for start in range(0, len(winners), 1024):
        rows = slice(start, start + 1024)
        hidden = np.zeros((len(winners[rows]), len(b_in)))
        for column, whole, weights in zip(columns, categorical, w_inputs, strict=True):
            hidden += weights[column[rows]] if whole else weights[0] * column[rows, None]
        hidden = np.maximum(0.0, b_in + hidden)
        outputs = np.zeros((len(hidden), len(b_out)))
        for unit in range(len(b_in)):
            outputs += hidden[:, unit, None] * w_out[unit]
        winners[rows] = np.argmax(b_out + outputs, axis=1)
    return winners.reshape(shape)


def perceptron_of_integers(
    sizes: tuple[int, ...],
    inputs: tuple[np.ndarray, ...],
    categorical: tuple[bool, ...],
    w_inputs: tuple[np.ndarray, ...],
    b_in: np.ndarray,
    w_out: np.ndarray,
    b_out: np.ndarray,
    kind: type,
) -> np.ndarray:
    """An MLP that is evaluated once for each combination of values that occurs."""
    index = joint_index(np.int64, inputs, sizes)
    _, rows, numbers = np.unique(index, return_index=True, return_inverse=True)
    distinct = tuple(np.broadcast_to(column, index.shape).take(rows) for column in inputs)
    found = perceptron(distinct, categorical, w_inputs, b_in, w_out, b_out, kind)
    return found.take(numbers).reshape(index.shape)


def fixed_point(weights: np.ndarray, scale: float, kind: type, columns: int) -> np.ndarray:
    """Weights [..., classes] as rows of integers; the smallest of a row is 0.

    Rows are filled up to `columns` columns, which are copied faster than an odd number. The last
    row is all 0: it stands for positions behind the end of a sequence.
    """
    weights = weights.reshape(-1, weights.shape[-1])
    scaled = np.floor((weights - weights.min(axis=1, keepdims=True)) * scale + 0.5)
    rows: np.ndarray = np.zeros((len(weights) + 1, columns), kind)
    rows[:-1, : weights.shape[1]] = scaled
    return rows


def rows_at(
    room: np.ndarray, table: np.ndarray, index: np.ndarray, tokens: np.ndarray
) -> np.ndarray:
    """The rows of a table [positions * sequences, columns], written into `room`.

    Fresh arrays of this size would be handed back to the system and fetched again all the time.
    """
    if index.shape != tokens.shape:
        index = np.broadcast_to(index, tokens.shape)
    return table.take(index.reshape(-1), axis=0, out=room[: tokens.size], mode="clip")


def pooled_rows(
    room: np.ndarray,
    table: np.ndarray,
    index: np.ndarray,
    tokens: np.ndarray,
    padding: np.ndarray | None,
) -> np.ndarray:
    """The rows of a table, added up over the positions of each sequence."""
    if padding is not None:
        index = np.where(padding, index.dtype.type(len(table) - 1), index)
    rows = rows_at(room, table, index, tokens).reshape(*tokens.shape, -1)
    total: np.ndarray = np.add.reduce(rows, axis=0, dtype=table.dtype)
    return total


def leading(
    scores: np.ndarray, answers: tuple[int, ...], tie: int
) -> tuple[np.ndarray, np.ndarray]:
    """The best class of each row of scores, and the rows in which its lead proves nothing."""
    best = scores[:, 0].copy()
    second = np.full_like(best, -tie - 1)
    labels = np.full(best.shape, answers[0], np.uint8 if answers[-1] < 256 else np.uint16)
    for column, answer in enumerate(answers[1:], 1):
        score = scores[:, column].copy()
        np.maximum(second, np.minimum(best, score), out=second)
        better = (score > best).view(np.uint8) * labels.dtype.type(answer)
        np.maximum(labels, better, out=labels)
        np.maximum(best, score, out=best)
    best -= second
    return labels, np.flatnonzero(best <= tie)


def at(values: np.ndarray, rows: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    """The values at some elements, numbered position by position."""
    alike = values.shape[1] == 1
    found: np.ndarray = values.take(rows // tokens.shape[1] if alike else rows)
    return found


def sequences_at(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The values of some sequences."""
    found: np.ndarray = values if values.shape[1] == 1 else values[:, rows]
    return found


def sum_of_positions(
    weights: np.ndarray, tokens: np.ndarray, padding: np.ndarray | None
) -> np.ndarray:
    """Weights [positions, sequences, classes] added up from the first position to the last."""
    pooled = np.zeros((tokens.shape[1], weights.shape[-1]))
    weights = np.broadcast_to(weights, (*tokens.shape, weights.shape[-1]))
    for position, weight in enumerate(weights):
        pooled += weight if padding is None else np.where(padding[position, :, None], 0.0, weight)
    return pooled


def best_class(weights: np.ndarray, answers: tuple[int, ...]) -> np.ndarray:
    """The first of the classes with the largest weight."""
    best = weights[..., answers[0]]
    labels = np.full(best.shape, answers[0], np.uint8 if answers[-1] < 256 else np.uint16)
    for answer in answers[1:]:
        labels[weights[..., answer] > best] = answer
        best = np.maximum(best, weights[..., answer])
    return labels
