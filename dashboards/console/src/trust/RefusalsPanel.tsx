/** What was refused, by reason and hour. */
import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { codesQuery, sessionQuery } from "../api/queries";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { Time } from "../app/Time";
import { Plot } from "../plot/Plot";
import { refusalsOption } from "./plots";
import { refusalsQuery, type SpanH } from "./queries";

export function RefusalsPanel({ hours }: { hours: SpanH }) {
  const { t } = useTranslation();
  const { language, appearance, timeZone } = usePreferences();
  const { data: me } = useQuery(sessionQuery);
  const found = useQuery(refusalsQuery(hours));
  const data = found.data;
  const { data: reasons } = useQuery(codesQuery("quarantine_reasons"));
  const words = useMemo(() => new Map([...(reasons ?? [])].map(([reason, { zh, en }]) => [reason, language === "zh-CN" ? zh : en])), [reasons, language]);
  const option = useMemo(() => data && refusalsOption(data, words, language, appearance), [data, words, language, appearance, timeZone]);
  return (
    <Panel
      id="trust-refusals"
      title={t("trust.refusals")}
      aside={data && <span data-testid="trust-refused">{t("trust.refused", { count: data.refused, waiting: data.waiting })}</span>}
      tools={me?.rights.includes("read_quarantine") ? <Link to="/admin/quarantine">{t("trust.toQuarantine")}</Link> : undefined}
    >
      {found.isError && data === undefined ? (
        <ErrorNotice error={found.error} retry={() => void found.refetch()} />
      ) : data === undefined ? (
        <Skeleton active title={false} paragraph={{ rows: 4 }} className="panel-skeleton" />
      ) : data.refused === 0 ? (
        <EmptyNotice title={t("trust.nothingRefused")} help={t("trust.nothingRefusedHelp")} />
      ) : (
        <div className="trust-body">
          {option && <Plot option={option} height={150} label={t("trust.refusalsLabel")} />}
          <table className="trust-table">
            <thead>
              <tr>
                <th scope="col">{t("trust.why")}</th>
                <th scope="col">{t("trust.refusedCount")}</th>
                <th scope="col">{t("trust.waiting")}</th>
                <th scope="col">{t("trust.last")}</th>
              </tr>
            </thead>
            <tbody>
              {data.reasons.map((row) => (
                <tr key={row.reason}>
                  <th scope="row">{words.get(row.reason) ?? row.reason}</th>
                  <td className="figure">{row.refused.toLocaleString(language)}</td>
                  <td className="figure">{row.waiting.toLocaleString(language)}</td>
                  <td>
                    <Time at={row.last_at} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
