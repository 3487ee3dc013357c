/** The minutes in which no machine at all was heard, and those of them in which the platform could not hear. */
import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { Time } from "../app/Time";
import { latenessQuery, type SpanH } from "./queries";

export function SilentMinutes({ hours }: { hours: SpanH }) {
  const { t } = useTranslation();
  const found = useQuery(latenessQuery(hours));
  const data = found.data;
  const newestFirst = data?.silent.toReversed() ?? [];
  return (
    <Panel id="trust-silent" title={t("trust.silent")} aside={
        data && (
          <>
            <span data-testid="trust-silent-minutes">{t("trust.silentMinutes", { count: data.silent_minutes })}</span> <span className="quiet">{t("trust.since")}</span> <Time at={data.from_at} />
          </>
        )
      }>
      {found.isError && data === undefined ? (
        <ErrorNotice error={found.error} retry={() => void found.refetch()} />
      ) : data === undefined ? (
        <Skeleton active title={false} paragraph={{ rows: 4 }} className="panel-skeleton" />
      ) : newestFirst.length === 0 ? (
        <EmptyNotice title={t("trust.noSilent")} help={t("trust.noSilentHelp")} />
      ) : (
        <div className="trust-body">
          <p className="quiet">{t("trust.silentHelp")}</p>
          <div className="trust-scroll" tabIndex={0} role="region" aria-label={t("trust.silentList")}>
            <table className="trust-table">
              <thead>
                <tr>
                  <th scope="col">{t("trust.downFrom")}</th>
                  <th scope="col">{t("trust.downTo")}</th>
                  <th scope="col">{t("trust.minutesShort")}</th>
                  <th scope="col">{t("trust.ours")}</th>
                </tr>
              </thead>
              <tbody>
                {newestFirst.map((row) => (
                  <tr key={row.from_at}>
                    <td>
                      <Time at={row.from_at} />
                    </td>
                    <td>
                      <Time at={row.to_at} />
                    </td>
                    <td className="figure">{row.minutes}</td>
                    <td className="figure">{row.platform_down_minutes > 0 ? <b>{row.platform_down_minutes}</b> : <span className="quiet">–</span>}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </div>
      )}
    </Panel>
  );
}
