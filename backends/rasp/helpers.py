"""The functions that emitted programs start with, as far as a program needs them.

Positions are found at constant depth, by counting: `order` numbers the occurrences of each value,
so that the match before a position is the one whose number is the count of matches before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_TEXTS = """\
up_to_here = select(indices, indices, <=);

# Which occurrence of its value each position holds, counted from 1.
def order(keys) {
	return selector_width(select(keys, keys, ==) and select(indices, indices, <=));
}

# The nearest position whose key is wanted: of two equally near the left one, this position itself
# only if no other is wanted, position 0 if none is.
def closest(keys, nth, want) {
	here = keys == want;
	hit = select(keys, want, ==);
	before = selector_width(hit and select(indices, indices, <));
	left = aggregate(hit and select(nth, before, ==), indices, -1000000);
	right = aggregate(hit and select(nth, before + 1 + indicator(here), ==), indices, -1);
	near = left if ((2 * indices) <= (left + right)) else max(left, right);
	return near if (near >= 0) else (indices if here else 0);
}

# The last position before this one whose key is wanted; else this one, else position 0.
def closest_before(keys, nth, want) {
	here = keys == want;
	hit = select(keys, want, ==) and select(indices, indices, <);
	last = aggregate(hit and select(nth, selector_width(hit), ==), indices, -1);
	return last if (last >= 0) else (indices if here else 0);
}

# The first visible position whose key is wanted, position 0 if there is none.
def first_match(keys, nth, want, visible) {
	return aggregate(select(keys, want, ==) and select(nth, 1, ==) and visible, indices, 0);
}

# Of the visible positions whose key is wanted the one at the first of these offsets that has one,
# position 0 if there is none.
def preferred(keys, want, offsets, visible) {
	hit = select(keys, want, ==) and visible;
	found = -1;
	for offset in offsets {
		there = aggregate(hit and select(indices, indices + offset, ==), indices, -1);
		found = there if (found < 0) else found;
	}
	return max(found, 0);
}

# The first visible position with the best key there is: choices holds, from the best on, the keys
# that each position likes equally well.
def best_scored(keys, nth, choices, visible) {
	first = select(nth, 1, ==) and visible;
	found = 1000000;
	for choice in choices {
		near = 1000000;
		for want in choice {
			near = min(near, aggregate(select(keys, want, ==) and first, indices, 1000000));
		}
		found = near if (found == 1000000) else found;
	}
	return found;
}

# The wanted position, position 0 if it is not there.
def at(want) {
	return want if ((want >= 0) and (want < length)) else 0;
}

# The wanted position, position 0 if it is not there or comes later.
def at_before(want) {
	return want if ((want >= 0) and (want <= indices)) else 0;
}

# The sum of whole numbers over the selected positions.
def total(selected, values) {
	return round(aggregate(selected, values) * selector_width(selected));
}

# The sum of real numbers over the selected positions.
def real_total(selected, values) {
	return aggregate(selected, values) * selector_width(selected);
}

# The value where it is positive, else 0: True counts as 1.
def relu(value) {
	return value * (value > 0);
}

# A weighted sum of s-ops.
def dot(weights, values) {
	sum = 0;
	for weight, value in zip(weights, values) {
		sum = sum + (weight * value);
	}
	return sum;
}

# The index of the largest s-op at each position, the first on ties.
def argmax(values) {
	best = values[0];
	winner = 0 * indices;
	for k in range(1, len(values)) {
		better = values[k] > best;
		winner = k if better else winner;
		best = values[k] if better else best;
	}
	return winner;
}

# Adds to each class's logit its weight in the row of the variable's value.
def add_rows(logits, variable, rows) {
	return [logits[k] + {row[0]: row[k + 1] for row in rows}[variable] for k in range(len(logits))];
}

# Adds to each class's logit its weight times the number.
def add_times(logits, number, weights) {
	return [logits[k] + (weights[k] * number) for k in range(len(logits))];
}
"""

#: By name, in the order in which they are written.
HELPERS = {
    name: text
    for text in _TEXTS.rstrip().split("\n\n")
    for name in re.findall(r"^(?:def )?(\w+)[( ]", text, re.MULTILINE)
}


def helper_texts(needed: Iterable[str]) -> list[str]:
    """The texts of the needed helpers."""
    used = set(needed)
    return [text for name, text in HELPERS.items() if name in used]
