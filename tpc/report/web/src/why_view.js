// The explanation of a label: in words, then what each feature adds, each followed back to tokens.

import { counted, h, replace, shown, signed } from "./dom.js";
import { decision, flips, forcing, origin, tokensBehind } from "./why.js";
import { value } from "./program.js";

const FIRST = 40;

/** Fills the view for the chosen position. */
export function whyView(app, place) {
  const { program, result, state } = app;
  if (result.error) return replace(place, h("p", { class: "empty" }, "There is nothing to explain for this input."));
  const position = program.pooled ? 0 : Math.min(state.position ?? 0, result.words.length - 1);
  const found = decision(program, result, position);
  return replace(place, h("h3", {}, title(app, position, found)), h("p", {}, behind(app, position)), contributions(app, found, position), changes(app, position));
}

function title(app, position, found) {
  const { program, result } = app;
  const of = program.pooled ? "the sequence" : `token ${position}, ${shown(result.words[position])},`;
  const label = shown(program.classes[found.label]);
  if (found.contributions === null) return `The label of ${of} is ${label}: it is looked up`;
  if (found.runnerUp === null) return `The label of ${of} is ${label}, the only one`;
  return `Why the label of ${of} is ${label} and not ${shown(program.classes[found.runnerUp])}`;
}

function behind(app, position) {
  const { program, result } = app;
  const step = program.byName[program.result];
  const names = step.op === "classifier" ? step.features.map((f) => f.variable) : step.operands;
  const places = program.pooled && step.pool !== "first" ? result.ids.map((_, i) => i) : [position];
  const seen = new Map();
  const found = new Set(names.flatMap((name) => places.flatMap((i) => [...tokensBehind(program, result, name, i, seen)])));
  const tokens = [...found].sort((a, b) => a - b);
  if (!tokens.length) return "No token was read for it: it follows from positions alone.";
  return ["It was computed from ", tokens.map((i, k) => [k ? ", " : "", h("code", {}, shown(result.words[i])), ` (${i})`]), "."];
}

function contributions(app, found, position) {
  const { program } = app;
  if (found.contributions === null) {
    return h("ul", { class: "tree" }, program.byName[program.result].operands.map((name) => branch(app, name, position, null)));
  }
  if (found.runnerUp === null) return null;
  const some = found.contributions.filter((c) => c.amount !== 0);
  const most = Math.max(...some.map((c) => Math.abs(c.amount)), 1e-9);
  const rest = some.slice(FIRST);
  const left = rest.reduce((sum, c) => sum + c.amount, 0);
  return h("div", {},
    h("p", {}, `${shown(program.classes[found.label])} leads by `, h("b", {}, signed(found.difference)), found.difference === 0 ? ": the first of equals." : ". What adds to that, and what takes away:"),
    h("ul", { class: "tree" }, some.slice(0, FIRST).map((c) => branch(app, c.variable, c.position, { amount: c.amount, most }))),
    rest.length ? h("p", { class: "note" }, `and ${rest.length} smaller ones, ${signed(left)} together`) : null,
    some.length < found.contributions.length ? h("p", { class: "note" }, `${found.contributions.length - some.length} values favour neither.`) : null);
}

/** A value, and what it was computed from once it is opened. */
function branch(app, name, i, vote) {
  const { program, result } = app;
  const found = name === "tokens" ? result.words[i] : value(program, name, result.columns[name][i]);
  const line = [h("code", { "data-var": name }, name), ` at ${i} = `, h("b", {}, shown(found))];
  const from = origin(program, result, name, i);
  const bar = vote ? voteBar(vote) : null;
  if (!from.from.length) return h("li", {}, h("span", { class: "leaf" }, bar, line, name === "tokens" ? null : `, ${from.text}`));
  const inner = h("ul");
  const open = (event) => {
    if (event.target.open && !inner.children.length) inner.append(...from.from.map(([other, j]) => branch(app, other, j, null)));
  };
  return h("li", {}, h("details", { ontoggle: open }, h("summary", {}, bar, line, `, ${from.text}`), inner));
}

function voteBar({ amount, most }) {
  const bar = h("span", { class: amount > 0 ? "bar for" : "bar against", "aria-hidden": "true" });
  bar.style.width = `${Math.max(2, Math.round((56 * Math.abs(amount)) / most))}px`;
  return h("span", { class: "vote" }, h("span", { class: "amount" }, signed(amount)), bar);
}

function changes(app, position) {
  const box = h("div", { class: "flips" });
  const show = () => {
    const found = flips(app.program, app.result, position);
    if (found === null) replace(box, h("p", { class: "note" }, "There are too many changes to try them all; `tpc explain` tries more."));
    else replace(box, h("p", { role: "status" }, found.length ? `${found.length} changes of one token give another label:` : "No change of one token gives another label."), h("ul", { class: "changes" }, found.slice(0, 200).map((flip) => change(app, flip))), forced(app, position, found));
  };
  return h("div", {}, h("h3", {}, "What would change it, what forces it?"), h("button", { type: "button", "data-key": "flips", onclick: show }, "Try every change of one token"), box);
}

/** The fewest tokens that force the label. */
function forced(app, position, found) {
  const { words, raw } = app.result;
  const { sets, inputs, necessary } = forcing(app.program, app.result, position, found);
  const named = (set) => set.map((i, k) => [k ? ", " : "", h("code", {}, shown(words[i])), ` (${i})`]);
  if (sets === null) {
    return h("p", { class: "forced" }, `What forces it is not known here: ${counted(inputs, "input")} would have to be tried; \`tpc explain\` tries more.`,
      necessary.length ? [" In every set that does are ", named(necessary), "."] : null);
  }
  const same = `every input of ${counted(words.length, "token")}`;
  const [first, ...more] = sets;
  return h("p", { class: "forced" }, first.length
    ? ["It is forced by ", named(first), `: ${same} that has the same there gets ${shown(raw[position])}, and no smaller set forces it`, more.length ? `; ${counted(more.length, "other set")} of this size ${more.length === 1 ? "does" : "do"}, too` : "", "."]
    : `No token matters: ${same} gets ${shown(raw[position])} there.`);
}

function change(app, flip) {
  const words = app.result.words.with(flip.position, flip.word);
  return h("li", {}, h("button", { type: "button", class: "plain", onclick: () => app.update({ words }) }, `${flip.position}: ${shown(app.result.words[flip.position])} \u2192 ${shown(flip.word)} gives ${shown(flip.label)}`));
}
