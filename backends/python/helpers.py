"""The functions that an emitted module brings along, each only where a head calls it.

All take columns: lists with one entry for each position; of what is wanted there may be more.
"""

from __future__ import annotations

from backends.python.emitter import Emitter
from tpc.lowering import Rule

_CLOSEST = '''
def closest(
    wanted: Sequence[object], keys: Sequence[object], {values}
) -> {result}:
    """The value at the nearest other position with the wanted key, on a tie the left one.

    Failing that the position's own if its key is the wanted one, and the first value if none is.
    """
    where: dict[object, list[int]] = {{}}
    for j, key in enumerate(keys):
        where.setdefault(key, []).append(j)
    return [
        values[min(where.get(want, [0]), key=lambda j: abs(j - i) or len(keys))]
        for i, (want, _) in enumerate(zip(wanted, keys))
    ]
'''

_CLOSEST_SO_FAR = '''
def latest(
    wanted: Sequence[object], keys: Sequence[object], {values}
) -> {result}:
    """The value at the last earlier position with the wanted key.

    Failing that the position's own if its key is the wanted one, and the first value if not.
    """
    last: dict[object, int] = {{}}
    chosen = []
    for i, (want, key) in enumerate(zip(wanted, keys)):
        chosen.append(values[last.get(want, i if key == want else 0)])
        last[key] = i
    return chosen
'''

_FIRST = '''
def first(
    wanted: Sequence[object], keys: Sequence[object], {values}
) -> {result}:
    """The value at the first position with the wanted key, else the first value."""
    return [values[keys.index(want) if want in keys else 0] for want, _ in zip(wanted, keys)]
'''

_FIRST_SO_FAR = '''
def first_so_far(
    wanted: Sequence[object], keys: Sequence[object], {values}
) -> {result}:
    """The value at the first position so far with the wanted key, else the first value."""
    where: dict[object, int] = {{}}
    chosen = []
    for i, (want, key) in enumerate(zip(wanted, keys)):
        where.setdefault(key, i)
        chosen.append(values[where.get(want, 0)])
    return chosen
'''

_BEST = '''
def best(
    wanted: Sequence[object], keys: Sequence[object], {values}, offsets: Sequence[int]
) -> {result}:
    """The value at the first of the given offsets where the wanted key is, else the first value."""
    places = range(len(keys))
    return [
        values[next((i + d for d in offsets if i + d in places and keys[i + d] == want), 0)]
        for i, (want, _) in enumerate(zip(wanted, keys))
    ]
'''

_PREFERRED = '''
def preferred(
    rankings: Sequence[Sequence[object]], keys: Sequence[object], {values}
) -> {result}:
    """The value at the first position with the best ranked of all keys."""
    return [
        values[keys.index(next(key for key in ranking if key in keys))]
        for ranking in rankings
    ]
'''

_PREFERRED_SO_FAR = '''
def preferred_so_far(
    rankings: Sequence[Sequence[object]], keys: Sequence[object], {values}
) -> {result}:
    """The value at the first position with the best ranked of the keys so far."""
    return [
        values[keys.index(next(key for key in ranking if key in keys[: i + 1]))]
        for i, ranking in enumerate(rankings)
    ]
'''

_PREFERRED_GROUP = '''
def preferred_group(
    rankings: Sequence[Sequence[Sequence[object]]], keys: Sequence[object], {values}
) -> {result}:
    """The value at the first position with a key of the best ranked group that has one."""
    return [
        next(
            value
            for group in ranking
            for key, value in zip(keys, values)
            if key in group
        )
        for ranking in rankings
    ]
'''

_PREFERRED_GROUP_SO_FAR = '''
def preferred_group_so_far(
    rankings: Sequence[Sequence[Sequence[object]]], keys: Sequence[object], {values}
) -> {result}:
    """The value at the first position so far with a key of the best ranked group that has one."""
    return [
        next(
            value
            for group in ranking
            for key, value in zip(keys[: i + 1], values)
            if key in group
        )
        for i, ranking in enumerate(rankings)
    ]
'''

