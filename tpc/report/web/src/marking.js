// A variable that is pointed at, or focused, is marked wherever it stands.

/** Marks everything with the `data-var` of what the pointer or the focus is on. */
export function markOnHover(root) {
  const follow = (event) => mark(root, event.target.closest?.("[data-var]")?.dataset.var);
  root.addEventListener("pointerover", follow);
  root.addEventListener("focusin", follow);
}

let marked = null;

function mark(root, name) {
  if (name === marked) return;
  for (const element of root.querySelectorAll(".marked")) element.classList.remove("marked");
  marked = name;
  if (name === undefined) return;
  for (const element of root.querySelectorAll(`[data-var="${CSS.escape(name)}"]`)) element.classList.add("marked");
}
