// Every variable at every position, where each head looked, and the votes of the classes.

import { h, replace, rounded, shown } from "./dom.js";
import { chosenHead } from "./attention.js";
import { bestClass } from "./run.js";
import { value } from "./program.js";
import { isComputed, stepBar } from "./steps.js";

/** Fills the view. */
export function valuesView(app, place) {
  const { result } = app;
  if (result.error) return replace(place, h("p", { class: "empty" }, "There is nothing to show for this input."));
  return replace(place, stepBar(app), table(app), chosenHead(app), votes(app));
}

function table(app) {
  const { program, result } = app;
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Values of all variables" },
    h("table", { class: "grid", onclick: (event) => choose(app, event) },
      h("caption", {}, "Values by position. ", h("span", { class: "note" }, "\u21a4 is where a head looked.")),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "variable"),
        result.words.map((word, i) => h("th", { scope: "col", "data-var": "tokens" }, positionButton(app, i, word))))),
      h("tbody", {}, program.nodes.map((node) => row(app, node)))));
}

function choose(app, event) {
  const td = event.target.closest("td");
  if (td) app.update({ node: td.parentElement.dataset.row, position: Number(td.dataset.i) });
}

function positionButton(app, i, word) {
  const chosen = app.state.position === i;
  return h("button", {
    type: "button", class: "plain", "data-key": `position-${i}`, "aria-pressed": String(chosen),
    onclick: () => app.update({ position: app.state.position === i ? null : i }),
  }, h("span", { class: "place" }, i), " ", clipped(word));
}

function row(app, node) {
  const { program, result, state } = app;
  const computed = isComputed(app, node.name);
  const classes = [node.name === state.node && "chosen", !program.live.has(node.name) && "dead", node.name === program.result && "result"];
  const whole = program.pooled && node.name === program.result;
  return h("tr", { class: classes.filter(Boolean).join(" "), "data-row": node.name },
    h("th", { scope: "row", "data-var": node.name },
      h("button", {
        type: "button", class: "plain", "data-key": `node-${node.name}`, "aria-pressed": String(node.name === state.node),
        onclick: () => app.update({ node: node.name === app.state.node ? null : node.name }),
      }, node.name)),
    (whole ? [0] : result.words.map((_, i) => i)).map((i) => cell(app, node, i, computed, whole)));
}

/** Made by hand: there are a thousand of them, and this is half of a keystroke. */
function cell(app, node, i, computed, whole) {
  const { program, result, state } = app;
  const td = document.createElement("td");
  td.dataset.i = i;
  if (whole) td.colSpan = result.words.length;
  const classes = [whole ? "whole" : state.position === i && "column", computed && isChanged(app, node.name, i) && "changed"];
  const named = classes.filter(Boolean).join(" ");
  if (named) td.className = named;
  td.textContent = computed ? clipped(value(program, node.name, result.columns[node.name][i])) : "\u00b7";
  if (node.op === "head" && computed) td.append(from(result.patterns[node.selector][i]));
  return td;
}

function from(looked) {
  const span = document.createElement("span");
  span.className = "from";
  span.textContent = `\u21a4${looked.length > 4 ? `${looked.length} pos.` : looked.join(",") || "none"}`;
  return span;
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

function votes(app) {
  const { program, result, state } = app;
  const classifier = program.nodes.find((node) => node.op === "classifier");
  if (!classifier || !isComputed(app, classifier.name)) return null;
  const classes = program.classes.map((_, k) => k).filter((k) => !classifier.never.includes(k));
  const best = result.logits.map((logits) => bestClass(logits, classifier.never));
  const most = Math.max(...result.logits.flat().map(Math.abs), 1e-9);
  const vote = (k, logits, i) => {
    const td = h("td", { class: [best[i] === k && "best", state.position === i && "column"].filter(Boolean).join(" ") || null, onclick: () => app.explain(i) }, rounded(logits[k]));
    td.style.setProperty("--vote", `${Math.round((40 * Math.abs(logits[k])) / most)}%`);
    td.classList.add(logits[k] < 0 ? "against" : "for");
    return td;
  };
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Votes" },
    h("table", { class: "grid votes" },
      h("caption", {}, "Votes: the sum of weights for each class. ", h("span", { class: "note" }, "The largest is the label.")),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "class"),
        result.logits.map((_, i) => h("th", { scope: "col" }, program.pooled ? "sequence" : shown(result.words[i]))))),
      h("tbody", {}, classes.map((k) => h("tr", {}, h("th", { scope: "row" }, shown(program.classes[k])), result.logits.map((logits, i) => vote(k, logits, i)))))));
}
