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
      ? sortedTable("What each pass did that changed something", ["pass", "what it is for", "nodes", "rows of weights", "table entries", "nodes that it touched", "what it keeps"],
          found.passes.map((pass) => ({ cells: [pass.name, pass.summary, ...["nodes", "features", "table_entries"].map((k) => change(pass[k])), touched(pass), pass.promise] })), "passes").element
      : h("p", {}, "The program is shown as it is in its file. ", h("code", {}, "tpc report PROGRAM -O 3"), " optimises it first, and shows here what each pass did."));
}

const NAMED = 8;

function touched(pass) {
  const parts = ["lost", "gained", "changed"].filter((kind) => pass[kind].length).map((kind) => {
    const more = pass[kind].length - NAMED;
    return `${kind}: ${pass[kind].slice(0, NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  });
  return parts.join("; ") || "none";
}

function change([before, after]) {
  return before === after ? after.toLocaleString("en") : `${before.toLocaleString("en")} \u2192 ${after.toLocaleString("en")}`;
}
