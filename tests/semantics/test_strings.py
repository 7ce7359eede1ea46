"""Batches hold the strings of a language, or given ones."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.strategies import programs
from tpc.semantics.strings import language_batches, padded_batches


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.integers(1, 50))
def test_language_batches_are_the_language(data: st.DataObject, size: int) -> None:
    program = data.draw(programs())
    strings = list(program.language.strings(program.max_length))[:2_000]
    found: list[tuple[int, ...]] = []
    for batch in language_batches(program, size):
        assert len(batch.ids) <= size
        for ids, length, scored in zip(batch.ids, batch.lengths, batch.scored, strict=True):
            string = tuple(ids[:length].tolist())
            found.append(string)
            assert tuple(scored.tolist()) == program.language.scored(string, program.max_length)
        if len(found) > 2_000:
            break
    assert found[: len(strings)] == strings
    if len(strings) < 2_000:
        assert len(found) == program.language.count(program.max_length) == len(strings)


@given(st.lists(st.lists(st.integers(0, 9), max_size=5)))
def test_padded_batches_hold_every_sequence_once(sequences: list[list[int]]) -> None:
    found = {}
    for numbers, ids, lengths in padded_batches(sequences):
        assert ids.shape == (len(numbers), lengths.max())
        for number, row, length in zip(numbers, ids.tolist(), lengths.tolist(), strict=True):
            assert row == sequences[number] + [0] * (ids.shape[1] - length)
            assert length == len(sequences[number])
            assert number not in found
            found[number] = row
    assert sorted(found) == list(range(len(sequences)))
