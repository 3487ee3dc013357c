/** How a rule file looks in the editor: its theme, and the words of TOML and of conditions told apart. */
import type { Extension } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, type ViewUpdate, ViewPlugin } from "@codemirror/view";
import type { Appearance } from "../app/preferences";
import { FUNCTIONS } from "./completion";

export function editorTheme(appearance: Appearance): Extension {
  return EditorView.theme(
    {
      "&": { height: "100%", fontSize: "13px", backgroundColor: "var(--ant-color-bg-container)", color: "var(--ant-color-text)" },
      "&.cm-focused": { outline: "2px solid var(--ant-color-primary)", outlineOffset: "-2px" },
      ".cm-scroller": { fontFamily: 'ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, "Noto Sans Mono CJK SC", monospace', lineHeight: "1.55" },
      ".cm-content": { caretColor: "var(--ant-color-text)" },
      ".cm-cursor": { borderLeftColor: "var(--ant-color-text)" },
      ".cm-gutters": { backgroundColor: "var(--ant-color-bg-layout)", color: "var(--ant-color-text-secondary)", borderRight: "1px solid var(--ant-color-border-secondary)" },
      ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--ant-color-primary) 7%, transparent)" },
      ".cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--ant-color-primary) 14%, transparent)", color: "var(--ant-color-text)" },
      "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--ant-color-primary) 26%, transparent) !important" },
      ".cm-tooltip": { backgroundColor: "var(--ant-color-bg-elevated)", color: "var(--ant-color-text)", border: "1px solid var(--ant-color-border)" },
      ".cm-tooltip-autocomplete > ul": { fontFamily: "inherit", maxHeight: "15em" },
      ".cm-tooltip-autocomplete > ul > li": { padding: "2px 8px" },
      ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--ant-color-primary)", color: appearance === "dark" ? "#06121f" : "#ffffff" },
      ".cm-completionDetail": { color: "inherit", opacity: "0.8", fontStyle: "normal", marginLeft: "0.8em" },
      ".cm-completionInfo": { whiteSpace: "pre-line", maxWidth: "22em" },
      ".cm-diagnostic": { whiteSpace: "pre-wrap", padding: "4px 8px" },
      ".cm-diagnostic-error": { borderLeftColor: "#c9302c" },
      ".cm-changeGutter": { paddingLeft: "2px" },
    },
    { dark: appearance === "dark" },
  );
}

const WORDS = /(#.*$)|(^\s*\[\[?[^\]#]*\]\]?)|(^\s*[A-Za-z_][\w.]*(?=\s*=))|("(?:\\.|[^"\\])*"?|'[^']*'?)|(\b(?:true|false)\b)|(\b\d[\d.:TZ+-]*)/g;
const CLASSES = ["rl-comment", "rl-heading", "rl-key", "rl-text", "rl-word", "rl-number"] as const;
const CONDITION = /\b(and|or|not)\b|\b([a-z_]+)(?=\()|(\b\d[\d.:]*(?:ms|s|min|h|d)?\b(?:\s*(?:kPa|MPa|Pa|bar|mbar|psi|degC|degF|K|rpm|Hz|L\/h|km\/h|kPa\/s|%|V|A|L|mm|cm|km|m|kg|t)(?![\w]))?)/g;
const MARKS = Object.fromEntries([...CLASSES, "rl-function"].map((name) => [name, Decoration.mark({ class: name })])) as Record<string, Decoration>;

interface Mark {
  readonly from: number;
  readonly to: number;
  readonly name: string;
}

/** The words of one line; of a condition's text its own words, too. */
export function marksOf(line: string): Mark[] {
  const marks: Mark[] = [];
  const isCondition = /^\s*(when|clear)\s*=/.test(line);
  for (const found of line.matchAll(WORDS)) {
    const group = CLASSES.findIndex((_, index) => found[index + 1] !== undefined);
    const from = found.index;
    marks.push({ from, to: from + found[0].length, name: CLASSES[group]! });
    if (!isCondition || CLASSES[group] !== "rl-text") continue;
    for (const inner of found[0].matchAll(CONDITION)) {
      const name = inner[1] !== undefined ? "rl-word" : inner[2] !== undefined ? (inner[2] in FUNCTIONS ? "rl-function" : "") : "rl-number";
      if (name !== "") marks.push({ from: from + inner.index, to: from + inner.index + inner[0].length, name });
    }
  }
  return marks;
}

function marked(view: EditorView): DecorationSet {
  const ranges = view.visibleRanges.flatMap(({ from, to }) => {
    const found = [];
    for (let at = from; at <= to; ) {
      const line = view.state.doc.lineAt(at);
      for (const mark of marksOf(line.text)) if (mark.to > mark.from) found.push(MARKS[mark.name]!.range(line.from + mark.from, line.from + mark.to));
      at = line.to + 1;
    }
    return found;
  });
  return Decoration.set(ranges, true);
}

/** Marks the words in sight. */
export const ruleWords: Extension = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = marked(view);
    }
    update(update: ViewUpdate): void {
      if (update.docChanged || update.viewportChanged) this.decorations = marked(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);
