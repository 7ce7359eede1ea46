// What a node knows, as a table: words and values, queries and keys, cases, weights.

import { h, replace, shown } from "./dom.js";
import { reads, sentence, value } from "./program.js";
import { isCategory, matchingCase } from "./run.js";
import { sortedTable } from "./sorted_table.js";

/** Fills the view with the table of the chosen node. */
export function tablesView(app, place) {
  const { program, state } = app;
  const node = program.byName[state.node] ?? program.byName[program.result];
  const choice = h("select", { id: "node", "data-key": "node", onchange: (event) => app.update({ node: event.target.value }) },
    program.nodes.map((other) => h("option", { value: other.name, selected: other === node }, other.name)));
  const users = program.nodes.filter((other) => reads(program, other).includes(node.name)).map((other) => other.name);
  const made = TABLES[node.op]?.(app, node);
  replace(place, h("p", {}, h("label", { for: "node" }, "Node "), choice),
    h("p", {}, h("b", { "data-var": node.name }, node.name), `: ${sentence(program, node)}.`),
    h("p", { class: "note" }, "Read by ", users.length ? users.map((name, k) => [k ? ", " : "", h("code", { "data-var": name }, name)]) : "nothing", ". ",
      program.columns[node.name].origin.length ? `In the network: ${program.columns[node.name].origin.join(", ")}.` : "No variable of the network."),
    made ?? h("p", { class: "empty" }, "It has no table."));
}

const TABLES = {
  embedding(app, node) {
    const used = new Set(app.result.ids);
    const rows = app.program.vocabulary.map((word, id) => ({ cells: [word, shownValue(app.program, node.name, node.values[id])], used: used.has(id) }));
    return sortedTable(`The value of each word in ${node.name}`, ["word", "value"], rows, node.name);
  },
  head(app, node) {
    const step = app.program.byName[node.selector];
    const query = app.state.position === null ? undefined : app.result.columns?.[step.query]?.[app.state.position];
    const of = (index) => value(app.program, step.query, index);
    const key = (index) => (index === null ? "none" : value(app.program, step.key, index));
    if (step.rule === "score") {
      const order = (ranks) => ranks.map((_, k) => k).sort((a, b) => ranks[a] - ranks[b]).map((k) => shown(key(k))).join(" > ");
      return sortedTable(`Keys by how good each query finds them`, [`query ${step.query}`, `keys ${step.key}, best first`], step.scores.map((ranks, q) => ({ cells: [of(q), order(ranks)], used: q === query })), node.name);
    }
    const rows = step.matched.map((found, q) => ({ cells: [of(q), key(found)], used: q === query }));
    const preferred = step.offsets.length ? h("p", {}, `Of several it takes the best placed: ${step.offsets.slice(0, 12).join(", ")}${step.offsets.length > 12 ? ", \u2026" : ""} from here.`) : null;
    return h("div", {}, preferred, sortedTable("The key that each query looks for", [`query ${step.query}`, `key ${step.key}`], rows, node.name));
  },
  lookup(app, node) {
    const { program, result, state } = app;
    const here = state.position === null || result.error ? null : matchingCase(node, node.operands.map((name) => result.columns[name][state.position]));
    const rows = node.cases.map((found) => ({ cells: [...found[0].map((set, k) => setText(program, node.operands[k], set)), shownValue(program, node.name, found[1])], used: found === here }));
    return sortedTable("Cases; the first that fits is taken", [...node.operands, node.name], rows, node.name);
  },
  classifier(app, node) {
    const { program, result, state } = app;
    const classes = program.classes.map((_, k) => k).filter((k) => !node.never.includes(k));
    const here = (feature, index) => {
      if (result.error || (state.position === null && !program.pooled)) return false;
      const column = result.columns[feature.variable];
      return program.pooled && node.pool === "sum" ? column.includes(index) : column[program.pooled ? 0 : state.position] === index;
    };
    const rows = node.features.flatMap((feature) => feature.rows.map((row, index) => {
      const category = isCategory(program, feature.variable);
      return { cells: [feature.variable, category ? shownValue(program, feature.variable, index) : "each 1", ...classes.map((k) => row[k])], used: !category || here(feature, index) };
    }));
    return sortedTable("Weights of each value for each class", ["variable", "value", ...classes.map((k) => shown(program.classes[k]))], rows, node.name);
  },
  perceptron(_app, node) {
    const inputs = node.wIn.length / node.bIn.length;
    const rows = node.bIn.map((bias, unit) => ({ cells: [unit, bias, ...node.wIn.slice(unit * inputs, unit * inputs + Math.min(inputs, 12))], used: false }));
    return sortedTable("Hidden units", ["unit", "bias", ...Array.from({ length: Math.min(inputs, 12) }, (_, k) => `input ${k}`)], rows, node.name);
  },
};

function shownValue(program, name, index) {
  return value(program, name, index);
}

function setText(program, name, set) {
  if (set === null) return "any";
  const one = (index) => shown(value(program, name, index));
  const numbers = program.columns[name].labels === null;
  return set.map(([low, high]) => (low === high ? one(low) : numbers ? `${one(low)}..${one(high)}` : range(low, high).map(one).join(" | "))).join(" | ");
}

function range(low, high) {
  return Array.from({ length: high - low + 1 }, (_, k) => low + k);
}
