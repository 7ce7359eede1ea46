// Whether an input is in the program's language, and random inputs of it.

/** Whether each position is scored, or null if the input is not in the language. */
export function scored(program, ids) {
  for (const groups of program.language) {
    const found = matchGroups(groups, ids, 0);
    if (found) return found;
  }
  return null;
}

/** Greedy first, as few groups are; a stack of choices is not needed for what tasks declare. */
function matchGroups(groups, ids, at) {
  if (groups.length === 0) return at === ids.length ? [] : null;
  const [group, ...rest] = groups;
  let place = at;
  const marks = [];
  const ends = [];
  for (let times = 0; ; times += 1) {
    if (times >= group.least) ends.push([place, marks.length]);
    if (times === group.most || !fits(group, ids, place)) break;
    for (const slot of group.slots) marks.push(slot.scored);
    place += group.slots.length;
    if (group.slots.length === 0) break;
  }
  for (const [end, count] of ends.reverse()) {
    const tail = matchGroups(rest, ids, end);
    if (tail) return [...marks.slice(0, count), ...tail];
  }
  return null;
}

function fits(group, ids, place) {
  return group.slots.every((slot, k) => place + k < ids.length && allows(slot, ids[place + k]));
}

function allows(slot, id) {
  return slot.tokens ? slot.tokens.includes(id) : !slot.except.includes(id);
}

/** The inputs of a length: for each way to be one the sets of tokens that can stand at its positions. */
export function shapes(program, length) {
  const tokens = new Map();
  const allowed = (slot) => {
    if (!tokens.has(slot)) tokens.set(slot, new Set(slot.tokens ?? program.vocabulary.flatMap((_, id) => (slot.except.includes(id) ? [] : [id]))));
    return tokens.get(slot);
  };
  return program.language.flatMap((groups) => repeated(groups, length)).map((slots) => slots.map(allowed));
}

function repeated([group, ...rest], length) {
  if (group === undefined) return length === 0 ? [[]] : [];
  const found = [];
  for (let times = group.least; times <= group.most && times * group.slots.length <= length; times += 1) {
    const own = Array.from({ length: times }, () => group.slots).flat();
    for (const others of repeated(rest, length - own.length)) found.push([...own, ...others]);
    if (group.slots.length === 0) break;
  }
  return found;
}

/** A random input of the language, as words; `random` gives numbers from 0 to 1. */
export function randomInput(program, random = Math.random) {
  const groups = program.language[Math.floor(random() * program.language.length)];
  const room = program.maxLength - groups.reduce((sum, g) => sum + g.least * g.slots.length, 0);
  let left = room;
  const words = [];
  for (const group of groups) {
    const most = Math.min(group.most, group.least + Math.floor(left / Math.max(1, group.slots.length)));
    const times = group.least + Math.floor(random() * (most - group.least + 1));
    left -= (times - group.least) * group.slots.length;
    for (let k = 0; k < times; k += 1) {
      for (const slot of group.slots) words.push(program.vocabulary[drawn(program, slot, random)]);
    }
  }
  return words;
}

function drawn(program, slot, random) {
  if (slot.tokens) return slot.tokens[Math.floor(random() * slot.tokens.length)];
  for (;;) {
    const id = Math.floor(random() * program.vocabulary.length);
    if (!slot.except.includes(id)) return id;
  }
}
