// Elements, and text that shows what it holds: nothing here is ever parsed as HTML.

/** An element with properties (`on…` listeners, `data…`, attributes) and children, texts among them. */
export function h(tag, properties = {}, ...children) {
  return filled(document.createElement(tag), properties, children);
}

/** The same of SVG. */
export function svg(tag, properties = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), properties, children);
}

function filled(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.setAttribute("class", value);
    else if (name === "value" && "value" in element) element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Puts new children in the place of the old ones. */
export function replace(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
}

// Controls, marks of direction, and what looks like a space and is none.
const INVISIBLE = /[\u0000-\u001f\u007f-\u00a0\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ud800-\udfff\ufff0-\ufffb]/gu;

/** A token or value as text in which everything can be seen. */
export function shown(value) {
  if (value === "") return '""';
  return String(value).replace(INVISIBLE, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);
}

/** A number with as many digits as are read. */
export function rounded(number) {
  if (Number.isInteger(number)) return String(number);
  const text = number.toFixed(3);
  return Number(text) === 0 ? number.toExponential(1) : text;
}

/** The same with a sign. */
export function signed(number) {
  return (number > 0 ? "+" : "") + rounded(number).replace("-", "\u2212");
}

/** Text with commas between thousands. */
export function counted(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}
