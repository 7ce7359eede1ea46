// The input as a line of text and as tokens, each with its label, which is asked about by a click.

import { h, replace, shown } from "./dom.js";
import { parse, printed } from "./input.js";
import { randomInput, scored } from "./language.js";

let line = null;
let strip = null;
let status = null;
let answer = null;

/** Fills the section; the fields stay the same elements, so that typing is never disturbed. */
export function inputView(app, place) {
  if (!line) build(app, place);
  if (parse(line.value).join("\n") !== app.state.words.join("\n")) line.value = printed(app.state.words);
  const { result, program } = app;
  const marks = result.error ? null : scored(program, result.ids);
  status.textContent = result.error ?? (marks || program.promised ? "" : "Not in its input language: nothing is promised here.");
  status.classList.toggle("bad", Boolean(result.error));
  tokens(app);
}

function build(app, place) {
  line = h("input", {
    type: "text", id: "line", autocomplete: "off", autocapitalize: "off", spellcheck: "false",
    oninput: () => app.update({ words: parse(line.value), position: null }),
  });
  strip = h("ol", { class: "strip", "aria-label": "Tokens and their labels" });
  answer = h("p", { class: "answer" });
  status = h("p", { class: "status", role: "status" });
  const examples = [...app.data.inputs, ...app.programs[0].examples];
  const choice = h("select", { id: "examples", onchange: () => choice.value && app.update({ words: examples[choice.value], position: null }) },
    h("option", { value: "" }, "Examples"),
    examples.map((words, k) => h("option", { value: String(k) }, shown(printed(words)).slice(0, 80))));
  const random = () => app.update({ words: randomInput(app.programs[0]), position: null });
  replace(place,
    h("div", { class: "typing" },
      h("label", { for: "line" }, "Input"), line,
      h("label", { for: "examples", class: "hidden" }, "Examples"), choice,
      h("button", { type: "button", onclick: random }, "Random")),
    status, app.programs[0].pooled ? answer : null, h("div", { class: "tokens" }, h("div", { class: "legend", "aria-hidden": "true" }, h("span", { class: "place" }, "position"), h("span", {}, "token"), app.programs[0].pooled ? null : h("span", {}, "label")), strip));
}

function tokens(app) {
  const { words } = app.state;
  while (strip.children.length > words.length) strip.lastChild.remove();
  while (strip.children.length < words.length) strip.append(item(app, strip.children.length));
  words.forEach((word, i) => fill(app, strip.children[i], word, i));
  if (app.program.pooled) replace(answer, "Label of the sequence ", labelButton(app, 0));
}

function item(app, i) {
  const edit = (word) => {
    const words = [...app.state.words];
    words[i] = word;
    app.update({ words });
  };
  const cycle = (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || event.altKey) return;
    event.preventDefault();
    const known = app.program.vocabulary.filter((word) => word !== "<pad>");
    const at = known.indexOf(app.state.words[i]);
    edit(known[(at + step + known.length) % known.length]);
  };
  const field = h("input", {
    type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false",
    "aria-label": `Token ${i}; arrow keys change it`, onkeydown: cycle,
    oninput: () => field.value.trim() && edit(field.value.trim()),
  });
  return h("li", {}, h("span", { class: "place", "aria-hidden": "true" }, i), field);
}

function fill(app, li, word, i) {
  const field = li.querySelector("input");
  if (field.value.trim() !== word) field.value = word;
  field.style.width = `${Math.max(2, Math.min(24, [...word].length)) + 1.6}ch`;
  li.classList.toggle("unknown", Boolean(app.result.unknown?.has(word)));
  li.querySelector("button")?.remove();
  if (!app.program.pooled) li.append(labelButton(app, i));
}

function labelButton(app, i) {
  const { result, before } = app;
  if (result.error) return h("button", { type: "button", class: "label", disabled: true }, "\u00b7");
  const old = before?.[app.programs.indexOf(app.program)]?.labels?.[i];
  const same = old === undefined || before[0].words.length !== result.words.length || old === result.labels[i];
  return h("button", {
    type: "button", class: `label${same ? "" : " changed"}`, "data-key": `label-${i}`, "data-position": i,
    "aria-label": `Label ${app.program.pooled ? "of the sequence" : `of token ${i}`}: ${shown(result.labels[i])}. Why?`,
    "aria-pressed": String(app.state.position === i && app.state.view === "why"),
    onclick: () => app.explain(i),
  }, shown(result.labels[i]));
}
