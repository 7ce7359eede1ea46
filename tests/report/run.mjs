// Runs programs as the page does: a JSON object on standard input, what was computed on standard output.

import { readFileSync } from "node:fs";
import { loaded, run } from "../../tpc/report/web/src/program.js";
import { scored } from "../../tpc/report/web/src/language.js";
import { flips, forcing } from "../../tpc/report/web/src/why.js";

const { program, inputs, position } = JSON.parse(readFileSync(0, "utf8"));
const ready = loaded(program);
const answers = inputs.map((words) => {
  const found = run(ready, words);
  const changes = position === undefined ? null : flips(ready, found, position);
  const forced = changes && forcing(ready, found, position, changes);
  return { ...found, scored: found.ids ? scored(ready, found.ids) : null, changes, forced };
});
process.stdout.write(JSON.stringify(answers));
