/** Two texts side by side, on a phone one in the other; what differs is marked. */
import { MergeView, unifiedMergeView } from "@codemirror/merge";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { usePreferences } from "../app/preferences";
import { useMedia } from "../app/useMedia";
import { editorTheme, ruleWords } from "./editorLook";

const COLLAPSE = { margin: 3, minSize: 6 };

export function TextDiff({ before, after, label }: { before: string; after: string; label: string }) {
  const { t } = useTranslation();
  const { appearance } = usePreferences();
  const narrow = useMedia("(max-width: 1180px)");
  const place = useRef<HTMLDivElement>(null);
  const [older, newer] = [t("rules.before"), t("rules.after")];
  useEffect(() => {
    const looks = (name: string): Extension[] => [
      lineNumbers(), ruleWords, editorTheme(appearance), EditorView.lineWrapping, EditorState.readOnly.of(true), EditorView.editable.of(false),
      EditorView.contentAttributes.of({ tabindex: "0", role: "textbox", "aria-readonly": "true", "aria-multiline": "true", "aria-label": name }),
    ];
    if (narrow) {
      const view = new EditorView({ parent: place.current!, state: EditorState.create({ doc: after, extensions: [...looks(label), unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: COLLAPSE })] }) });
      return () => view.destroy();
    }
    const view = new MergeView({ parent: place.current!, a: { doc: before, extensions: looks(older) }, b: { doc: after, extensions: looks(newer) }, collapseUnchanged: COLLAPSE });
    return () => view.destroy();
  }, [before, after, label, older, newer, appearance, narrow]);
  return (
    <div className="rules-diff" data-testid="text-diff">
      {!narrow && (
        <p className="rules-diff-heads quiet">
          <span>{older}</span>
          <span>{newer}</span>
        </p>
      )}
      <div ref={place} className="rules-diff-text" />
    </div>
  );
}
