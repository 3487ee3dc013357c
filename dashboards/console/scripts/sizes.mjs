// Prints what the browser loads first, gzipped, and fails the build above the budget (400 kB before the map).
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 400;
const dist = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");
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
const first = new Set();
for (const part of ["index.html", "live_page/LivePage", "words/zh-CN"]) {
  const key = entryOf(part);
  if (key) needed(key, first);
}
const line = (name, value) => console.log(`  ${name.padEnd(34)}${value.toFixed(0).padStart(6)} kB gzip`);
console.log("sizes:");
line("login page", sum(needed(entryOf("index.html"))));
line("live page, before map and chart", sum(first));
for (const part of ["alarms/AlarmDetail", "chart/MachinePanel", "map/MapPanel"]) {
  const key = entryOf(part);
  if (key) line(`then ${part}`, sum([...needed(key)].filter((file) => !first.has(file))));
}
line("all files together", sum(readdirSync(join(dist, "assets")).filter((f) => /\.(js|css)$/.test(f)).map((f) => `assets/${f}`)));
if (sum(first) > BUDGET_KB) {
  console.error(`sizes: the first load is over its budget of ${BUDGET_KB} kB gzip`);
  process.exit(1);
}
