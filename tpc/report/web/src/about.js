// What is known of the program: origin, proof, accuracy, size, and what each pass did.

import { h, replace, shown } from "./dom.js";
import { sortedTable } from "./sorted_table.js";

/** Fills the view. */
export function aboutView(app, place) {
  const found = app.data.about[app.programs.indexOf(app.program)];
  replace(place,
    h("dl", { class: "facts" }, found.facts.flatMap(([name, text]) => [h("dt", {}, name), h("dd", {}, shown(text))])),
    h("h3", {}, "Passes"),
    found.passes.length
      ? sortedTable("What each pass did that changed something", ["pass", "nodes", "rows of weights", "table entries", "what it did"],
          found.passes.map((pass) => ({ cells: [pass.name, ...["nodes", "features", "table_entries"].map((k) => change(pass[k])), pass.done] })), "passes")
      : h("p", {}, "The program is shown as it is in its file. ", h("code", {}, "tpc report PROGRAM -O 3"), " optimises it first, and shows here what each pass did."));
}

function change([before, after]) {
  return before === after ? String(after) : `${before.toLocaleString("en")} \u2192 ${after.toLocaleString("en")}`;
}
