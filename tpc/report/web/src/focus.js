// The focus stays where it is while what it is on is made anew.

/** Does some work, then focuses what has the same `data-key` as what had the focus before. */
export function keepingFocus(work) {
  const { activeElement } = document;
  const key = activeElement?.dataset?.key;
  const { scrollX, scrollY } = window;
  work();
  if (!key || document.activeElement === activeElement) return;
  document.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
  scrollTo(scrollX, scrollY);
}
