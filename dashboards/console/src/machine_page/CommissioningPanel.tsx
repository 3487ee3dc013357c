/** The commissioning check, made when somebody asks for it: what works, what does not, and what to do. */
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CodeWord } from "../alarms/CodeWord";
import { sessionQuery } from "../api/queries";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { When } from "../machines/When";
import { SeverityShape } from "../severity/SeverityMark";
import type { Severity } from "../severity/severity";
import { Answer } from "./Answer";
import { commissioningQuery } from "./queries";

const LIKE: Readonly<Record<string, Severity>> = { failed: "high", warning: "medium", unknown: "info" };

export function CommissioningPanel({ machine }: { machine: string }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { data: me } = useQuery(sessionQuery);
  const [asked, setAsked] = useState(false);
  const check = useQuery({ ...commissioningQuery(machine), enabled: asked });
  if (me?.rights.includes("check_machines") !== true) return null;
  const words = (text: { zh: string; en: string }): string => (language === "zh-CN" ? text.zh : text.en);
  return (
    <Panel
      id="commissioning"
      title={t("machinePage.commissioning")}
      aside={check.data && <When at={check.data.at} />}
      tools={
        <Button size="small" loading={check.isFetching} onClick={() => (asked ? void check.refetch() : setAsked(true))} data-testid="check-run">
          {asked ? t("machinePage.checkAgain") : t("machinePage.check")}
        </Button>
      }
    >
      {!asked ? (
        <p className="plain-empty">{t("machinePage.checkHelp")}</p>
      ) : (
        <Answer query={check}>
          {(found) => (
            <ul className="check-items">
              {found.items.map((item) => (
                <li key={item.code} data-check={item.code} data-verdict={item.verdict}>
                  <span className={`check-verdict${LIKE[item.verdict] === undefined ? "" : ` sev-ink-${LIKE[item.verdict]}`}`}>
                    {LIKE[item.verdict] === undefined ? <span className="due-ok" aria-hidden="true">✓</span> : <SeverityShape severity={LIKE[item.verdict]!} size={11} />}
                    <CodeWord list="commissioning_verdicts" code={item.verdict} />
                  </span>
                  <b><CodeWord list="commissioning_checks" code={item.code} /></b>
                  <span>
                    {words(item.text)}
                    {item.advice !== null && <span className="quiet check-advice">{words(item.advice)}</span>}
                  </span>
                </li>
              ))}
            </ul>
          )}
        </Answer>
      )}
    </Panel>
  );
}
