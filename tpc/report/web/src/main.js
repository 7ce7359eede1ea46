// The page: programs, one state, views that show it. A change of the state runs the program again.

import { aboutView } from "./about.js";
import { attentionView } from "./attention.js";
import { compareView } from "./compare.js";
import { dataflowView } from "./dataflow.js";
import { h, replace } from "./dom.js";
import { keepingFocus } from "./focus.js";
import { header } from "./header.js";
import { inputView } from "./input_view.js";
import { markOnHover } from "./marking.js";
import { loaded, run } from "./program.js";
import { ROOMY, sourceView } from "./source.js";
import { fromFragment, remember, VIEWS } from "./state.js";
import { tablesView } from "./tables.js";
import { tabs } from "./tabs.js";
import { valuesView } from "./values.js";
import { whyView } from "./why_view.js";

const RENDER = {
  values: valuesView,
  attention: attentionView,
  dataflow: dataflowView,
  tables: tablesView,
  why: whyView,
  compare: compareView,
  about: aboutView,
};
const TITLES = {
  values: "Values",
  attention: "Attention",
  dataflow: "Dataflow",
  tables: "Tables",
  why: "Why?",
  compare: "Compare",
  about: "About",
};

const data = JSON.parse(document.getElementById("data").textContent);
const programs = data.programs.map((found) => loaded(found));
const first = data.inputs[0] ?? programs[0].examples[0] ?? [];
const app = { data, programs, state: fromFragment(location.hash, first, data.start), before: null };

/** Changes the state, and shows it. */
app.update = (changes) => {
  const { words } = app.state;
  Object.assign(app.state, changes);
  if (changes.words && JSON.stringify(words) !== JSON.stringify(changes.words)) app.before = app.results;
  show();
  remember(app.state);
};

/** Shows the label of a position and where it comes from. */
app.explain = (position) => app.update({ position, view: "why" });

const parts = {
  header: h("header"),
  input: h("section", { class: "input", "aria-label": "Input" }),
  source: h("section", { class: "source", "aria-label": "Program" }),
  panel: h("section", { class: "views", "aria-label": "Views" }),
};
const content = h("div", { class: "content", role: "tabpanel", id: "view", tabindex: "0" });
const bar = h("div");
parts.panel.append(bar, content);
document.body.append(parts.header, parts.input, h("main", {}, parts.source, parts.panel));

function show() {
  const { state } = app;
  app.program = programs[state.program] ?? programs[0];
  app.results = programs.map((program) => run(program, state.words));
  app.result = app.results[programs.indexOf(app.program)];
  if (!app.program.nodes.some((node) => node.name === state.node)) state.node = null;
  keepingFocus(() => {
    header(app, parts.header);
    inputView(app, parts.input);
    sourceView(app, parts.source);
    replace(bar, tabs("Views", VIEWS.map((name) => [name, TITLES[name]]), state.view, "view", (view) => app.update({ view })));
    content.setAttribute("aria-labelledby", `tab-view-${state.view}`);
    RENDER[state.view](app, content);
  });
  const view = `${state.view} ${state.position}`;
  if (view !== revealed) reveal(document.body);
  revealed = view;
}

let revealed = null;

/** Scrolls rows of tabs and wide pictures so that what is chosen can be seen. */
function reveal(root) {
  for (const box of root.querySelectorAll(".tabs, .scroll")) {
    const found = box.querySelector('[aria-selected="true"], .band.chosen, thead [aria-pressed="true"]');
    if (!found || box.scrollWidth <= box.clientWidth) continue;
    const [mine, its] = [box.getBoundingClientRect(), found.getBoundingClientRect()];
    if (its.right > mine.right || its.left < mine.left) box.scrollLeft += its.left + its.width / 2 - mine.left - mine.width / 2;
  }
}

markOnHover(document.body);
ROOMY.addEventListener("change", () => show());
addEventListener("hashchange", () => {
  app.before = app.results;
  app.state = fromFragment(location.hash, first, data.start);
  show();
});
show();

// For a console and for tests: what the program gives for a list of tokens.
window.tpc = { run: (words, program = 0) => run(programs[program], words), programs, app };
