// Where the nodes of the dataflow picture stand: a column for each depth, neighbours near each other.

import { reads } from "./program.js";

export const WIDTH = 128;
export const HEIGHT = 40;
const ACROSS = 44;
const DOWN = 14;

/** Places and edges of the nodes that are shown, the tokens among them, and the size of it all. */
export function layout(program, isShown) {
  const names = ["tokens", ...program.nodes.filter((node) => isShown(node.name)).map((node) => node.name)];
  const read = new Map(names.map((name) => [name, name === "tokens" ? [] : [...new Set(reads(program, program.byName[name]))].filter((other) => names.includes(other))]));
  const depths = depth(program, names, read);
  const columns = [];
  for (const name of names) (columns[depths.get(name)] ??= []).push(name);
  const filled = columns.filter(Boolean);
  ordered(filled, read);
  const most = Math.max(...filled.map((column) => column.length));
  const places = new Map();
  filled.forEach((column, d) => {
    const top = ((most - column.length) * (HEIGHT + DOWN)) / 2;
    column.forEach((name, k) => places.set(name, { x: 8 + d * (WIDTH + ACROSS), y: 8 + top + k * (HEIGHT + DOWN) }));
  });
  const edges = names.flatMap((name) => read.get(name).map((from) => ({ from, to: name })));
  return { places, edges, width: filled.length * (WIDTH + ACROSS) - ACROSS + 16, height: most * (HEIGHT + DOWN) - DOWN + 16 };
}

/** What is computed from nothing stands beside the tokens. */
function depth(program, names, read) {
  const depths = new Map();
  for (const name of names) depths.set(name, 1 + Math.max(-1, ...read.get(name).map((other) => depths.get(other))));
  const last = Math.max(...depths.values());
  if (names.includes(program.result)) depths.set(program.result, last);
  return depths;
}

/** Sweeps in which each column is put in the order of what it is connected with. */
function ordered(columns, read) {
  const rank = new Map();
  const number = (column) => column.forEach((name, k) => rank.set(name, (k + 0.5) / column.length));
  columns.forEach(number);
  const users = new Map();
  for (const [name, others] of read) for (const other of others) users.set(other, [...(users.get(other) ?? []), name]);
  const sweep = (list, near) => {
    for (const column of list) {
      const mean = new Map(column.map((name) => [name, average((near.get(name) ?? []).map((other) => rank.get(other)), rank.get(name))]));
      column.sort((a, b) => mean.get(a) - mean.get(b));
      number(column);
    }
  };
  for (let round = 0; round < 4; round += 1) {
    sweep(columns.slice(1), read);
    sweep([...columns].reverse().slice(1), users);
  }
}

function average(numbers, otherwise) {
  return numbers.length ? numbers.reduce((sum, x) => sum + x, 0) / numbers.length : otherwise;
}
