// Runs programs as the page does: a JSON object on standard input, what was computed on standard output.

import { readFileSync } from "node:fs";
import { loaded, run } from "../../tpc/report/web/src/program.js";
import { scored } from "../../tpc/report/web/src/language.js";

const { program, inputs } = JSON.parse(readFileSync(0, "utf8"));
const ready = loaded(program);
const answers = inputs.map((words) => {
  const found = run(ready, words);
  return { ...found, scored: found.ids ? scored(ready, found.ids) : null };
});
process.stdout.write(JSON.stringify(answers));
