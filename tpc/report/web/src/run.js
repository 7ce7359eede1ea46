// What a program computes for some token ids: `ir_specs/SPEC.md` once more, one function a step.
// Sums are from left to right in binary64, in the interpreter's order, so that they are the same.

import { selected } from "./select.js";

/**
 * Everything that an input makes a program compute.
 * @returns columns by variable (indices and numbers, by position), patterns by selector (for each
 *   position those that it attends to), and the logits of each position, or of the sequence.
 */
export function evaluate(program, ids) {
  const found = { columns: { __proto__: null, tokens: ids }, patterns: { __proto__: null }, logits: [] };
  for (const step of program.steps) STEPS[step.op](program, step, found, ids);
  return found;
}

const STEPS = {
  positions(_program, step, found, ids) {
    found.columns[step.name] = ids.map((_, i) => i);
  },
  ones(_program, step, found, ids) {
    found.columns[step.name] = ids.map(() => 1);
  },
  embedding(_program, step, found, ids) {
    found.columns[step.name] = ids.map((id) => step.values[id]);
  },
  selector(_program, step, found) {
    found.patterns[step.name] = selected(step, found.columns[step.query], found.columns[step.key]);
  },
  head(program, step, found) {
    const values = found.columns[step.value];
    const single = program.byName[step.selector].rule !== "all";
    found.columns[step.name] = found.patterns[step.selector].map((js) =>
      single ? values[js[0]] : total(js.map((j) => values[j])),
    );
  },
  lookup(_program, step, found, ids) {
    const operands = step.operands.map((name) => found.columns[name]);
    found.columns[step.name] = ids.map((_, i) => matchingCase(step, operands.map((column) => column[i]))[1]);
  },
  perceptron(program, step, found, ids) {
    const operands = step.operands.map((name) => found.columns[name]);
    found.columns[step.name] = ids.map((_, i) => perceptron(program, step, operands.map((column) => column[i])));
  },
  classifier(program, step, found, ids) {
    const rows = ids.map((_, i) => logits(program, step, found.columns, i));
    found.logits = pooled(step.pool, rows);
    found.columns[step.name] = found.logits.map((row) => bestClass(row, step.never));
  },
};

/** The first case whose sets have the operands' values: its patterns and its outcome. */
export function matchingCase(step, values) {
  return step.cases.find(([patterns]) => patterns.every((set, k) => set === null || contains(set, values[k])));
}

/** Whether a set of intervals has a value. */
export function contains(set, value) {
  return set.some(([low, high]) => low <= value && value <= high);
}

/** The sum from left to right. */
export function total(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** What a feature adds for a value: a row by its index, or the one row times a number. */
export function added(program, feature, value) {
  return isCategory(program, feature.variable) ? feature.rows[value] : feature.rows[0].map((w) => w * value);
}

/** Whether a variable's values are indices. */
export function isCategory(program, name) {
  return program.columns[name].kind === "category" || program.columns[name].kind === "label";
}

/** The class with the largest logit of those that may be answered, the first on a tie. */
export function bestClass(row, never) {
  let best = -1;
  for (let k = 0; k < row.length; k += 1) {
    if (!never.includes(k) && (best < 0 || row[k] > row[best])) best = k;
  }
  return best;
}

function logits(program, step, columns, i) {
  const row = program.classes.map(() => 0);
  for (const feature of step.features) {
    added(program, feature, columns[feature.variable][i]).forEach((weight, k) => {
      row[k] += weight;
    });
  }
  return row;
}

function pooled(pool, rows) {
  if (pool === "none") return rows;
  const taken = pool === "first" ? rows.slice(0, 1) : rows;
  return [taken[0].map((_, k) => total(taken.map((row) => row[k])))];
}

function perceptron(program, step, values) {
  const inputs = [];
  step.operands.forEach((name, k) => {
    if (isCategory(program, name)) {
      const size = program.columns[name].size;
      for (let index = 0; index < size; index += 1) inputs.push(index === values[k] ? 1 : 0);
    } else inputs.push(values[k]);
  });
  const hidden = affine(step.wIn, step.bIn, inputs).map((x) => (x > 0 ? x : 0));
  const outputs = affine(step.wOut, step.bOut, hidden);
  return outputs.indexOf(Math.max(...outputs));
}

function affine(matrix, bias, inputs) {
  return bias.map((constant, row) => {
    let sum = 0;
    for (let k = 0; k < inputs.length; k += 1) sum += matrix[row * inputs.length + k] * inputs[k];
    return constant + sum;
  });
}
