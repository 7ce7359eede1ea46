// Which positions a head attends to, by rule; for each query position a list.

/** The pattern of a selector, from the columns of its query and its key. */
export function selected(step, queries, keys) {
  return queries.map((query, i) => {
    const visible = step.causal ? keys.slice(0, i + 1) : keys;
    if (step.rule === "score") return [bestRanked(step.scores[query], visible)];
    const matches = matching(step.matched[query], visible);
    return step.rule === "all" ? matches : [RULES[step.rule](matches, i, step)];
  });
}

const RULES = {
  first: (matches) => matches[0] ?? 0,
  closest(matches, i) {
    const distance = (j) => (j === i ? Infinity : Math.abs(j - i));
    return matches.reduce((best, j) => (distance(j) < distance(best) ? j : best), matches[0] ?? 0);
  },
  best(matches, i, step) {
    const offset = step.offsets.find((n) => matches.includes(i + n));
    return offset === undefined ? 0 : i + offset;
  },
};

function matching(key, visible) {
  const found = [];
  if (key === null) return found;
  for (let j = 0; j < visible.length; j += 1) if (visible[j] === key) found.push(j);
  return found;
}

function bestRanked(ranks, visible) {
  return visible.reduce((best, key, j) => (ranks[key] < ranks[visible[best]] ? j : best), 0);
}
