// The program as text: every name of a variable can be pointed at, and its own line is found.

import { h, replace } from "./dom.js";
import { tabs } from "./tabs.js";

const built = new Map();

/** Fills the section with the chosen text, the line of the chosen node marked. */
export function sourceView(app, place) {
  const which = app.programs.indexOf(app.program);
  const texts = app.data.sources[which];
  const at = Math.min(app.state.source, texts.length - 1);
  const key = `${which}-${at}`;
  if (!built.has(key)) built.set(key, text(app, texts[at].text, texts[at].name === "IR"));
  const pre = built.get(key);
  const bar = tabs("Program", texts.map((found, k) => [k, found.name]), at, "source", (source) => app.update({ source }));
  if (place.children[1]?.firstChild === pre) place.firstChild.replaceWith(bar);
  else replace(place, bar, h("div", { class: "code", id: "source", role: "tabpanel", tabindex: "0", "aria-labelledby": `tab-source-${at}` }, pre));
  place.children[1].setAttribute("aria-labelledby", `tab-source-${at}`);
  markLine(pre, app.state.node);
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
function scrollToStart(pre) {
  const box = pre.parentElement;
  if (!box || box.dataset.scrolled === box.getAttribute("aria-labelledby")) return;
  box.dataset.scrolled = box.getAttribute("aria-labelledby");
  const first = pre.querySelector("[data-defines]");
  box.scrollTop = first && first.offsetTop > box.clientHeight - 40 ? first.offsetTop - 60 : 0;
}

function markLine(pre, node) {
  for (const row of pre.querySelectorAll(".current")) row.classList.remove("current");
  if (!node) return scrollToStart(pre);
  const rows = pre.querySelectorAll(`[data-defines="${CSS.escape(node)}"]`);
  for (const row of rows) row.classList.add("current");
  const box = pre.parentElement;
  if (!rows.length || !box) return;
  const top = rows[0].offsetTop;
  if (top < box.scrollTop || top > box.scrollTop + box.clientHeight - 40) box.scrollTop = Math.max(0, top - box.clientHeight / 3);
}
