/** How an item of a maintenance plan stands: by word, by shape and by colour. */
import type { DueItem } from "../api/types";
import { CodeWord } from "../alarms/CodeWord";
import { usePreferences } from "../app/preferences";
import { SeverityShape } from "../severity/SeverityMark";
import type { Severity } from "../severity/severity";

const LIKE: Readonly<Record<DueItem["state"], Severity | null>> = { overdue: "high", due: "medium", soon: "low", ok: null };

export function DueMark({ item }: { item: Pick<DueItem, "state" | "text"> }) {
  const { language } = usePreferences();
  const like = LIKE[item.state];
  return (
    <span className={`due due-${item.state}${like === null ? "" : ` sev-ink-${like}`}`} title={language === "zh-CN" ? item.text.zh : item.text.en}>
      {like === null ? <span className="due-ok" aria-hidden="true">✓</span> : <SeverityShape severity={like} size={11} />}
      <CodeWord list="maintenance_states" code={item.state} />
    </span>
  );
}
