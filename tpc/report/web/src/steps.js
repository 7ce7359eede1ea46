// Going through the program node by node: what comes later is not there yet.

import { h } from "./dom.js";
import { sentence } from "./program.js";

/** The buttons, and what the node that was just computed does. */
export function stepBar(app) {
  const { nodes } = app.program;
  const { step } = app.state;
  const go = (to) => {
    const at = Math.max(0, Math.min(nodes.length - 1, to));
    app.update({ step: at, node: nodes[at].name });
  };
  const button = (key, text, label, onclick, disabled) =>
    h("button", { type: "button", "data-key": key, title: label, "aria-disabled": disabled ? "true" : null, onclick }, text);
  return h("div", { class: "steps" },
    h("div", { role: "group", "aria-label": "Step by step" },
      button("step-first", "Start", "First node", () => go(0), step === 0),
      button("step-back", "\u25c0 Back", "One node back", () => go((step ?? nodes.length) - 1), step === 0),
      button("step-on", "Next \u25b6", "One node on", () => go(step === null ? 0 : step + 1), step === nodes.length - 1),
      button("step-all", "All", "All nodes", () => app.update({ step: null }), step === null)),
    h("p", { role: "status", class: "said" }, said(app)));
}

function said(app) {
  const { nodes } = app.program;
  const { step, node } = app.state;
  const chosen = step === null ? app.program.byName[node] : nodes[step];
  const count = step === null ? `${nodes.length} nodes` : `Node ${step + 1} of ${nodes.length}`;
  if (!chosen) return `${count}, all computed`;
  return [`${count}. `, h("b", { "data-var": chosen.name }, chosen.name), `: ${sentence(app.program, chosen)}`];
}

/** Whether a node has been computed at this step. */
export function isComputed(app, name) {
  return app.state.step === null || name === "tokens" || app.program.nodes.findIndex((node) => node.name === name) <= app.state.step;
}
