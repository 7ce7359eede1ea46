// What is shown, in one object; it is kept in the fragment of the address, so that it can be sent.

import { parse, printed } from "./input.js";

export const VIEWS = ["values", "attention", "dataflow", "tables", "why", "compare", "about"];

/** The state that a fragment says; `start` is what it does not say. */
export function fromFragment(fragment, fallback, start) {
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  const number = (name) => (/^\d+$/.test(given.get(name) ?? "") ? Number(given.get(name)) : null);
  return {
    words: given.has("input") ? parse(given.get("input")) : fallback,
    view: VIEWS.includes(given.get("view")) ? given.get("view") : start.view,
    node: given.get("node"),
    step: number("step"),
    position: number("position") ?? start.position,
    source: given.get("source") === "all" ? "all" : number("source"),
    program: number("program") ?? 0,
  };
}

/** The fragment that says a state. */
export function toFragment(state) {
  const said = new URLSearchParams({ input: printed(state.words) });
  said.set("view", state.view);
  for (const name of ["node", "step", "position", "source"]) if (state[name] !== null) said.set(name, state[name]);
  if (state.program) said.set("program", state.program);
  return `#${said}`;
}

/** Keeps the fragment; pages inside of others may not. */
export function remember(state) {
  try {
    history.replaceState(null, "", toFragment(state));
  } catch {
    // A page in a frame of a notebook has no address of its own.
  }
}
