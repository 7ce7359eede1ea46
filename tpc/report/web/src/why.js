// Why a label and not the runner-up: what each feature adds to the difference, and where it is from.

import { counted } from "./dom.js";
import { scored, shapes } from "./language.js";
import { tokenId, value } from "./program.js";
import { added, bestClass, evaluate, matchingCase } from "./run.js";

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
    return { text: `taken from position ${j}`, from: [...queries, [selector.key, j], [step.value, j]] };
  }
  const isOnes = program.columns[step.value].kind === "number" && program.byName[step.value]?.op === "ones";
  const what = `${isOnes ? "" : "the sum over "}${counted(js.length, "position")}${isOnes ? " counted" : ""}`;
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

/** Inputs that are tried at most for a question: a second or two. */
const MOST_TRIES = 20000;

/**
 * Every change of one token, to an input of the same language, that changes the label at a position;
 * null if there are too many to try.
 */
export function flips(program, result, position) {
  const slots = slotsAt(program, result.ids);
  if (slots.reduce((sum, set) => sum + set.size, 0) > MOST_TRIES) return null;
  const label = labelAt(program, result.ids, position);
  return result.ids.flatMap((_, i) => [...slots[i]].flatMap((id) => {
    const found = labelAt(program, result.ids.with(i, id), position);
    return found === label ? [] : [{ position: i, word: program.vocabulary[id], label: program.classes[found] }];
  }));
}

function labelAt(program, ids, position) {
  return evaluate(program, ids).columns[program.result][position];
}

/** The tokens that can stand at each position while all others stay. */
function slotsAt(program, ids) {
  const found = ids.map(() => new Set());
  for (const shape of shapesOf(program, ids)) {
    const unfit = ids.flatMap((id, i) => (shape[i].has(id) ? [] : [i]));
    if (unfit.length > 1) continue;
    for (const i of unfit.length ? unfit : ids.keys()) for (const id of shape[i]) if (id !== ids[i]) found[i].add(id);
  }
  return found;
}

/** The inputs as long as this one, shape by shape: those of its language, or any if it is in none. */
function shapesOf(program, ids) {
  if (scored(program, ids)) return shapes(program, ids.length);
  const all = new Set(program.vocabulary.flatMap((word, id) => (tokenId(program, word) === id ? [id] : [])));
  return [ids.map(() => all)];
}

/**
 * The smallest sets of positions whose tokens force the label at a position: of all inputs as long as
 * this one, those with the same tokens there get it.
 * @param changes What `flips` found: a position that flips the label alone is in every such set.
 * @returns `sets`, or null and how many `inputs` there would be to try.
 */
export function forcing(program, result, position, changes) {
  const necessary = [...new Set(changes.map((change) => change.position))];
  const fits = shapesOf(program, result.ids).filter((shape) => necessary.every((i) => shape[i].has(result.ids[i])));
  const free = result.ids.map((_, i) => i).filter((i) => !necessary.includes(i) && fits.some((shape) => shape[i].size > 1 || !shape[i].has(result.ids[i])));
  const inputs = fits.reduce((sum, shape) => sum + free.reduce((product, i) => product * shape[i].size, 1), 0);
  if (Math.max(inputs, 2 ** free.length) > MOST_TRIES) return { sets: null, inputs, necessary };
  const [label, flipping] = [labelAt(program, result.ids, position), new Set()];
  for (const shape of fits) {
    for (const ids of strings(shape, result.ids, necessary)) {
      if (labelAt(program, ids, position) === label) continue;
      flipping.add(free.reduce((bits, i, k) => bits | (ids[i] === result.ids[i] ? 0 : 1 << k), 0));
    }
  }
  return { sets: hitting([...flipping], free).map((set) => [...necessary, ...set].sort((a, b) => a - b)), inputs, necessary };
}

/** All inputs of a shape that have some tokens of an input. */
function* strings(shape, ids, kept, at = 0) {
  if (at === ids.length) return yield [];
  for (const id of kept.includes(at) ? [ids[at]] : shape[at]) {
    for (const rest of strings(shape, ids, kept, at + 1)) yield [id, ...rest];
  }
}

/** The smallest sets of positions that have one of every set of changed ones. */
function hitting(masks, free) {
  for (let size = 0; size <= free.length; size += 1) {
    const found = subsets(free.length, size).filter((set) => masks.every((mask) => mask & set));
    if (found.length) return found.map((set) => free.filter((_, k) => (set >> k) & 1));
  }
  return [];
}

function subsets(count, size, from = 0) {
  if (size === 0) return [0];
  const found = [];
  for (let k = from; k <= count - size; k += 1) for (const rest of subsets(count, size - 1, k + 1)) found.push((1 << k) | rest);
  return found;
}
