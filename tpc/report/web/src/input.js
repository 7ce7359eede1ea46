// Inputs as people type them: words with spaces between them, or a JSON list where words have spaces.

/** The words of a text. */
export function parse(text) {
  const trimmed = text.trim();
  if (trimmed.startsWith("[")) {
    try {
      const found = JSON.parse(trimmed);
      if (Array.isArray(found) && found.every((word) => typeof word === "string")) return found;
    } catch {
      // A bracket may be a token, too.
    }
  }
  return trimmed === "" ? [] : trimmed.split(/\s+/);
}

/** The text of some words: `parse` gives them back. */
export function printed(words) {
  const plain = words.join(" ");
  const again = parse(plain);
  const same = again.length === words.length && again.every((word, i) => word === words[i]);
  return same ? plain : JSON.stringify(words);
}
