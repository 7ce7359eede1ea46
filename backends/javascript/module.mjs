// The functions of an emitted module that are the same for every program.

//// run
/** The class of @each@. */
export function run(tokens, raw = false) {
  const labels = [...trace(tokens).network.label];
@echo@  return labels@first@;
}

/** The answers for several sequences, in order. */
export function runBatch(sequences, raw = false) {
  return sequences.map((tokens) => run(tokens, raw));
}

//// trace
/**
 * All that is computed on the way, by position: `variables` by their names in this program and, as
 * `network`, by those in the network; the positions that each head's pattern has `chosen`; and the
 * `logits` of `CLASSES`.
 */
export function trace(input) {
  const tokens = read(input);
@statements@
  return {
    variables: @variables@,
    network: @network@,
    chosen: @chosen@,
    logits,
  };
}

//// read
const VOCABULARY = new Set(@vocabulary@);

/** The tokens as the tables have them. */
function read(tokens) {
  if (@too_short@tokens.length > @max_length@) {
    throw new RangeError(`${tokens.length} tokens: it takes @least@ to @max_length@`);
  }
  const words = tokens.map((token) => token@rewritten@);
  const unknown = words.filter((word) => !VOCABULARY.has(word));
  if (unknown.length > 0) throw new RangeError(`unknown tokens: ${JSON.stringify(unknown)}`);
  return words;
}
