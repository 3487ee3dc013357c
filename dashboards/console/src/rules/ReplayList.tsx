/** Replays of rule sets over the stored history, the newest first. */
import { useQuery } from "@tanstack/react-query";
import { Progress, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { RuleReplay } from "../api/types";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { Time } from "../app/Time";
import { WorkTag } from "./parts";
import { replaysQuery } from "./queries";
import { summaryOf } from "./replaySummary";
import { count } from "./words";

export function ReplayList() {
  const { t } = useTranslation();
  return (
    <Panel id="replays" title={t("rules.part.replays")} aside={t("rules.replaysHelp")}>
      <ReplayTable />
    </Panel>
  );
}

/** Of one set where it is named. */
export function ReplayTable({ ruleSet }: { ruleSet?: number }) {
  const { t } = useTranslation();
  const replays = useQuery(replaysQuery(ruleSet));
  if (replays.isPending) return <Skeleton active className="panel-skeleton" />;
  if (replays.data === undefined) return <ErrorNotice error={replays.error} retry={() => void replays.refetch()} />;
  if (replays.data.length === 0) return <EmptyNotice title={t("rules.noReplays")} help={t("rules.noReplaysHelp")} />;
  const all = ruleSet === undefined;
  return (
    <div className="rules-scroll" role="group" aria-label={t("rules.part.replays")} tabIndex={0}>
      <table className="rules-table">
        <thead>
          <tr>
            <th scope="col">{t("rules.replayOne")}</th>
            {all && <th scope="col">{t("rules.set")}</th>}
            <th scope="col">{t("rules.state")}</th>
            <th scope="col">{t("rules.span")}</th>
            <th scope="col" className="figure">{t("rules.change.new")}</th>
            <th scope="col" className="figure">{t("rules.change.gone")}</th>
            <th scope="col" className="figure">{t("rules.change.moved")}</th>
            <th scope="col" className="figure">{t("rules.change.regraded")}</th>
            {all && <th scope="col">{t("rules.askedBy")}</th>}
          </tr>
        </thead>
        <tbody>
          {replays.data.map((replay) => (
            <Row key={replay.id} replay={replay} all={all} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ replay, all }: { replay: RuleReplay; all: boolean }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const totals = summaryOf(replay)?.totals;
  const figure = (value: number | undefined): string => (value === undefined ? "–" : count(value, language));
  return (
    <tr data-replay={replay.id}>
      <td>
        <Link to={`/rules/replays/${replay.id}`}>#{replay.id}</Link>
      </td>
      {all && (
        <td>
          <Link to={`/rules/sets/${replay.rule_set_id}`}>{t("rules.setNumber", { set: replay.rule_set_id })}</Link>
        </td>
      )}
      <td>{replay.state === "running" ? <Progress percent={Math.round(replay.progress_ratio * 100)} size="small" aria-label={t("rules.progress")} /> : <WorkTag state={replay.kind === "no_history" ? "none" : replay.state} />}</td>
      <td>
        {replay.from_at === null ? (
          "–"
        ) : (
          <>
            <Time at={replay.from_at} /> – <Time at={replay.to_at} />
          </>
        )}
      </td>
      <td className="figure">{figure(totals?.new)}</td>
      <td className="figure">{figure(totals?.gone)}</td>
      <td className="figure">{figure(totals?.moved)}</td>
      <td className="figure">{figure(totals?.regraded)}</td>
      {all && (
        <td>
          {replay.started_by}, <Time at={replay.started_at} />
        </td>
      )}
    </tr>
  );
}
