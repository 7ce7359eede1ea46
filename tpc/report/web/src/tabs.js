// A row of tabs as screen readers know them: arrow keys go from one to the next.

import { h } from "./dom.js";

/** Tabs of `[name, title]`; what they show has the id `panel`. */
export function tabs(label, items, chosen, panel, choose) {
  const go = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    const at = items.findIndex(([name]) => name === chosen) + step;
    const to = Number.isFinite(at) ? (at + items.length) % items.length : step < 0 ? 0 : items.length - 1;
    event.preventDefault();
    choose(items[to][0]);
    document.getElementById(`tab-${panel}-${items[to][0]}`)?.focus();
  };
  return h(
    "div",
    { role: "tablist", "aria-label": label, class: "tabs", onkeydown: go },
    items.map(([name, title]) =>
      h("button", {
        type: "button",
        role: "tab",
        id: `tab-${panel}-${name}`,
        "data-key": `tab-${panel}-${name}`,
        "aria-selected": String(name === chosen),
        "aria-controls": panel,
        tabindex: name === chosen ? "0" : "-1",
        onclick: () => choose(name),
      }, title),
    ),
  );
}