_TOTAL = '''
def total(
    wanted: Sequence[object], keys: Sequence[object], {values}
) -> {result}:
    """The sum of the values at all positions with the wanted key."""
    sums: dict[object, {number}] = {{}}
    for key, value in zip(keys, values):
        sums[key] = sums.get(key, 0) + value
    return [sums.get(want, 0) for want, _ in zip(wanted, keys)]
'''

_TOTAL_SO_FAR = '''
def total_so_far(
    wanted: Sequence[object], keys: Sequence[object], {values}
) -> {result}:
    """The sum of the values at all positions so far with the wanted key."""
    sums: dict[object, {number}] = {{}}
    totals = []
    for want, key, value in zip(wanted, keys, values):
        sums[key] = sums.get(key, 0) + value
        totals.append(sums.get(want, 0))
    return totals
'''

_AT = '''
def at(wanted: Sequence[int], {values}) -> {result}:
    """The value at each wanted position, the first value if the sequence ends before it."""
    return [values[j if j < len(values) else 0] for j, _ in zip(wanted, values)]
'''

_AT_SO_FAR = '''
def at_so_far(wanted: Sequence[int], {values}) -> {result}:
    """The value at each wanted position, the first value if that is further to the right."""
    return [values[j if j <= i else 0] for i, (j, _) in enumerate(zip(wanted, values))]
'''

_SINGLE = {
    ("closest", False): ("closest", _CLOSEST),
    ("closest", True): ("latest", _CLOSEST_SO_FAR),
    ("first", False): ("first", _FIRST),
    ("first", True): ("first_so_far", _FIRST_SO_FAR),
}
_RANKED = {
    (False, False): ("preferred", _PREFERRED),
    (False, True): ("preferred_so_far", _PREFERRED_SO_FAR),
    (True, False): ("preferred_group", _PREFERRED_GROUP),
    (True, True): ("preferred_group_so_far", _PREFERRED_GROUP_SO_FAR),
}


def single(emitter: Emitter, rule: Rule, value: str, *, causal: bool) -> str:
    """The helper of a head that takes the closest or the first match."""
    return _use(emitter, *_SINGLE[rule, causal], value)


def at(emitter: Emitter, value: str, *, causal: bool) -> str:
    """The helper of a head that looks at a position."""
    return _use(emitter, *(("at_so_far", _AT_SO_FAR) if causal else ("at", _AT)), value)


def best(emitter: Emitter, value: str) -> str:
    """The helper of a head that ranks offsets; a causal head lists no offsets to the right."""
    return _use(emitter, "best", _BEST, value)


def ranked(emitter: Emitter, value: str, *, tied: bool, causal: bool) -> str:
    """The helper of a head that ranks keys, or, where some are tied, groups of keys."""
    return _use(emitter, *_RANKED[tied, causal], value)


def total(emitter: Emitter, value: str, *, causal: bool) -> str:
    """The helper of a head that sums over all matches."""
    if causal:
        return _use(emitter, "total_so_far", _TOTAL_SO_FAR, value)
    return _use(emitter, "total", _TOTAL, value)


def _use(emitter: Emitter, name: str, template: str, value: str) -> str:
    _, kinds = emitter.helpers.get(name, (template, frozenset[str]()))
    emitter.helpers[name] = (template, kinds | {emitter.annotation(value)})
    return name


def definitions(emitter: Emitter) -> tuple[list[str], list[str]]:
    """Type variables and functions, typed for the values that heads call them with."""
    variables: dict[str, str] = {}
    functions = []
    for template, kinds in emitter.helpers.values():
        emitter.import_from("collections.abc", "Sequence")
        number = "{number}" in template
        kind = next(iter(kinds)) if len(kinds) == 1 else "N" if number else "V"
        if len(kinds) > 1:
            emitter.import_from("typing", "TypeVar")
            variables[kind] = 'N = TypeVar("N", int, float)' if number else 'V = TypeVar("V")'
        text = template.replace("{values}", f"values: Sequence[{kind}]")
        text = text.replace("{result}", f"list[{kind}]").replace("{number}", kind)
        functions.append(text.replace("{{}}", "{}"))
    return list(variables.values()), functions
