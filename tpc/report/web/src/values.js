// Every variable at every position, where each head looked, and the votes of the classes.

import { h, replace, rounded, shown } from "./dom.js";
import { chosenHead } from "./attention.js";
import { bestClass } from "./run.js";
import { value } from "./program.js";
import { isComputed, stepBar } from "./steps.js";

/** Fills the view; what stays as it is from one input to the next is not made anew. */
export function valuesView(app, place) {
  const { result } = app;
  if (result.error) return replace(place, h("p", { class: "empty" }, "There is nothing to show for this input."));
  const { element, steps, grid, head, votes } = parts(app);
  replace(steps, stepBar(app));
  fillGrid(app, grid);
  replace(head, chosenHead(app) ?? []);
  fillVotes(app, votes);
  if (element.parentElement !== place) replace(place, element);
}

const made = new Map();

/** The tables of a program for inputs of a length, with their cells. */
function parts(app) {
  const { program, result } = app;
  const key = `${app.programs.indexOf(program)} ${result.words.length}`;
  if (!made.has(key)) {
    const [steps, head] = [h("div", { class: "steps-place" }), h("div")];
    const [grid, votes] = [emptyGrid(app), emptyVotes(app)];
    made.clear();
    made.set(key, { steps, head, grid, votes, element: h("div", { class: "values" }, steps, grid.element, head, votes?.element) });
  }
  return made.get(key);
}

/** A cell that knows what it shows, so that nothing is touched that stays the same. */
function cellOf(td) {
  return { td, text: null, from: null, named: "" };
}

function emptyGrid(app) {
  const { program, result } = app;
  const head = h("tr");
  const rows = program.nodes.map((node) => {
    const button = h("button", {
      type: "button", class: "plain", "data-key": `node-${node.name}`,
      onclick: () => app.update({ node: node.name === app.state.node ? null : node.name }),
    }, node.name);
    const whole = program.pooled && node.name === program.result;
    const cells = (whole ? [0] : result.words.map((_, i) => i)).map((i) => cellOf(h("td", { "data-i": i, colspan: whole ? result.words.length : null })));
    const tr = h("tr", { "data-row": node.name }, h("th", { scope: "row", "data-var": node.name }, button), cells.map(({ td }) => td));
    return { node, button, whole, cells, tr };
  });
  const choose = (event) => {
    const td = event.target.closest("td");
    if (td) app.update({ node: td.parentElement.dataset.row, position: Number(td.dataset.i) });
  };
  const element = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Values of all variables" },
    h("table", { class: "grid", onclick: choose },
      h("caption", {}, "Values by position. ", h("span", { class: "note" }, "\u21a4 is where a head looked.")),
      h("thead", {}, head), h("tbody", {}, rows.map(({ tr }) => tr))));
  return { element, head, rows };
}

function fillGrid(app, { head, rows }) {
  const { program, result, state } = app;
  replace(head, h("th", { scope: "col" }, "variable"),
    result.words.map((word, i) => h("th", { scope: "col", "data-var": "tokens" }, positionButton(app, i, word))));
  for (const { node, button, whole, cells, tr } of rows) {
    const classes = [node.name === state.node && "chosen", !program.live.has(node.name) && "dead", node.name === program.result && "result"];
    tr.className = classes.filter(Boolean).join(" ");
    button.setAttribute("aria-pressed", String(node.name === state.node));
    const computed = isComputed(app, node.name);
    cells.forEach((cell, i) => fillCell(app, node, cell, i, computed, whole));
  }
}

function positionButton(app, i, word) {
  const chosen = app.state.position === i;
  return h("button", {
    type: "button", class: "plain", "data-key": `position-${i}`, "aria-pressed": String(chosen),
    onclick: () => app.update({ position: app.state.position === i ? null : i }),
  }, h("span", { class: "place" }, i), " ", clipped(word));
}

function fillCell(app, node, cell, i, computed, whole) {
  const { program, result, state } = app;
  const text = computed ? clipped(value(program, node.name, result.columns[node.name][i])) : "\u00b7";
  const from = node.op === "head" && computed ? looked(result.patterns[node.selector][i]) : null;
  const classes = [whole ? "whole" : state.position === i && "column", computed && isChanged(app, node.name, i) && "changed"];
  const named = classes.filter(Boolean).join(" ");
  if (named !== cell.named) cell.td.className = named;
  if (text !== cell.text || from !== cell.from) replace(cell.td, text, from === null ? null : h("span", { class: "from" }, from));
  Object.assign(cell, { text, from, named });
}

function looked(positions) {
  return `\u21a4${positions.length > 4 ? `${positions.length} pos.` : positions.join(",") || "none"}`;
}

/** Whether a value is not what it was before the last edit of one of as many tokens. */
export function isChanged(app, name, i) {
  const old = app.before?.[app.programs.indexOf(app.program)];
  if (!old?.columns || old.words.length !== app.result.words.length) return false;
  return old.columns[name]?.[i] !== app.result.columns[name][i];
}

const MOST = 18;

function clipped(found) {
  if (typeof found === "number") return rounded(found);
  const text = shown(found);
  return text.length > MOST ? `${text.slice(0, MOST - 1)}\u2026` : text;
}

function emptyVotes(app) {
  const { program, result } = app;
  const classifier = program.nodes.find((node) => node.op === "classifier");
  if (!classifier) return null;
  const head = h("tr");
  const rows = program.classes.map((_, k) => k).filter((k) => !classifier.never.includes(k)).map((k) => {
    const cells = result.logits.map((_, i) => cellOf(h("td", { onclick: () => app.explain(i) })));
    return { k, cells };
  });
  const element = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Votes" },
    h("table", { class: "grid votes" },
      h("caption", {}, "Votes: the sum of weights for each class. ", h("span", { class: "note" }, "The largest is the label.")),
      h("thead", {}, head),
      h("tbody", {}, rows.map(({ k, cells }) => h("tr", {}, h("th", { scope: "row" }, shown(program.classes[k])), cells.map(({ td }) => td))))));
  return { element, head, rows, classifier };
}

function fillVotes(app, made) {
  if (!made) return;
  const { element, head, rows, classifier } = made;
  const { program, result, state } = app;
  element.hidden = !isComputed(app, classifier.name);
  if (element.hidden) return;
  replace(head, h("th", { scope: "col" }, "class"),
    result.logits.map((_, i) => h("th", { scope: "col" }, program.pooled ? "sequence" : shown(result.words[i]))));
  const best = result.logits.map((logits) => bestClass(logits, classifier.never));
  const most = Math.max(...result.logits.flat().map(Math.abs), 1e-9);
  for (const { k, cells } of rows) {
    cells.forEach((cell, i) => {
      const vote = result.logits[i][k];
      const named = [vote < 0 ? "against" : "for", best[i] === k && "best", state.position === i && "column"].filter(Boolean).join(" ");
      const [text, share] = [rounded(vote), Math.round((40 * Math.abs(vote)) / most)];
      if (named !== cell.named) cell.td.className = named;
      if (text !== cell.text) cell.td.textContent = text;
      if (share !== cell.share) cell.td.style.setProperty("--vote", `${share}%`);
      Object.assign(cell, { text, named, share });
    });
  }
}
