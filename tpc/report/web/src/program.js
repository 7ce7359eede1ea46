// A program as the data have it, with what is looked up often; values as people see them.

import { evaluate } from "./run.js";

/** The program of some data, ready to run. */
export function loaded(data) {
  const byName = Object.assign(Object.create(null), Object.fromEntries(data.steps.map((step) => [step.name, step])));
  const ids = new Map(data.vocabulary.map((word, id) => [word, id]));
  const columns = Object.assign(Object.create(null), data.columns);
  const nodes = data.steps.filter((step) => step.op !== "selector");
  return { ...data, byName, ids, columns, nodes, live: new Set(data.live) };
}

/** A value as people see it. */
export function value(program, name, found) {
  const labels = program.columns[name].labels;
  return labels === null ? found : program.domains[labels][found];
}

/** The ids of some words, or a sentence that says why there are none. */
export function encoded(program, words) {
  if (words.length > program.maxLength) {
    return { error: `${words.length} tokens: it takes at most ${program.maxLength}` };
  }
  if (words.length === 0) return { error: "type some tokens" };
  const ids = words.map((word) => tokenId(program, word));
  const unknown = words.filter((_, i) => ids[i] === undefined);
  if (unknown.length === 0) return { ids };
  return { error: `not in its vocabulary: ${[...new Set(unknown)].join(" ")}`, unknown: new Set(unknown) };
}

/** The id of a word, rewritten as the program says; undefined if it knows none. */
export function tokenId(program, token) {
  const word = program.rewrite.reduce((text, step) => REWRITTEN[step](text), token);
  return word === "<pad>" ? undefined : program.ids.get(word) ?? program.ids.get("<unk>");
}

const REWRITTEN = {
  lower: (text) => text.toLowerCase(),
  digits: (text) => text.replace(/[0-9]+/g, "@"),
};

/** What an input gives: its words and ids, all that is computed, and the labels. */
export function run(program, words) {
  const { ids, error, unknown } = encoded(program, words);
  if (error) return { words, error, unknown };
  const found = evaluate(program, ids);
  const raw = found.columns[program.result].map((label) => program.classes[label]);
  return { words, ids, ...found, raw, labels: echoed(program, words, raw) };
}

function echoed(program, words, raw) {
  const labels = [...raw];
  if (program.pooled) return labels;
  if (program.echoed.includes("<s>") && words[0] === "<s>") labels[0] = "<s>";
  if (program.echoed.includes("</s>") && words.at(-1) === "</s>") labels[labels.length - 1] = "</s>";
  return labels;
}

/** What a variable has at a position, once for the label of a whole sequence; undefined if nothing. */
export function valueAt(program, result, name, i) {
  const found = result.columns?.[name]?.[i];
  return found === undefined ? undefined : value(program, name, found);
}

/** The names that a step reads, those of its selector among them. */
export function reads(program, step) {
  switch (step.op) {
    case "positions":
    case "ones":
      return [];
    case "embedding":
      return ["tokens"];
    case "head": {
      const selector = program.byName[step.selector];
      return [selector.query, selector.key, step.value];
    }
    case "classifier":
      return step.features.map((feature) => feature.variable);
    default:
      return step.operands;
  }
}

/** What a step does, in words. */
export function sentence(program, step) {
  switch (step.op) {
    case "positions":
      return "the position, from 0";
    case "ones":
      return "1 everywhere";
    case "embedding":
      return "a value for each word of the vocabulary";
    case "head":
      return step.words;
    case "classifier":
      return `the class with the largest sum of weights of ${listed(step.features.map((f) => f.variable))}` +
        { none: "", sum: ", added up over the sequence", first: ", at the first position" }[step.pool];
    case "lookup":
      return `looked up by ${listed(step.operands)}`;
    default:
      return `a small network's answer for ${listed(step.operands)}`;
  }
}

function listed(names) {
  if (names.length > 6) return `${names.length} variables`;
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
