// The program as text, in several forms: side by side where there is room, else one at a time.
// Every name of a variable can be pointed at, and its own line is found.

import { h } from "./dom.js";
import { tabs } from "./tabs.js";

/** Where three texts side by side can be read. */
export const ROOMY = matchMedia("(min-width: 1200px)");

const built = new Map();
let last = null;

/** Which form is shown: its number, or all of them. */
function chosen(app) {
  const count = app.data.sources[0].length;
  const wanted = app.state.source;
  if (wanted !== null && wanted !== "all") return Math.min(wanted, count - 1);
  return ROOMY.matches ? "all" : 0;
}

/** Fills the section with the texts of the program, the lines of the chosen node marked. */
export function sourceView(app, place) {
  const which = app.programs.indexOf(app.program);
  const texts = app.data.sources[which];
  const shown = chosen(app);
  const items = [...(ROOMY.matches ? [["all", "Side by side"]] : []), ...texts.map(({ name }, k) => [k, name])];
  const bar = tabs("Program", items, shown, "source", (source) => app.update({ source }));
  if (!built.has(which)) built.set(which, panes(app, texts));
  const { element, boxes } = built.get(which);
  if (place.lastChild === element) place.firstChild.replaceWith(bar);
  else place.replaceChildren(bar, element);
  element.setAttribute("aria-labelledby", `tab-source-${shown}`);
  place.parentElement?.classList.toggle("stacked", shown === "all");
  boxes.forEach((box, k) => box.parentElement.classList.toggle("away", shown !== "all" && shown !== k));
  const now = `${which} ${shown} ${app.state.node}`;
  if (now !== last) for (const box of boxes) markLine(box, app.state.node);
  last = now;
}

function panes(app, texts) {
  const boxes = texts.map(({ name, text: source }) => h("div", { class: "code", tabindex: "0", role: "region", "aria-label": name }, text(app, source, name === "IR")));
  const element = h("div", { class: "panes", id: "source", role: "tabpanel" },
    boxes.map((box, k) => h("div", { class: "pane" }, h("h2", {}, texts[k].name), box)));
  return { element, boxes };
}

function text(app, source, isIr) {
  const names = new Set(Object.keys(app.program.columns));
  const selectors = new Map();
  for (const node of app.program.nodes) if (node.op === "head") selectors.set(node.selector, node.name);
  const choose = (event) => {
    const name = event.target.closest("[data-var]")?.dataset.var;
    if (name && name !== "tokens") app.update({ node: name });
  };
  const defined = new Set();
  const lines = source.split("\n").map((content) => line(content, names, selectors, defined, isIr));
  return h("pre", { onclick: choose }, h("code", {}, lines));
}

function line(content, names, selectors, defined, isIr) {
  const row = h("span", { class: `line${/^\s*(#|;|"""|\/\/)/.test(content) ? " comment" : ""}` });
  const start = /^\s*(?:export |const |let )?%?(\w+)(?:: [\w\[\], ]+)? = /.exec(content)?.[1];
  if (start && (names.has(start) || selectors.has(start)) && !defined.has(start)) {
    defined.add(start);
    row.dataset.defines = selectors.get(start) ?? start;
  }
  for (const part of content.split(/(%?\b[A-Za-z_]\w*\b)/)) {
    const name = part.replace(/^%/, "");
    const known = selectors.get(name) ?? (names.has(name) ? name : null);
    const variable = isIr && !part.startsWith("%") ? null : known; // Domains may have the names of variables.
    row.append(variable ? h("span", { class: "var", "data-var": variable }, part) : part);
  }
  row.append("\n");
  return row;
}

/** Past the helpers, where the program itself begins; once, and only if that is out of sight. */
function scrollToStart(box) {
  if (!box.clientHeight || box.dataset.scrolled) return;
  box.dataset.scrolled = "yes";
  const first = box.querySelector("[data-defines]");
  box.scrollTop = first && first.offsetTop > box.clientHeight - 40 ? above(first, 2) : 0;
}

/** Where to scroll to so that a line is shown with some whole lines above it. */
function above(line, count) {
  return Math.max(0, line.offsetTop - count * line.offsetHeight);
}

function markLine(box, node) {
  for (const row of box.querySelectorAll(".current")) row.classList.remove("current");
  if (!node) return scrollToStart(box);
  const rows = box.querySelectorAll(`[data-defines="${CSS.escape(node)}"]`);
  for (const row of rows) row.classList.add("current");
  if (!rows.length) return;
  const top = rows[0].offsetTop;
  if (top < box.scrollTop || top > box.scrollTop + box.clientHeight - 40) box.scrollTop = above(rows[0], Math.floor(box.clientHeight / 3 / rows[0].offsetHeight));
}
