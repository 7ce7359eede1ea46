// Makes `../page.html` of the modules, the style and the skeleton: `npm ci && npm run build`.
// The policy names the script and the style by their digests, so nothing else runs or is fetched.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { buildSync } from "esbuild";

const here = (name) => new URL(name, import.meta.url).pathname;
const bundled = (entry) =>
  buildSync({
    entryPoints: [here(entry)],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: "es2022",
    legalComments: "none",
    charset: "ascii",
  }).outputFiles[0].text.trim();
const digest = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const script = bundled("src/main.js");
const style = bundled("src/style.css");
if (/<\/script|<!--/i.test(script) || /<\/style/i.test(style)) throw new Error("it would end its element");
const policy = [
  "default-src 'none'",
  `script-src ${digest(script)}`,
  `style-src ${digest(style)}`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");
const page = readFileSync(here("src/page.html"), "utf8")
  .replace("@policy@", () => policy)
  .replace("@style@", () => style)
  .replace("@script@", () => script);
writeFileSync(process.argv[2] ?? here("../page.html"), page);
