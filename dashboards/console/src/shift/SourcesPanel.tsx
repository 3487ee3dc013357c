/** What raised most, what was wrong and what it cost, and how fast alarms were answered. */
import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { AlarmLoad } from "../api/types";
import { ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { age } from "../format/time";
import { SeverityMark } from "../severity/SeverityMark";
import { loadQuery } from "./queries";
import type { Span } from "./span";

export function SourcesPanel({ span }: { span: Span }) {
  const { t } = useTranslation();
  const load = useQuery(loadQuery(span));
  return (
    <Panel id="sources" title={t("shift.sources.title")}>
      {load.isPending ? (
        <Skeleton active title={false} paragraph={{ rows: 6 }} className="panel-skeleton" />
      ) : load.data === undefined ? (
        <ErrorNotice error={load.error} retry={() => void load.refetch()} />
      ) : (
        <div className="shift-columns shift-sources">
          <Top load={load.data} />
          <Answers load={load.data} />
          <Wrong load={load.data} />
        </div>
      )}
    </Panel>
  );
}

function usePercent(): (part: number) => string {
  const { language } = usePreferences();
  return (part) => part.toLocaleString(language, { style: "percent", maximumFractionDigits: 1 });
}

function Table({ title, heads, children, isEmpty }: { title: string; heads: readonly string[]; children: ReactNode; isEmpty: boolean }) {
  const { t } = useTranslation();
  return (
    <section>
      <h3>{title}</h3>
      {isEmpty ? (
        <p className="quiet">{t("shift.left.nothing")}</p>
      ) : (
        <div className="shift-table-frame" tabIndex={0} role="group" aria-label={title}>
          <table className="shift-table">
            <thead>
              <tr>
                {heads.map((head, i) => (
                  <th key={head} scope="col" className={i === 0 ? undefined : "figure"}>
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>{children}</tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Top({ load }: { load: AlarmLoad }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const percent = usePercent();
  const heads = [t("shift.sources.source"), t("shift.sources.alarms"), t("shift.sources.share"), t("shift.sources.machines"), t("shift.sources.chattering"), t("shift.sources.fleeting")];
  return (
    <Table title={t("shift.sources.top")} heads={heads} isEmpty={load.top.length === 0}>
      {load.top.map((one) => (
        <tr key={`${one.source_kind} ${one.source_key}`} data-source={one.source_key}>
          <th scope="row">{language === "zh-CN" ? one.text.zh : one.text.en}</th>
          <td className="figure">{one.alarms}</td>
          <td className="figure">{percent(one.share)}</td>
          <td className="figure">{one.machines}</td>
          <td className="figure">{one.chattering_points}</td>
          <td className="figure">{one.fleeting}</td>
        </tr>
      ))}
    </Table>
  );
}

function Answers({ load }: { load: AlarmLoad }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const percent = usePercent();
  const time = (seconds: number | null): string => (seconds === null ? "–" : age(seconds * 1_000, language));
  const heads = [t("shift.sources.severity"), t("shift.sources.alarms"), t("shift.sources.share"), t("shift.sources.acknowledged"), t("shift.sources.escalated"), t("shift.sources.median"), t("shift.sources.p90")];
  return (
    <Table title={t("shift.sources.answers")} heads={heads} isEmpty={load.answers.length === 0}>
      {load.answers.map((one) => (
        <tr key={one.severity} data-severity={one.severity}>
          <th scope="row">
            <SeverityMark severity={one.severity} quiet />
          </th>
          <td className="figure">{one.alarms}</td>
          <td className="figure">{percent(load.severity_share[one.severity] ?? 0)}</td>
          <td className="figure">{one.acknowledged}</td>
          <td className="figure">{one.escalated}</td>
          <td className="figure">{time(one.median_s)}</td>
          <td className="figure">{time(one.p90_s)}</td>
        </tr>
      ))}
    </Table>
  );
}

function Wrong({ load }: { load: AlarmLoad }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const heads = [t("shift.sources.source"), t("shift.sources.judged"), t("shift.sources.wrong"), t("shift.sources.minutes")];
  return (
    <Table title={t("shift.sources.false")} heads={heads} isEmpty={load.false_alarms.length === 0}>
      {load.false_alarms.map((one) => (
        <tr key={`${one.source_kind} ${one.source_key}`}>
          <th scope="row">{language === "zh-CN" ? one.text.zh : one.text.en}</th>
          <td className="figure">{one.judged}</td>
          <td className="figure">{one.wrong}</td>
          <td className="figure">{one.minutes.toLocaleString(language, { maximumFractionDigits: 1 })}</td>
        </tr>
      ))}
    </Table>
  );
}
