// What a node knows, as a table: words and values, queries and keys, cases, weights.

import { h, replace, shown } from "./dom.js";
import { reads, sentence, value } from "./program.js";
import { isCategory, matchingCase } from "./run.js";
import { sortedTable } from "./sorted_table.js";

/** The tables that were made: an input changes only which of their rows are marked. */
const made = new Map();

/** Fills the view with the table of the chosen node. */
export function tablesView(app, place) {
  const { program, state } = app;
  const node = program.byName[state.node] ?? program.byName[program.result];
  const key = `${app.programs.indexOf(program)} ${node.name}`;
  if (!made.has(key)) made.set(key, described(app, node));
  const { parts, mark } = made.get(key);
  mark(app);
  if (place.firstChild !== parts[0]) replace(place, parts);
}

function described(app, node) {
  const { program } = app;
  const choice = h("select", { id: "node", "data-key": "node", onchange: (event) => app.update({ node: event.target.value }) },
    program.nodes.map((other) => h("option", { value: other.name, selected: other === node }, other.name)));
  const users = program.nodes.filter((other) => reads(program, other).includes(node.name)).map((other) => other.name);
  const { before, table, used } = TABLES[node.op]?.(program, node) ?? {};
  const parts = [
    h("p", {}, h("label", { for: "node" }, "Node "), choice),
    h("p", {}, h("b", { "data-var": node.name }, node.name), `: ${sentence(program, node)}.`),
    h("p", { class: "note" }, "Read by ", users.length ? users.map((name, k) => [k ? ", " : "", h("code", { "data-var": name }, name)]) : "nothing", ". ",
      program.columns[node.name].origin.length ? `In the network: ${program.columns[node.name].origin.join(", ")}.` : "No variable of the network."),
    before ?? [],
    table?.element ?? h("p", { class: "empty" }, "It has no table."),
  ];
  // The node may be chosen elsewhere, so that its own choice would still show the one before.
  const mark = (now) => {
    choice.value = node.name;
    table?.mark(used(now));
  };
  return { parts, mark };
}

/** Of each operation: its table, and for an input which of the rows it reads. */
const TABLES = {
  embedding(program, node) {
    const rows = program.vocabulary.map((word, id) => ({ id, cells: [word, value(program, node.name, node.values[id])] }));
    const used = ({ result }) => {
      const ids = new Set(result.ids);
      return (row) => ids.has(row.id);
    };
    return { table: sortedTable(`The value of each word in ${node.name}`, ["word", "value"], rows, node.name), used };
  },
  head(program, node) {
    const step = program.byName[node.selector];
    const of = (index) => value(program, step.query, index);
    const key = (index) => (index === null ? "none" : value(program, step.key, index));
    const used = ({ result, state }) => {
      const query = state.position === null ? undefined : result.columns?.[step.query]?.[state.position];
      return (row) => row.query === query;
    };
    if (step.rule === "score") {
      const order = (ranks) => ranks.map((_, k) => k).sort((a, b) => ranks[a] - ranks[b]).map((k) => shown(key(k))).join(" > ");
      const rows = step.scores.map((ranks, query) => ({ query, cells: [of(query), order(ranks)] }));
      return { table: sortedTable("Keys by how good each query finds them", [`query ${step.query}`, `keys ${step.key}, best first`], rows, node.name), used };
    }
    const rows = step.matched.map((found, query) => ({ query, cells: [of(query), key(found)] }));
    const before = step.offsets.length ? h("p", {}, `Of several it takes the best placed: ${step.offsets.slice(0, 12).join(", ")}${step.offsets.length > 12 ? ", \u2026" : ""} from here.`) : null;
    return { before, table: sortedTable("The key that each query looks for", [`query ${step.query}`, `key ${step.key}`], rows, node.name), used };
  },
  lookup(program, node) {
    const rows = node.cases.map((found) => ({ found, cells: [...found[0].map((set, k) => setText(program, node.operands[k], set)), value(program, node.name, found[1])] }));
    const used = ({ result, state }) => {
      const here = state.position === null || result.error ? null : matchingCase(node, node.operands.map((name) => result.columns[name][state.position]));
      return (row) => row.found === here;
    };
    return { table: sortedTable("Cases; the first that fits is taken", [...node.operands, node.name], rows, node.name), used };
  },
  classifier(program, node) {
    const classes = program.classes.map((_, k) => k).filter((k) => !node.never.includes(k));
    const rows = node.features.flatMap(({ variable, rows: weights }) => weights.map((row, index) => {
      const category = isCategory(program, variable);
      return { variable, index, category, cells: [variable, category ? value(program, variable, index) : "each 1", ...classes.map((k) => row[k])] };
    }));
    const used = ({ result, state }) => {
      if (result.error || (state.position === null && !program.pooled)) return (row) => !row.category;
      const values = new Map(node.features.map(({ variable }) => {
        const column = result.columns[variable];
        return [variable, new Set(program.pooled && node.pool === "sum" ? column : [column[program.pooled ? 0 : state.position]])];
      }));
      return (row) => !row.category || values.get(row.variable).has(row.index);
    };
    return { table: sortedTable("Weights of each value for each class", ["variable", "value", ...classes.map((k) => shown(program.classes[k]))], rows, node.name), used };
  },
  perceptron(_program, node) {
    const inputs = node.wIn.length / node.bIn.length;
    const rows = node.bIn.map((bias, unit) => ({ cells: [unit, bias, ...node.wIn.slice(unit * inputs, unit * inputs + Math.min(inputs, 12))] }));
    return { table: sortedTable("Hidden units", ["unit", "bias", ...Array.from({ length: Math.min(inputs, 12) }, (_, k) => `input ${k}`)], rows, node.name), used: () => () => false };
  },
};

function setText(program, name, set) {
  if (set === null) return "any";
  const one = (index) => shown(value(program, name, index));
  const numbers = program.columns[name].labels === null;
  return set.map(([low, high]) => (low === high ? one(low) : numbers ? `${one(low)}..${one(high)}` : range(low, high).map(one).join(" | "))).join(" | ");
}

function range(low, high) {
  return Array.from({ length: high - low + 1 }, (_, k) => low + k);
}
