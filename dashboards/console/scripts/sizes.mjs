// Prints what the browser loads first, gzipped, and fails the build above the budget (400 kB before the map).
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 400;
const dist = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), "..", "dist");
const manifest = JSON.parse(readFileSync(join(dist, ".vite", "manifest.json"), "utf-8"));
const kb = (file) => gzipSync(readFileSync(join(dist, file))).length / 1024;

/** The files an entry needs at once: itself, its static imports and their styles. */
function needed(key, files = new Set()) {
  const chunk = manifest[key];
  if (files.has(chunk.file)) return files;
  files.add(chunk.file);
  for (const css of chunk.css ?? []) files.add(css);
  for (const next of chunk.imports ?? []) needed(next, files);
  return files;
}

const entryOf = (part) => Object.keys(manifest).find((key) => key.includes(part));
const sum = (files) => [...files].reduce((total, file) => total + kb(file), 0);
const line = (name, value) => console.log(`  ${name.padEnd(34)}${value.toFixed(0).padStart(6)} kB gzip`);

/** What a page needs before it can be used: the entry, the page, the larger of the two languages. */
function firstLoad(part) {
  const files = new Set();
  for (const one of ["index.html", "words/zh-CN", part]) needed(entryOf(one), files);
  return files;
}

const PAGES = { overview: "overview/OverviewPage", alarms: "desk/DeskPage", mine: "mine/MinePage", live: "live_page/LivePage" };
console.log("sizes:");
line("sign-in page", sum(needed(entryOf("index.html"))));
const over = [];
for (const [name, part] of Object.entries(PAGES)) {
  const first = sum(firstLoad(part));
  line(`/${name}, before map and charts`, first);
  if (first > BUDGET_KB) over.push(name);
}
const first = firstLoad(PAGES.overview);
for (const part of ["map/FleetMap", "overview/OverviewMap", "plot/EChart", "chart/MachinePanel", "app/SearchDialog"]) {
  const key = entryOf(part);
  if (key) line(`then ${part}`, sum([...needed(key)].filter((file) => !first.has(file))));
}
line("all files together", sum(readdirSync(join(dist, "assets")).filter((f) => /\.(js|css)$/.test(f)).map((f) => `assets/${f}`)));
if (over.length > 0) {
  console.error(`sizes: the first load of ${over.join(", ")} is over its budget of ${BUDGET_KB} kB gzip`);
  process.exit(1);
}
