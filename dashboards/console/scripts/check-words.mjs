// Fails the build when a language lacks a key, a text is empty, the {{placeholders}} differ, or the code asks for a
// key that no catalogue has. Keys built at run time (`severity.${x}`) are declared by their prefix.
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const source = join(dirname(fileURLToPath(import.meta.url)), "..", "src");
const wordsFolder = join(source, "words");

function flatten(tree, path = "", out = new Map()) {
  for (const [key, value] of Object.entries(tree)) {
    const here = path ? `${path}.${key}` : key;
    if (typeof value === "string") out.set(here, value);
    else flatten(value, here, out);
  }
  return out;
}

function sourceFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return /\.tsx?$/.test(entry.name) && !/\.(test|gen\.d)\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

const placeholders = (text) => [...text.matchAll(/\{\{\s*([\w.]+)/g)].map((m) => m[1]).sort().join(",");
const plain = (key) => key.replace(/_(zero|one|two|few|many|other)$/, "");

const problems = [];

/** A language's words of all its files; a part of the console that two files name is a problem, since one would hide the other. */
function catalogue(language) {
  const parts = {};
  const folder = join(wordsFolder, language);
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
    for (const [part, words] of Object.entries(JSON.parse(readFileSync(join(folder, file), "utf-8")))) {
      if (part in parts) problems.push(`${language}/${file}: '${part}' is in another file, too`);
      parts[part] = words;
    }
    if (!readFileSync(join(folder, "index.ts"), "utf-8").includes(`"./${file}"`)) problems.push(`${language}/index.ts: does not take ${file}`);
  }
  return [language, flatten(parts)];
}

const catalogues = readdirSync(wordsFolder).map(catalogue);
const every = new Set(catalogues.flatMap(([, words]) => [...words.keys()].map(plain)));
for (const [name, words] of catalogues) {
  const present = new Map([...words].map(([key, text]) => [plain(key), text]));
  for (const key of every) {
    const text = present.get(key);
    if (text === undefined) problems.push(`${name}: '${key}' is missing`);
    else if (text.trim() === "") problems.push(`${name}: '${key}' is empty`);
  }
}
const [, reference] = catalogues[0];
for (const [name, words] of catalogues.slice(1)) {
  for (const [key, text] of words) {
    const other = reference.get(key) ?? reference.get(`${plain(key)}_other`);
    if (other !== undefined && placeholders(other) !== placeholders(text))
      problems.push(`${name}: '${key}' has other {{placeholders}} than ${catalogues[0][0]}`);
  }
}

const asked = new Set();
const prefixes = new Set();
for (const path of sourceFiles(source)) {
  const code = readFileSync(path, "utf-8");
  for (const match of code.matchAll(/\b(?:i18n\.)?t\(\s*(["'`])([^"'`]+)\1/g)) {
    const key = match[2];
    const dynamic = key.indexOf("${");
    if (dynamic >= 0) {
      prefixes.add(key.slice(0, dynamic));
      continue;
    }
    asked.add(key);
    if (!every.has(key)) problems.push(`${path.slice(source.length + 1)}: asks for '${key}', which no catalogue has`);
  }
}
for (const prefix of prefixes)
  if (![...every].some((key) => key.startsWith(prefix))) problems.push(`no catalogue has a key under '${prefix}'`);
for (const key of every)
  if (!asked.has(key) && ![...prefixes].some((prefix) => key.startsWith(prefix)))
    problems.push(`'${key}' is in the catalogues and nothing asks for it`);

if (problems.length > 0) {
  console.error(`words: ${problems.length} problem(s)\n  ${problems.join("\n  ")}`);
  process.exit(1);
}
console.log(`words: ${every.size} keys, complete in ${catalogues.map(([name]) => name).join(", ")}`);
