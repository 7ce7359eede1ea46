"""A task from a user's generator of rows, whose alphabet and lengths are those of its rows."""

from __future__ import annotations

import inspect
import random
from collections.abc import Iterator

import numpy as np

from tpc.data.calling import failed, for_input
from tpc.data.drawing import generate_rows
from tpc.data.labelling import WrongAnswerError, is_pooled, labels_of
from tpc.data.own_task import LONGEST, SPECIAL, TaskFunction, is_token
from tpc.data.python_source import defined_at, line_of
from tpc.data.task import Row, Task, TaskArguments, Tokens, body, require_lengths
from tpc.diagnostics import Location, TpcError, quoted
from tpc.ir.language import Language
from tpc.ir.words import EOS


def generator_task(found: TaskFunction) -> Task:
    """The task of a generator of rows.

    Raises:
        TpcError: It fails on its first row.
    """
    end = (EOS,) if found.closed else ()
    framing = 1 + len(end)
    shortest, longest = found.lengths or (0, LONGEST - framing)
    first = next(_yielded(found, 0), None)
    if first is None:
        raise TpcError(f"{found.__name__} yields no rows", location=defined_at(found.function))
    pooled = is_pooled(first[1])

    def rows(generator: np.random.RandomState, arguments: TaskArguments) -> Iterator[Row]:  # noqa: ARG001
        most = arguments.max_length - framing
        for tokens, answer, place in _yielded(found, arguments.seed):
            try:
                labels = labels_of(answer, len(tokens), pooled=pooled, known=found.labels)
            except WrongAnswerError as error:
                raise TpcError(
                    f"{found.__name__} {error} {for_input(tokens)}", location=place
                ) from error
            if arguments.min_length <= len(tokens) <= most:
                yield tokens, labels

    def inputs(arguments: TaskArguments, longest: int) -> Language[str]:
        alphabet, lengths = found.alphabet, found.lengths
        if not alphabet or lengths is None:
            drawn = [made.bare(row) for row, _ in generate_rows(made, arguments)]
            alphabet = alphabet or tuple(sorted({token for tokens in drawn for token in tokens}))
            lengths = lengths or (min(map(len, drawn)), max(map(len, drawn)))
        least = max(arguments.min_length, lengths[0])
        most = min(arguments.max_length - framing, lengths[1], longest)
        return Language(((body(alphabet, least, most),),))

    made = Task(
        name=found.__name__,
        summary=found.summary,
        rows=rows,
        inputs=inputs,
        check=lambda arguments: require_lengths(found.__name__, arguments, framing),
        defaults=TaskArguments(0, min_length=shortest, max_length=longest + framing),
        end=end,
        pooled=pooled,
        causal=found.causal,
        fixed_vocab_size=0,
    )
    return made


def _yielded(found: TaskFunction, seed: int) -> Iterator[tuple[Tokens, object, Location | None]]:
    """What a generator yields: tokens, an answer, and the line that yielded them.

    Raises:
        TpcError: It raised something, or yields something else.
    """
    function = found.function
    takes_random = bool(inspect.signature(function).parameters)
    try:
        stream = function(random.Random(seed)) if takes_random else function()
    except TypeError as error:
        raise failed(function, error, "when it is asked for rows") from error
    while True:
        try:
            row = next(stream)
        except StopIteration:
            return
        except (Exception, SystemExit) as error:
            raise failed(function, error, "while rows are drawn") from error
        line = stream.gi_frame.f_lineno if stream.gi_frame else None
        place = line_of(function.__code__.co_filename, line) if line else None
        yield (*_pair(found, row, place), place)


def _pair(found: TaskFunction, row: object, place: Location | None) -> tuple[Tokens, object]:
    if not isinstance(row, tuple | list) or len(row) != 2:
        raise TpcError(
            f"{found.__name__} yields {quoted(row)}, which is no row",
            location=place,
            hint="a row is a pair: a list of tokens, and a list of labels or one for all",
        )
    tokens = row[0]
    if not isinstance(tokens, tuple | list) or not all(map(is_token, tokens)):
        raise TpcError(
            f"{found.__name__} yields {quoted(tokens)}, which is no list of tokens", location=place
        )
    reserved = [token for token in tokens if token in SPECIAL]
    foreign = [token for token in tokens if found.alphabet and token not in found.alphabet]
    if reserved or foreign:
        why = "stands for something else" if reserved else "the alphabet does not have"
        token = quoted((reserved or foreign)[0])
        raise TpcError(f"{found.__name__} yields the token {token}, which {why}", location=place)
    if found.lengths and not found.lengths[0] <= len(tokens) <= found.lengths[1]:
        raise TpcError(
            f"{found.__name__} yields {len(tokens)} tokens, and declares lengths from "
            f"{found.lengths[0]} to {found.lengths[1]}",
            location=place,
        )
    return tuple(tokens), row[1]
