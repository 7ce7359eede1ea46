/** For each position, the positions whose key is the one that it looks for. */
function matches(queries, keys) {
  const positions = [...keys.keys()];
  return queries.map((query) => positions.filter((j) => keys[j] === query));
}

/** Of the positions found for each position, those up to itself. */
function soFar(candidates) {
  return candidates.map((found, i) => found.filter((j) => j <= i));
}

/** The leftmost of the positions found, else the first position. */
function first(candidates) {
  return candidates.map((found) => [found[0] ?? 0]);
}

/** The nearest other position found, on a tie the left one; else itself or the first position. */
function closest(candidates) {
  const distance = (i, j) => (i === j ? Infinity : Math.abs(i - j));
  return candidates.map((found, i) => [
    found.reduce((a, b) => (distance(i, b) < distance(i, a) ? b : a), found[0] ?? 0),
  ]);
}

/** The position found at the first of the offsets that has one, else the first position. */
function best(candidates, offsets) {
  return candidates.map((found, i) => [
    i + (offsets.find((offset) => found.includes(i + offset)) ?? -i),
  ]);
}

/** The leftmost position found with the best ranked key, or one of the best ranked group of keys. */
function preferred(candidates, rankings, keys) {
  return candidates.map((found, i) => {
    const has = (ranked, j) => [ranked].flat().includes(keys[j]);
    const best = rankings[i].find((ranked) => found.some((j) => has(ranked, j)));
    return [found.find((j) => has(best, j))];
  });
}

/** The sum of rows of numbers, from the first row to the last. */
function added(rows) {
  return rows.reduce((sum, row) => sum.map((number, k) => number + row[k]));
}

/** The index of the largest number, the first on a tie. */
function argmax(numbers) {
  return numbers.reduce((top, number, k) => (number > numbers[top] ? k : top), 0);
}

/** The remainder of a division, with the sign of the divisor. */
function modulo(a, b) {
  return a - b * Math.floor(a / b);
}
