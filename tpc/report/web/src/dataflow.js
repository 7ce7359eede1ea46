// What is computed from what, as a picture; with a position chosen, with the values there.

import { h, replace, shown, svg } from "./dom.js";
import { reads, sentence, valueAt } from "./program.js";
import { isComputed, stepBar } from "./steps.js";
import { isChanged } from "./values.js";

let showAll = false;

/** Of the boxes: as wide and high as their places were found for. */
const [WIDTH, HEIGHT, MARGIN] = [128, 40, 8];

/** How much smaller than it is drawn a picture may be so that all of it can be seen. */
const SMALLEST = 0.65;

/** Fills the view. */
export function dataflowView(app, place) {
  const { program } = app;
  const dead = program.nodes.length - program.nodes.filter((node) => program.live.has(node.name)).length;
  const drawn = (!showAll && program.pictures.live) || program.pictures.all;
  const [width, height] = [drawn.width + 2 * MARGIN, drawn.height + 2 * MARGIN];
  const picture = svg("svg", { viewBox: `${-MARGIN} ${-MARGIN} ${width} ${height}`, width, height, class: "flow", role: "group", "aria-label": `Dataflow of ${shown(program.name)}` },
    drawn.edges.map((edge) => line(app, edge)), drawn.places.map((place) => node(app, ...place)));
  picture.style.minWidth = `${Math.round(SMALLEST * width)}px`;
  const change = (event) => {
    showAll = event.target.checked;
    dataflowView(app, place);
    place.querySelector("input")?.focus();
  };
  replace(place, stepBar(app),
    dead ? h("label", { class: "choice" }, h("input", { type: "checkbox", checked: showAll, onchange: change }), ` also the ${dead} nodes that the answer does not depend on`) : null,
    h("p", { class: "note" }, "Lines into a head are its ", h("span", { class: "query" }, "query"), ", ", h("span", { class: "key" }, "key"), " and ", h("span", { class: "value" }, "value"), ". ", app.state.position === null || app.result.error ? "Choose a position in Values to see what is computed there." : `Values at position ${app.state.position}, ${shown(app.result.words[app.state.position])}.`),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Dataflow" }, picture));
}

function line(app, [from, to, role, d]) {
  const chosen = app.state.node === to || app.state.node === from;
  return svg("path", { d, class: `flow-edge ${role}${chosen ? " chosen" : ""}` });
}

function node(app, name, x, y) {
  const { program, result, state } = app;
  const op = name === "tokens" ? "input" : program.byName[name].op;
  const at = name === program.result && program.pooled ? 0 : state.position;
  const computed = isComputed(app, name) && !result.error;
  const found = at === null || !computed ? undefined : name === "tokens" ? result.words[at] : valueAt(program, result, name, at);
  const choose = () => name !== "tokens" && app.update({ node: name });
  const classes = ["flow-node", op, name === state.node && "chosen", !computed && "later", name !== "tokens" && !program.live.has(name) && "dead", computed && at !== null && name !== "tokens" && isChanged(app, name, at) && "changed"];
  const text = found === undefined ? KIND[op] : `= ${typeof found === "number" && !Number.isInteger(found) ? found.toFixed(3) : shown(found)}`;
  return svg("g", {
    class: classes.filter(Boolean).join(" "), "data-var": name, transform: `translate(${x} ${y})`, role: "button", tabindex: "0", "data-key": `flow-${name}`,
    "aria-description": described(program, name),
    onclick: choose, onkeydown: (event) => (event.key === "Enter" || event.key === " ") && (event.preventDefault(), choose()),
  }, svg("rect", { width: WIDTH, height: HEIGHT, rx: 6 }), svg("text", { x: 9, y: 17, class: "flow-name" }, clip(name)), " ", svg("text", { x: 9, y: 33, class: "flow-kind" }, clip(text)));
}

function described(program, name) {
  if (name === "tokens") return null;
  const step = program.byName[name];
  const read = reads(program, step);
  return sentence(program, step) + (read.length ? `; it reads ${read.slice(0, 8).join(", ")}` : "");
}

const KIND = { input: "the input", positions: "0, 1, 2, \u2026", ones: "1, 1, 1, \u2026", embedding: "embedding", head: "head", lookup: "table", perceptron: "MLP", classifier: "sum of weights" };

function clip(text) {
  return text.length > 17 ? `${text.slice(0, 16)}\u2026` : text;
}
