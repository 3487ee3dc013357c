/** Alarms per ten minutes of the last hours, beside what the control centre's seats can manage by ISA-18.2. */
import { useQuery } from "@tanstack/react-query";
import { memo, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { Plot } from "../plot/Plot";
import { loadOption } from "./loadPlot";
import { loadQuery } from "./queries";

const HEIGHT = 168;

export const LoadPanel = memo(function LoadPanel() {
  const { t } = useTranslation();
  const { language, appearance, timeZone } = usePreferences();
  const load = useQuery(loadQuery);
  const series = load.data;
  const words = useMemo(() => ({ alarms: t("overview.loadAlarms"), manageable: t("overview.loadManageable"), acceptable: t("overview.loadAcceptable") }), [t]);
  const option = useMemo(() => series && loadOption(series, words, language, appearance), [series, words, language, appearance, timeZone]);
  const last = series?.alarms.at(-1) ?? 0;
  const most = series ? series.manageable * series.seats : 0;
  const above = series?.alarms.filter((count) => count > most).length ?? 0;
  return (
    <Panel
      id="overview-load"
      title={t("overview.load")}
      aside={
        series && (
          <span data-testid="overview-load-now">
            {t("overview.loadNow", { count: last, most, seats: series.seats })}
            {above > 0 && <b className="sev-ink-critical"> · {t("overview.loadAbove", { count: above })}</b>}
          </span>
        )
      }
      tools={<Link to="/shift">{t("overview.toShift")}</Link>}
    >
      {load.isError && series === undefined ? (
        <ErrorNotice error={load.error} retry={() => void load.refetch()} />
      ) : (
        <div className="overview-plot">{option && <Plot option={option} height={HEIGHT} label={t("overview.loadLabel", { last, most, above })} />}</div>
      )}
    </Panel>
  );
});
