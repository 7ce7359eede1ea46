// Why a label and not the runner-up: what each feature adds to the difference, and where it is from.

import { run, value } from "./program.js";
import { added, bestClass, matchingCase } from "./run.js";

/** The label at a position, the second best, and what each feature adds to their difference. */
export function decision(program, result, position) {
  const step = program.byName[program.result];
  const label = result.columns[program.result][position];
  if (step.op !== "classifier") return { label, contributions: null };
  const logits = result.logits[position];
  const runnerUp = bestClass(logits, [...step.never, label]);
  const places = program.pooled ? (step.pool === "first" ? [0] : result.ids.map((_, i) => i)) : [position];
  const contributions = step.features.flatMap((feature) => places.map((i) => {
    const found = result.columns[feature.variable][i];
    const row = added(program, feature, found);
    return { variable: feature.variable, position: i, value: value(program, feature.variable, found), amount: runnerUp < 0 ? 0 : row[label] - row[runnerUp] };
  }));
  contributions.sort((a, b) => Math.abs(b.amount) - Math.abs(a.amount));
  return { label, runnerUp: runnerUp < 0 ? null : runnerUp, difference: runnerUp < 0 ? 0 : logits[label] - logits[runnerUp], contributions };
}

/** What a value was computed from, one step back: a sentence, and the values that it names. */
export function origin(program, result, name, i) {
  if (name === "tokens") return { text: `the token at position ${i}`, from: [] };
  const step = program.byName[name];
  switch (step.op) {
    case "positions":
    case "ones":
      return { text: step.op === "ones" ? "1 everywhere" : "the position itself", from: [] };
    case "embedding":
      return { text: "the value of the word", from: [["tokens", i]] };
    case "head":
      return ofHead(program, result, step, i);
    case "lookup": {
      const found = matchingCase(step, step.operands.map((operand) => result.columns[operand][i]));
      return { text: `case ${step.cases.indexOf(found) + 1} of ${step.cases.length}`, from: step.operands.filter((_, k) => found[0][k] !== null).map((operand) => [operand, i]) };
    }
    default:
      return { text: "a small network's answer", from: step.operands?.map((operand) => [operand, i]) ?? [] };
  }
}

function ofHead(program, result, step, i) {
  const selector = program.byName[step.selector];
  const js = result.patterns[step.selector][i];
  const queries = [[selector.query, i]];
  if (selector.rule !== "all") {
    const [j] = js;
    return { text: `taken from position ${j}, which its ${selector.query} looks for`, from: [...queries, [selector.key, j], [step.value, j]] };
  }
  const isOnes = program.columns[step.value].kind === "number" && program.byName[step.value]?.op === "ones";
  const what = isOnes ? `${js.length} positions counted` : `the sum over ${js.length} positions`;
  return { text: js.length ? `${what}: ${js.join(", ")}` : `${what}: none matches`, from: [...queries, ...js.flatMap((j) => (isOnes ? [[selector.key, j]] : [[selector.key, j], [step.value, j]]))] };
}

/** The positions whose tokens a value was computed from, as it was computed for this input. */
export function tokensBehind(program, result, name, i, seen = new Map()) {
  const key = `${name} ${i}`;
  if (seen.has(key)) return seen.get(key);
  const found = new Set(name === "tokens" ? [i] : []);
  seen.set(key, found);
  for (const [other, j] of origin(program, result, name, i).from) {
    for (const place of tokensBehind(program, result, other, j, seen)) found.add(place);
  }
  return found;
}

const MOST_TRIES = 20000;

/** Every change of one token that changes the label at a position; null if there are too many to try. */
export function flips(program, result, position) {
  const known = program.vocabulary.filter((word) => word !== "<pad>");
  if (known.length * result.words.length > MOST_TRIES) return null;
  const label = result.raw[position];
  return result.words.flatMap((word, i) => known.filter((other) => other !== word).flatMap((other) => {
    const words = result.words.with(i, other);
    const found = run(program, words).raw[position];
    return found === label ? [] : [{ position: i, word: other, label: found }];
  }));
}

