// The name of the program, what it promises, the choice of program, colours, a link to this view.

import { h, replace, shown } from "./dom.js";
import { toFragment } from "./state.js";

/** Fills the header. */
export function header(app, place) {
  const facts = app.data.about[app.programs.indexOf(app.program)];
  replace(
    place,
    h("div", { class: "title" }, h("h1", {}, shown(app.data.names[app.programs.indexOf(app.program)])), h("p", {}, facts.headline), known(facts.facts)),
    h("div", { class: "tools" }, programChoice(app), themeButton(), linkButton(app)),
  );
}

/** Proof and accuracy, where they are known. */
function known(facts) {
  const found = facts.filter(([name]) => name === "proof" || name === "accuracy");
  return found.length ? h("p", { class: "proof" }, found.map(([name, text]) => `${name}: ${text}`).join(" \u00b7 ")) : null;
}

function programChoice(app) {
  if (app.programs.length < 2) return null;
  return h("label", {}, "Program ",
    h("select", { "data-key": "program", onchange: (event) => app.update({ program: Number(event.target.value), node: null, step: null }) },
      app.data.names.map((name, k) => h("option", { value: String(k), selected: k === app.state.program }, shown(name)))));
}

function themeButton() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const change = (event) => {
    root.dataset.theme = dark ? "light" : "dark";
    event.currentTarget.replaceWith(themeButton());
    document.querySelector('[data-key="theme"]').focus();
  };
  return h("button", { type: "button", class: "quiet", "data-key": "theme", onclick: change }, dark ? "Light colours" : "Dark colours");
}

function linkButton(app) {
  const copy = async (event) => {
    const button = event.currentTarget;
    const address = location.href.split("#")[0] + toFragment(app.state);
    try {
      await navigator.clipboard.writeText(address);
      button.textContent = "Copied";
    } catch {
      location.hash = toFragment(app.state);
      button.textContent = "In the address bar";
    }
  };
  return h("button", { type: "button", class: "quiet", "data-key": "link", onclick: copy }, "Copy link to this view");
}
