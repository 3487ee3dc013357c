/** How late the data came: all of it, hour by hour, by site and operator, and the machines that are late most. */
import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { FleetLateness, PartLateness } from "../api/types";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { Time } from "../app/Time";
import { Plot } from "../plot/Plot";
import { share, spanWords } from "./figures";
import { latenessOption } from "./plots";
import { latenessQuery, type SpanH } from "./queries";

const CLASSES = ["10s", "1m", "15m", "1h", "1d", "later"] as const;

export function LatenessPanel({ hours }: { hours: SpanH }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const found = useQuery(latenessQuery(hours));
  const data = found.data;
  const soon = data ? data.total.counts[0]! + data.total.counts[1]! : 0;
  return (
    <Panel
      id="trust-lateness"
      title={t("trust.lateness")}
      aside={
        data && data.total.minutes > 0 ? (
          <span data-testid="trust-soon">{t("trust.soon", { share: share(soon / data.total.minutes, language), count: data.total.machines, longest: spanWords(data.total.latest_s, language) })}</span>
        ) : undefined
      }
    >
      {found.isError && data === undefined ? (
        <ErrorNotice error={found.error} retry={() => void found.refetch()} />
      ) : data === undefined ? (
        <Skeleton active title={false} paragraph={{ rows: 6 }} className="panel-skeleton" />
      ) : data.total.minutes === 0 ? (
        <EmptyNotice title={t("trust.nothingHeard")} help={t("trust.nothingHeardHelp")} />
      ) : (
        <Lateness data={data} />
      )}
    </Panel>
  );
}

function Lateness({ data }: { data: FleetLateness }) {
  const { t } = useTranslation();
  const { language, appearance, timeZone } = usePreferences();
  const names = useMemo(() => CLASSES.map((name) => t(`trust.late.${name}`)), [t]);
  const option = useMemo(() => latenessOption(data, names, language, appearance), [data, names, language, appearance, timeZone]);
  return (
    <div className="trust-body">
      <table className="trust-table trust-classes" data-testid="trust-classes">
        <caption className="trust-caption">{t("trust.minutes")}</caption>
        <thead>
          <tr>
            {names.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            {data.total.counts.map((count, i) => (
              <td key={CLASSES[i]}>
                <b className="figure">{count.toLocaleString(language)}</b> <small className="quiet">{share(count / data.total.minutes, language)}</small>
              </td>
            ))}
          </tr>
        </tbody>
      </table>
      <Plot option={option} height={170} label={t("trust.latenessLabel")} />
      <div className="trust-parts">
        <Parts title={t("trust.bySite")} none={t("trust.noSite")} parts={data.sites} to={(part) => `/machines?site=${encodeURIComponent(part.name ?? "")}`} />
        <Parts title={t("trust.byOperator")} none={t("trust.noOperator")} parts={data.operators} to={null} />
        <Parts title={t("trust.worst")} none="" parts={data.worst} to={(part) => `/machines/${part.id}?tab=data`} empty={t("trust.noWorst")} />
      </div>
      {data.counted_from !== null && (
        <p className="trust-note">
          {t("trust.countedFrom")} <Time at={data.counted_from} />
        </p>
      )}
    </div>
  );
}

interface PartsProps {
  readonly title: string;
  readonly none: string;
  readonly parts: readonly PartLateness[];
  readonly to: ((part: PartLateness) => string) | null;
  readonly empty?: string;
}

function Parts({ title, none, parts, to, empty }: PartsProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  return (
    <div className="trust-part">
      <h3>{title}</h3>
      {parts.length === 0 ? (
        <p className="quiet">{empty ?? "–"}</p>
      ) : (
        <div className="trust-scroll" tabIndex={0} role="region" aria-label={title}>
          <table className="trust-table">
            <thead>
              <tr>
                <th scope="col">{t("trust.name")}</th>
                <th scope="col">{t("trust.withinMinute")}</th>
                <th scope="col">{t("trust.later15")}</th>
                <th scope="col">{t("trust.slowest")}</th>
              </tr>
            </thead>
            <tbody>
              {parts.map((part) => (
                <tr key={part.id ?? part.name ?? ""}>
                  <th scope="row">{part.name === null ? <span className="quiet">{none}</span> : to === null ? part.name : <Link to={to(part)}>{part.name}</Link>}</th>
                  <td className="figure">{share((part.counts[0]! + part.counts[1]!) / part.minutes, language)}</td>
                  <td className="figure">{(part.counts[3]! + part.counts[4]! + part.counts[5]!).toLocaleString(language)}</td>
                  <td className="figure">{spanWords(part.latest_s, language)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
