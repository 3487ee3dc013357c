/** Tunings, the newest first, and the rules whose wrong findings cost most: where a tuning is worth it. */
import { useQuery } from "@tanstack/react-query";
import { Progress, Skeleton } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Tuning } from "../api/types";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { Time } from "../app/Time";
import { AskTuning } from "./AskTuning";
import { WorkTag } from "./parts";
import { RuleName } from "./RuleName";
import { qualityQuery, ruleSetQuery, tuningsQuery } from "./queries";
import { type RuleRow, ruleRows } from "./ruleRows";
import { useMayEdit } from "./useMayEdit";
import { said, share } from "./words";

const DAYS = 30;
const MOST = 15;

export function TuningList() {
  const { t } = useTranslation();
  return (
    <div className="rules-two">
      <Panel id="costly" title={t("rules.costly")} aside={t("rules.ofDays", { days: DAYS })}>
        <Costly />
      </Panel>
      <Panel id="tunings" title={t("rules.tunings")}>
        <Tunings />
      </Panel>
    </div>
  );
}

/** Rules with wrong findings; of the same cost (what came late called nobody and cost nothing) those with more of them first. */
function mostCostlyFirst(rows: readonly RuleRow[]): readonly RuleRow[] {
  return rows.filter((row) => row.minutes > 0 || row.judged > row.right).toSorted((a, b) => b.minutes - a.minutes || b.judged - b.right - (a.judged - a.right));
}

function Costly() {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const mayEdit = useMayEdit();
  const live = useQuery(ruleSetQuery("live"));
  const quality = useQuery(qualityQuery(DAYS));
  const rows = useMemo(() => mostCostlyFirst(ruleRows(live.data?.rules ?? [], quality.data ?? [], null)), [live.data, quality.data]);
  if (live.isPending || quality.isPending) return <Skeleton active className="panel-skeleton" />;
  if (quality.data === undefined) return <ErrorNotice error={quality.error} retry={() => void quality.refetch()} />;
  if (rows.length === 0) return <EmptyNotice title={t("rules.noCost")} help={t("rules.noCostHelp")} />;
  return (
    <div className="rules-scroll" role="group" aria-label={t("rules.costly")} tabIndex={0}>
      <table className="rules-table" data-testid="costly-rules">
        <thead>
          <tr>
            <th scope="col">{t("rules.rule")}</th>
            <th scope="col" className="figure" title={t("rules.costHelp")}>{t("rules.cost")}</th>
            <th scope="col" className="figure" title={t("rules.precisionHelp")}>{t("rules.precision")}</th>
            <th scope="col" className="figure">{t("rules.findings")}</th>
            {mayEdit && <td />}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MOST).map((row) => (
            <tr key={row.id} data-rule={row.id}>
              <td>
                <Link to={`/rules/rule/${row.id}`}>{said(row.rule.title, language)}</Link>
              </td>
              <td className="figure">{t("rules.minutesOf", { minutes: row.minutes.toLocaleString(language) })}</td>
              <td className="figure">{`${share(row.precision, language)} (${row.right}/${row.judged})`}</td>
              <td className="figure">{row.findings}</td>
              {mayEdit && (
                <td className="figure">
                  <AskTuning rule={row.id} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Tunings() {
  const { t } = useTranslation();
  const tunings = useQuery(tuningsQuery(undefined));
  if (tunings.isPending) return <Skeleton active className="panel-skeleton" />;
  if (tunings.data === undefined) return <ErrorNotice error={tunings.error} retry={() => void tunings.refetch()} />;
  if (tunings.data.length === 0) return <EmptyNotice title={t("rules.noTunings")} help={t("rules.noTuningsHelp")} />;
  return (
    <div className="rules-scroll" role="group" aria-label={t("rules.tunings")} tabIndex={0}>
      <table className="rules-table">
        <thead>
          <tr>
            <th scope="col">{t("rules.tuningOne")}</th>
            <th scope="col">{t("rules.rule")}</th>
            <th scope="col">{t("rules.state")}</th>
            <th scope="col">{t("rules.result")}</th>
            <th scope="col">{t("rules.askedBy")}</th>
          </tr>
        </thead>
        <tbody>
          {tunings.data.map((one) => (
            <Row key={one.id} tuning={one} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ tuning }: { tuning: Tuning }) {
  const { t } = useTranslation();
  const { result } = tuning;
  return (
    <tr data-tuning={tuning.id}>
      <td>
        <Link to={`/rules/tunings/${tuning.id}`}>#{tuning.id}</Link>
      </td>
      <td>
        <RuleName rule={tuning.rule} />
      </td>
      <td>{tuning.state === "running" ? <Progress percent={Math.round(tuning.progress_ratio * 100)} size="small" aria-label={t("rules.progress")} /> : <WorkTag state={tuning.state} />}</td>
      <td className="rules-wrap">{result === null ? "–" : result.reason === null ? t("rules.proposals", { count: result.proposals.length }) : t(`rules.untuned.${result.reason}`, { faults: result.least_faults, nuisances: result.least_nuisances })}</td>
      <td>
        {tuning.started_by}, <Time at={tuning.started_at} />
      </td>
    </tr>
  );
}
