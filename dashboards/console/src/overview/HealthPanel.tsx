/** Whether what the page shows can be trusted: how late data comes, what was refused, whether the platform hears. */
import { useQuery } from "@tanstack/react-query";
import { memo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Panel } from "../app/Panel";
import { Time } from "../app/Time";
import { usePreferences } from "../app/preferences";
import { share, spanWords } from "../trust/figures";
import { lateNowQuery, platformQuery, refusedNowQuery } from "./queries";

type Standing = "good" | "watch" | "bad" | "unknown";
const LATE_SHARE = 0.05;

export const HealthPanel = memo(function HealthPanel() {
  const { t } = useTranslation();
  return (
    <Panel id="overview-health" title={t("overview.health")} tools={<Link to="/trust">{t("overview.toTrust")}</Link>}>
      <dl className="overview-health">
        <Late />
        <Refused />
        <Platform />
      </dl>
    </Panel>
  );
});

function Fact({ name, standing, children }: { name: string; standing: Standing; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className="health-fact" data-standing={standing}>
      <dt>{name}</dt>
      <dd>
        <span className={`health-sign health-${standing}`}>
          <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
            {standing === "good" ? <circle cx="5" cy="5" r="4.5" /> : standing === "unknown" ? <circle cx="5" cy="5" r="3.8" className="health-hollow" /> : <path d="M5 .4 9.8 9.6H.2z" />}
          </svg>
          {t(`overview.standing.${standing}`)}
        </span>
        <span className="health-words">{children}</span>
      </dd>
    </div>
  );
}

function Late() {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { data } = useQuery(lateNowQuery);
  const total = data?.total;
  const soon = total ? total.counts[0]! + total.counts[1]! : 0;
  const late = total && total.minutes > 0 ? 1 - soon / total.minutes : null;
  return (
    <Fact name={t("overview.late")} standing={late === null ? "unknown" : late > LATE_SHARE ? "watch" : "good"}>
      {total === undefined ? "–" : late === null ? t("overview.lateNothing") : t("overview.lateWords", { share: share(1 - late, language), longest: spanWords(total.latest_s, language) })}
    </Fact>
  );
}

function Refused() {
  const { t } = useTranslation();
  const { data } = useQuery(refusedNowQuery);
  return (
    <Fact name={t("overview.refused")} standing={data === undefined ? "unknown" : data.waiting > 0 ? "watch" : "good"}>
      <span data-testid="health-refused">{data === undefined ? "–" : t("overview.refusedWords", { count: data.refused, waiting: data.waiting })}</span>
    </Fact>
  );
}

function Platform() {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { data } = useQuery(platformQuery);
  const standing = data === undefined || data.recorded_from === null ? "unknown" : data.is_down ? "bad" : data.downs.length > 0 ? "watch" : "good";
  return (
    <Fact name={t("overview.platform")} standing={standing}>
      {data === undefined ? (
        "–"
      ) : data.is_down ? (
        <>
          {t("overview.platformDown")} <Time at={data.healthy_until} />
        </>
      ) : data.downs.length > 0 ? (
        t("overview.platformWas", { count: data.downs.length, time: spanWords(data.down_s, language) })
      ) : (
        t("overview.platformHears")
      )}
    </Fact>
  );
}
