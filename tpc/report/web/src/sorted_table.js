// A table that can be searched and sorted by any column; long ones show their first rows.

import { h, replace, shown } from "./dom.js";

const FIRST = 100;

/** What is searched for and sorted by, kept while tables are made anew. */
const views = new Map();

/**
 * @param caption What it holds.
 * @param titles Of the columns.
 * @param rows `{cells}`, with whatever tells which rows an input reads.
 * @returns `element`, and `mark`, which marks the rows that a function says are read.
 */
export function sortedTable(caption, titles, rows, key) {
  if (!views.has(key)) views.set(key, { text: "", column: null, down: false, most: FIRST });
  const view = views.get(key);
  const body = h("tbody");
  const count = h("p", { class: "note", role: "status" });
  const more = h("button", { type: "button", onclick: () => { view.most *= 10; fill(); } }, "Show more");
  const heads = titles.map((title, k) => h("th", { scope: "col" }, h("button", { type: "button", class: "plain sort", "data-key": `sort-${key}-${k}`, onclick: () => sort(k) }, title)));
  const search = h("input", { type: "search", "data-key": `search-${key}`, "aria-label": `Search ${caption}`, placeholder: "Search", value: view.text, oninput: () => { view.text = search.value.toLowerCase(); view.most = FIRST; fill(); } });
  const texts = new Map();
  let lines = [];
  let isUsed = () => false;
  const textOf = (row) => {
    if (!texts.has(row)) texts.set(row, row.cells.map((cell) => shown(cell)).join(" ").toLowerCase());
    return texts.get(row);
  };

  function sort(k) {
    view.down = view.column === k && !view.down;
    view.column = k;
    fill();
  }

  function fill() {
    const found = rows.filter((row) => !view.text || textOf(row).includes(view.text));
    if (view.column !== null) found.sort((a, b) => compared(a.cells[view.column], b.cells[view.column]) * (view.down ? -1 : 1));
    heads.forEach((th, k) => th.setAttribute("aria-sort", view.column === k ? (view.down ? "descending" : "ascending") : "none"));
    lines = found.slice(0, view.most).map((row) => [row, h("tr", {}, row.cells.map((cell) => h("td", { class: typeof cell === "number" ? "number" : null }, typeof cell === "number" ? String(cell) : shown(cell))))]);
    mark(isUsed);
    replace(body, lines.map(([, tr]) => tr));
    count.textContent = `${found.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")} rows`;
    more.hidden = found.length <= view.most;
  }

  function mark(used) {
    isUsed = used;
    for (const [row, tr] of lines) tr.classList.toggle("used", used(row));
  }

  fill();
  const element = h("div", { class: "sorted" }, h("div", { class: "bar" }, search, count),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, h("table", {}, h("caption", {}, caption), h("thead", {}, h("tr", {}, heads)), body)), more);
  return { element, mark };
}

function compared(a, b) {
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
}
