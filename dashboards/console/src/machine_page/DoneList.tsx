/** The work that was recorded, the newest record first. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { CodeWord } from "../alarms/CodeWord";
import type { DoneRecord } from "../api/types";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { quantity } from "../format/value";
import { When } from "../machines/When";
import { Answer } from "./Answer";
import { PlainTable } from "./PlainTable";
import { doneQuery } from "./queries";

export function DoneList({ machine }: { machine: string }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const done = useQuery(doneQuery(machine));
  const corrected = new Set(done.data?.map((one) => one.corrects).filter((one) => one !== null));
  return (
    <Panel id="done" title={t("machinePage.done")}>
      <Answer query={done}>
        {(records) => (
          <PlainTable<DoneRecord>
            tall
            label={t("machinePage.done")}
            rows={records}
            keyOf={(one) => one.id}
            rowProps={(one) => ({ "data-done": one.item })}
            empty={t("machinePage.noDone")}
            heads={[
              { title: t("machinePage.doneOn"), cell: (one) => <When at={one.done_at} /> },
              {
                title: t("machinePage.item"),
                cell: (one) => (
                  <span className={corrected.has(one.id) ? "done-corrected" : undefined} title={corrected.has(one.id) ? t("machinePage.corrected") : undefined}>
                    {language === "zh-CN" ? one.text.zh : one.text.en}
                  </span>
                ),
              },
              { title: t("machinePage.atHours"), figures: true, cell: (one) => (one.hours_h === null ? "–" : quantity(one.hours_h, "h", language)) },
              { title: t("machinePage.usedParts"), cell: (one) => one.parts.map((part) => `${part.quantity} × ${part.code} ${part.name}`).join(", ") || "–" },
              {
                title: t("machinePage.checks"),
                cell: (one) =>
                  one.checks.length === 0 ? "–" : (
                    <span className="done-checks">
                      {one.checks.filter((check) => check.result !== "good").map((check) => (
                        <span key={check.code}>{check.code}: <CodeWord list="check_results" code={check.result} />{check.note !== null && ` (${check.note})`}</span>
                      ))}
                      {one.checks.every((check) => check.result === "good") && t("machinePage.allGood", { count: one.checks.length })}
                    </span>
                  ),
              },
              { title: t("machinePage.doneNote"), cell: (one) => one.note ?? "–" },
              { title: t("machinePage.recordedBy"), cell: (one) => <>{one.recorded_by}, <When at={one.recorded_at} /></> },
            ]}
          />
        )}
      </Answer>
    </Panel>
  );
}
