/** The editor of a rule file: CodeMirror with completion from the catalogue and the compiler's mistakes at their places. */
import { autocompletion, type Completion, completionKeymap, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState, type Text } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { type RefObject, useEffect, useImperativeHandle, useRef } from "react";
import { usePreferences } from "../app/preferences";
import { type Known, type Named, offerAt } from "./completion";
import { editorTheme, ruleWords } from "./editorLook";

export interface EditorHandle {
  goTo: (line: number, column: number) => void;
  focus: () => void;
}

/** A mistake or a warning; line and columns count from 1. */
export interface Spot {
  readonly line: number;
  readonly column: number;
  readonly endColumn: number;
  readonly message: string;
  readonly severity: "error" | "warning";
}

interface RuleEditorProps {
  readonly start: string;
  readonly label: string;
  readonly spots: readonly Spot[];
  readonly known: Known;
  readonly handle: RefObject<EditorHandle | null>;
  readonly onChange: (text: string) => void;
  readonly onCursor: (offset: number) => void;
  readonly onSave: () => void;
  /** Escape: the keyboard goes on behind the editor. */
  readonly onLeave: () => void;
}

const TYPES: Readonly<Record<Named["kind"], string>> = { signal: "variable", function: "function", unit: "constant", word: "keyword", limit: "property", key: "property", value: "enum" };
const RANK: Readonly<Record<Named["kind"], number>> = { limit: 3, signal: 2, key: 1, value: 1, unit: 1, function: 0, word: 0 };

export function RuleEditor(props: RuleEditorProps) {
  const { spots, handle, label, start } = props;
  const { appearance } = usePreferences();
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(props);
  const look = useRef(new Compartment());
  useEffect(() => {
    latest.current = props;
  });

  useEffect(() => {
    const complete = (context: CompletionContext): CompletionResult | null => {
      const text = context.state.doc.toString();
      const offer = offerAt(text.slice(0, context.pos), text, latest.current.known);
      if (offer === null || (offer.length === 0 && !context.explicit)) return null;
      return { from: context.pos - offer.length, options: offer.options.map(completionOf), validFor: /^[\w/]*$/ };
    };
    const made = new EditorView({
      parent: place.current!,
      state: EditorState.create({
        doc: start,
        extensions: [
          lineNumbers(),
          highlightActiveLineGutter(),
          highlightActiveLine(),
          drawSelection(),
          history(),
          lintGutter(),
          ruleWords,
          autocompletion({ override: [complete], icons: false, maxRenderedOptions: 60 }),
          keymap.of([
            { key: "Mod-s", preventDefault: true, run: () => (latest.current.onSave(), true) },
            ...completionKeymap,
            { key: "Escape", run: () => (latest.current.onLeave(), true) },
            ...defaultKeymap.filter((binding) => binding.key !== "Escape"),
            ...historyKeymap,
            ...lintKeymap,
          ]),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ tabindex: "0", "aria-label": label, "data-testid": "rule-editor", spellcheck: "false", autocapitalize: "off" }),
          look.current.of([]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
            if (update.docChanged || update.selectionSet) latest.current.onCursor(update.state.selection.main.head);
          }),
        ],
      }),
    });
    view.current = made;
    return () => {
      view.current = null;
      made.destroy();
    };
  }, [start, label]);

  useEffect(() => view.current?.dispatch({ effects: look.current.reconfigure(editorTheme(appearance)) }), [appearance, start, label]);
  useEffect(() => {
    const made = view.current;
    if (made !== null) made.dispatch(setDiagnostics(made.state, spots.map((spot) => diagnosticOf(spot, made.state.doc))));
  }, [spots]);

  useImperativeHandle(handle, () => ({
    goTo: (line, column) => {
      const made = view.current;
      if (made === null) return;
      const at = offsetOf(made.state.doc, line, column);
      made.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
      made.focus();
    },
    focus: () => view.current?.focus(),
  }));

  return <div ref={place} className="rules-editor" />;
}

function completionOf(one: Named): Completion {
  return { label: one.label, detail: one.detail, type: TYPES[one.kind], boost: RANK[one.kind], ...(one.info === "" ? {} : { info: one.info }), ...(one.apply === undefined ? {} : { apply: one.apply }) };
}

/** An offset within the text, whatever the text has become since. */
function offsetOf(doc: Text, line: number, column: number): number {
  const found = doc.line(Math.min(Math.max(1, line), doc.lines));
  return Math.min(found.from + Math.max(0, column - 1), found.to);
}

function diagnosticOf(spot: Spot, doc: Text): Diagnostic {
  const from = offsetOf(doc, spot.line, spot.column);
  return { from, to: Math.max(from, offsetOf(doc, spot.line, spot.endColumn)), severity: spot.severity, message: spot.message };
}
