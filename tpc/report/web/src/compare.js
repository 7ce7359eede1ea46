// Two programs on one input, and on random ones: labels, and variables with the same origin.

import { counted, h, replace, shown } from "./dom.js";
import { printed } from "./input.js";
import { randomInput, scored } from "./language.js";
import { run, valueAt } from "./program.js";

const TRIES = 1000;

/** Fills the view. */
export function compareView(app, place) {
  if (app.programs.length < 2) {
    return replace(place, h("p", { class: "empty" }, "There is one program on this page. ", h("code", {}, "tpc report A.tpir --against B.tpir"), " puts two side by side."));
  }
  const [one, other] = app.results;
  if (one.error || other.error) return replace(place, h("p", { class: "empty" }, `Not for this input: ${one.error ?? other.error}.`));
  return replace(place, everywhere(app), labels(app), variables(app), tries(app));
}

/** On how many inputs the two differ, which was found out when the page was made. */
function everywhere(app) {
  const { exhaustive, inputs, different, smallest } = app.data.difference;
  if (!inputs) return h("p", {}, "No input is in the languages of both.");
  const tried = exhaustive ? `all ${counted(inputs, "input")} of the language` : `a sample of ${counted(inputs, "input")} of the language`;
  if (!different) return h("p", {}, `On ${tried} both say the same.`);
  const show = h("button", { type: "button", class: "plain", "data-key": "smallest", onclick: () => app.update({ words: smallest }) }, h("code", {}, shown(printed(smallest))));
  return h("p", {}, `Of ${tried} they differ on `, h("b", {}, different.toLocaleString("en")), exhaustive ? ". The smallest is " : ". A small one is ", show, ".");
}

function labels(app) {
  const [one, other] = app.results;
  const marks = scored(app.programs[0], one.ids);
  const differs = (i) => one.raw[i] !== other.raw[i] && (app.programs[0].pooled || marks?.[i] !== false);
  const pooled = app.programs[0].pooled;
  const count = one.raw.filter((_, i) => differs(i)).length;
  const row = (name, result) => h("tr", {}, h("th", { scope: "row" }, shown(name)), result.labels.map((label, i) => h("td", { class: differs(i) ? "changed" : null }, shown(label))));
  return h("div", {}, h("p", { role: "status" }, count ? `They differ at ${count} of ${marks && !pooled ? marks.filter(Boolean).length : one.raw.length} labels.` : "The same labels everywhere."),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Labels of both" }, h("table", { class: "grid" }, h("caption", {}, "Labels"),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "program"), pooled ? h("th", { scope: "col" }, "label") : one.words.map((word, i) => h("th", { scope: "col" }, h("span", { class: "place" }, i), shown(word), marks && !marks[i] ? h("span", { class: "note" }, " unscored") : null)))),
      h("tbody", {}, row(app.data.names[0], one), row(app.data.names[1], other)))));
}

/** Pairs of variables that are one variable of the network. */
function pairs(app) {
  const [one, other] = app.programs;
  return one.nodes.flatMap((node) => {
    const origins = one.columns[node.name].origin;
    const found = other.nodes.find((candidate) => other.columns[candidate.name].origin.some((origin) => origins.includes(origin)));
    return found && node.name !== one.result ? [[node.name, found.name]] : [];
  });
}

function variables(app) {
  const found = pairs(app);
  const [one, other] = app.results;
  const at = (k, name, i) => valueAt(app.programs[k], app.results[k], name, i);
  const row = ([mine, theirs]) => h("tr", {}, h("th", { scope: "row", "data-var": mine }, mine === theirs ? mine : `${mine} / ${theirs}`), one.words.map((_, i) => {
    const [a, b] = [at(0, mine, i), at(1, theirs, i)];
    return h("td", { class: a === b ? null : "changed" }, a === b ? shown(a) : `${shown(a)} / ${shown(b)}`);
  }));
  const alone = app.programs.map((program, k) => program.nodes.length - new Set(found.map((pair) => pair[k])).size);
  return h("div", {}, h("p", {}, `${counted(found.length, "variable")} of both ${found.length === 1 ? "is" : "are"} one variable of the network; ${alone[0]} are only in the first, ${alone[1]} only in the second.`),
    found.length && other.words.length ? h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Variables of both" }, h("table", { class: "grid" }, h("caption", {}, "Variables that both have"), h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "variable"), one.words.map((word) => h("th", { scope: "col" }, shown(word))))), h("tbody", {}, found.map(row)))) : null);
}

function tries(app) {
  const box = h("div");
  const show = () => {
    const found = differing(app.programs);
    const shortest = found.sort((a, b) => a.length - b.length).slice(0, 20);
    replace(box, h("p", { role: "status" }, `Of ${TRIES.toLocaleString("en")} random inputs of the first program's language they differ on ${found.length.toLocaleString("en")}.`),
      h("ul", { class: "changes" }, shortest.map((words) => h("li", {}, h("button", { type: "button", class: "plain", onclick: () => app.update({ words }) }, shown(printed(words)))))));
  };
  return h("div", {}, h("button", { type: "button", "data-key": "tries", onclick: show }, `Try ${TRIES.toLocaleString("en")} random inputs`), box);
}

/** Random inputs on which a scored label of the two is not the same. */
function differing([one, other]) {
  const found = [];
  for (let k = 0; k < TRIES; k += 1) {
    const words = randomInput(one);
    const [a, b] = [run(one, words), run(other, words)];
    const marks = a.error ? null : scored(one, a.ids);
    if (b.error || a.raw.some((label, i) => label !== b.raw[i] && (one.pooled || marks?.[i] !== false))) found.push(words);
  }
  return found;
}
