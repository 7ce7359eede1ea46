// Where heads look: one head as arcs over the tokens, all heads as RASP draws selectors.

import { h, replace, shown, svg } from "./dom.js";
import { valueAt } from "./program.js";
import { isComputed } from "./steps.js";

/** Fills the view: the chosen head large, all heads small. */
export function attentionView(app, place) {
  if (app.result.error) return replace(place, h("p", { class: "empty" }, "There is nothing to show for this input."));
  const heads = app.program.nodes.filter((node) => node.op === "head" && isComputed(app, node.name));
  if (!heads.length) return replace(place, h("p", { class: "empty" }, "No head has been computed: this program looks at each token alone."));
  const chosen = heads.find((head) => head.name === app.state.node) ?? heads.find((head) => app.program.live.has(head.name)) ?? heads[0];
  return replace(place, large(app, chosen), h("h3", {}, "All heads"),
    h("p", { class: "note" }, "A row for each position, a column for each position that it may look at."),
    h("ul", { class: "heads" }, heads.map((head) => small(app, head, head === chosen))));
}

/** The chosen head, or the first that matters, as arcs; nothing if there is none. */
export function chosenHead(app) {
  const heads = app.program.nodes.filter((node) => node.op === "head" && isComputed(app, node.name));
  const chosen = heads.find((head) => head.name === app.state.node) ?? heads.find((head) => app.program.live.has(head.name)) ?? heads[0];
  return chosen ? large(app, chosen) : null;
}

function large(app, head) {
  const selector = app.program.byName[head.selector];
  return h("figure", { class: "head" },
    h("figcaption", {}, h("b", { "data-var": head.name }, head.name), `: ${head.words}`),
    h("p", { class: "note" }, "Above: each position and its ", variable(selector.query), ", the query. Below: its ", variable(selector.key), ", the key. Then ", variable(head.value), ", the value, and what the head takes."),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Arcs" }, arcs(app, head, selector)));
}

function variable(name) {
  return h("code", { "data-var": name }, name);
}

const TOP = 62;
const BOTTOM = 190;

function arcs(app, head, selector) {
  const { result, state } = app;
  const width = cellWidth(app, head, selector);
  const left = 74;
  const center = (i) => left + width * (i + 0.5);
  const pattern = result.patterns[head.selector];
  const edges = pattern.flatMap((js, i) => js.map((j) => edge(center(i), center(j), state.position === null || state.position === i ? "edge" : "edge faint")));
  const text = (i, y, content, name, kind = "") => svg("text", { x: center(i), y, class: kind, "data-var": name, "text-anchor": "middle" }, clip(content));
  const label = (y, content, name) => svg("text", { x: 4, y, class: "row", "data-var": name }, clip(content, 10));
  const at = (name, i) => valueAt(app.program, result, name, i);
  const columns = result.words.map((word, i) => svg("g", { class: "pick", onclick: () => app.update({ position: state.position === i ? null : i, node: head.name }) },
    svg("rect", { x: center(i) - width / 2, y: 2, width, height: 286, class: state.position === i ? "band chosen" : "band" }),
    text(i, 22, word, "tokens", "token"), text(i, 46, at(selector.query, i), selector.query),
    text(i, 210, at(selector.key, i), selector.key), text(i, 234, at(head.value, i), head.value), text(i, 274, at(head.name, i), head.name, "taken")));
  const total = left + width * result.words.length + 6;
  return svg("svg", { viewBox: `0 0 ${total} 292`, width: total, height: 292, class: "arcs", role: "img", "aria-label": described(app, head) },
    columns, svg("g", { class: "edges" }, edges),
    label(22, "tokens", "tokens"), label(46, selector.query, selector.query), label(210, selector.key, selector.key),
    label(234, head.value, head.value), svg("line", { x1: 0, x2: total, y1: 250, y2: 250, class: "rule" }), label(274, head.name, head.name));
}

function cellWidth(app, head, selector) {
  const names = ["tokens", selector.query, selector.key, head.value, head.name];
  const longest = Math.max(...names.flatMap((name) => app.result.words.map((_, i) => clip(valueAt(app.program, app.result, name, i)).length)));
  return Math.max(34, Math.min(96, 8.2 * longest + 14));
}

function edge(from, to, kind) {
  const middle = (TOP + BOTTOM) / 2;
  return svg("path", { d: `M${from} ${TOP - 8}C${from} ${middle} ${to} ${middle} ${to} ${BOTTOM}`, class: kind });
}

function clip(content, most = 11) {
  const text = shown(typeof content === "number" && !Number.isInteger(content) ? content.toFixed(2) : content);
  return text.length > most ? `${text.slice(0, most - 1)}\u2026` : text;
}

function described(app, head) {
  const { words, patterns } = app.result;
  const looks = patterns[head.selector].map((js, i) => `${shown(words[i])} looks at ${js.length ? js.map((j) => `${shown(words[j])} (${j})`).join(", ") : "nothing"}`);
  return `${head.name}. ${looks.join("; ")}`;
}

function small(app, head, isChosen) {
  const { result } = app;
  const count = result.words.length;
  const size = Math.max(4, Math.min(14, Math.floor(126 / count)));
  const selector = app.program.byName[head.selector];
  // One path for all cells of a kind: there may be a thousand of them in each of many heads.
  const squares = (row, js) => js.map((j) => `M${j * size} ${row * size}h${size - 1}v${size - 1}h${1 - size}z`).join("");
  const all = [...result.words.keys()];
  const frame = svg("path", { class: "cell", d: all.map((i) => squares(i, selector.causal ? all.slice(0, i + 1) : all)).join("") });
  const cells = svg("path", { class: "cell on", d: result.patterns[head.selector].map((js, i) => squares(i, js)).join("") });
  return h("li", {}, h("button", {
    type: "button", "data-key": `head-${head.name}`, "data-var": head.name, "aria-pressed": String(isChosen), title: head.words,
    class: app.program.live.has(head.name) ? "thumb" : "thumb dead", onclick: () => app.update({ node: head.name }),
  }, svg("svg", { viewBox: `0 0 ${size * count} ${size * count}`, width: size * count, height: size * count, "aria-hidden": "true" }, frame, cells), h("span", {}, head.name)));
}
