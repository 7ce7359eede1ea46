// Calls a module's functions: a JSON line with a name and arguments, one line in return.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const finite = (_, value) =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
const say = (reply) => process.stdout.write(`${JSON.stringify(reply, finite)}\n`);

const [path, ...names] = process.argv.slice(2);
const module = await import(pathToFileURL(path)).catch((error) => ({ error }));
const missing = names.find((name) => typeof module[name] !== "function");
say(missing ? { error: String(module.error ?? `it has no function ${missing}`) } : {});
for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...given] = JSON.parse(line);
  try {
    say({ answer: module[name](...given) });
  } catch (error) {
    say({ error: error.message });
  }
}
