/** When the platform itself could not hear, and what the ledger lacks. */
import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { PlatformTime } from "../api/types";
import { ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { Time } from "../app/Time";
import { share, spanWords } from "./figures";
import { platformTimeQuery, type SpanH } from "./queries";

export function PlatformPanel({ hours }: { hours: SpanH }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const found = useQuery(platformTimeQuery(hours));
  const data = found.data;
  return (
    <Panel
      id="trust-platform"
      title={t("trust.platform")}
      aside={data && data.available_share !== null && <span data-testid="trust-available">{t("trust.available", { share: share(data.available_share, language), time: spanWords(data.down_s, language) })}</span>}
    >
      {found.isError && data === undefined ? (
        <ErrorNotice error={found.error} retry={() => void found.refetch()} />
      ) : data === undefined ? (
        <Skeleton active title={false} paragraph={{ rows: 4 }} className="panel-skeleton" />
      ) : (
        <div className="trust-body">
          <p className={data.is_down ? "trust-state sev-ink-critical" : "trust-state"}>
            {data.healthy_until === null ? t("trust.neverHeard") : data.is_down ? t("trust.downSince") : t("trust.hearsUntil")} {data.healthy_until !== null && <Time at={data.healthy_until} />}
            {data.starts > 0 && ` · ${t("trust.starts", { count: data.starts })}`}
            {data.behind_s >= 1 && ` · ${t("trust.behind", { time: spanWords(data.behind_s, language) })}`}
          </p>
          <Downs data={data} />
          <Holes data={data} />
        </div>
      )}
    </Panel>
  );
}

function Downs({ data }: { data: PlatformTime }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  if (data.downs.length === 0) return <p className="quiet">{t("trust.noDowns")}</p>;
  return (
    <div className="trust-scroll" tabIndex={0} role="region" aria-label={t("trust.downs")}>
      <table className="trust-table" data-testid="trust-downs">
        <thead>
          <tr>
            <th scope="col">{t("trust.downFrom")}</th>
            <th scope="col">{t("trust.downTo")}</th>
            <th scope="col">{t("trust.downFor")}</th>
          </tr>
        </thead>
        <tbody>
          {data.downs.map((down) => (
            <tr key={down.from_at}>
              <td>
                <Time at={down.from_at} />
              </td>
              <td>{down.to_at === null ? <b className="sev-ink-critical">{t("trust.lasts")}</b> : <Time at={down.to_at} />}</td>
              <td className="figure">{spanWords(down.seconds, language)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Holes({ data: { holes } }: { data: PlatformTime }) {
  const { t } = useTranslation();
  return (
    <div>
      <h3>{t("trust.holes")}</h3>
      <p className="quiet" data-testid="trust-holes">
        {holes.power_cycles === 0 ? t("trust.noHoles") : t("trust.holesWords", { count: holes.messages, cycles: holes.power_cycles, ours: holes.over_downs, oursMessages: holes.over_downs_messages })}
      </p>
      {holes.machines.length > 0 && (
        <div className="trust-scroll" tabIndex={0} role="region" aria-label={t("trust.holes")}>
          <table className="trust-table">
            <thead>
              <tr>
                <th scope="col">{t("trust.name")}</th>
                <th scope="col">{t("trust.missingMessages")}</th>
                <th scope="col">{t("trust.cycles")}</th>
                <th scope="col">{t("trust.overDowns")}</th>
              </tr>
            </thead>
            <tbody>
              {holes.machines.map((row) => (
                <tr key={row.machine_id}>
                  <th scope="row">
                    <Link to={`/machines/${row.machine_id}?tab=data`}>{row.machine_name}</Link>
                  </th>
                  <td className="figure">{row.messages}</td>
                  <td className="figure">{row.power_cycles}</td>
                  <td className="figure">{row.over_downs}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
