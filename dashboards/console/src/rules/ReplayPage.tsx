/** A replay: how far it is, and what it came to: findings before and after, the difference one by one, the load of a seat, its cost. */
import { useQuery } from "@tanstack/react-query";
import { App, Button, Progress, Skeleton } from "antd";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import type { RuleReplay } from "../api/types";
import { ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { Time } from "../app/Time";
import { Plot } from "../plot/Plot";
import { refusalWords } from "../session/problemWords";
import { Facts, WorkTag } from "./parts";
import { cancelReplay, forgetRules, plotQuery, replayQuery } from "./queries";
import { ReplayFigures } from "./ReplayFigures";
import { ReplayFindings } from "./ReplayFindings";
import { ReplayLoad } from "./ReplayLoad";
import { rulesHeight, rulesOption } from "./replayPlot";
import { RuleName, useRuleTitles } from "./RuleName";
import { differing, summaryOf, type ReplaySummary } from "./replaySummary";
import { useMayEdit } from "./useMayEdit";
import { count, said } from "./words";

export function ReplayPage() {
  const { replay: id = "" } = useParams();
  const { t } = useTranslation();
  const replay = useQuery(replayQuery(Number(id)));
  const state = replay.data?.state;
  useEffect(() => {
    if (state === "done") void forgetRules(); // its set may be promoted by it now
  }, [state]);
  if (replay.isPending) return <Skeleton active className="panel-skeleton" />;
  if (replay.data === undefined) return <ErrorNotice error={replay.error} retry={() => void replay.refetch()} />;
  const summary = summaryOf(replay.data);
  return (
    <div className="rules-two rules-wide-first">
      <div className="rules-column">
        <Panel id="replay" title={t("rules.replayNumber", { replay: replay.data.id })} aside={<SetLink replay={replay.data} />} tools={<Cancel replay={replay.data} />}>
          <Standing replay={replay.data} summary={summary} />
        </Panel>
        {summary !== null && <ReplayFindings replay={replay.data.id} ruleSet={replay.data.rule_set_id} rules={summary.rules} />}
      </div>
      {summary !== null && (
        <div className="rules-column">
          <Panel id="replay-rules" title={t("rules.byRule")} aside={t("rules.byRuleHelp")}>
            <ByRule summary={summary} ruleSet={replay.data.rule_set_id} />
          </Panel>
          {summary.load !== null && (
            <Panel id="replay-load" title={t("rules.load")} aside={t("rules.loadHelp")}>
              <ReplayLoad summary={summary} />
            </Panel>
          )}
          <Panel id="replay-plot" title={t("rules.picture")}>
            <Picture replay={replay.data} />
          </Panel>
        </div>
      )}
    </div>
  );
}

function SetLink({ replay }: { replay: RuleReplay }) {
  const { t } = useTranslation();
  return (
    <span>
      <Link to={`/rules/sets/${replay.rule_set_id}`} className="rules-underlined">
        {t("rules.setNumber", { set: replay.rule_set_id })}
      </Link>
      {replay.against_id !== null && <> {t("rules.against", { set: replay.against_id })}</>}
    </span>
  );
}

function Cancel({ replay }: { replay: RuleReplay }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const mayEdit = useMayEdit();
  if (!mayEdit || (replay.state !== "queued" && replay.state !== "running")) return null;
  const cancel = async (): Promise<void> => {
    try {
      await cancelReplay(replay.id);
    } catch (error) {
      void message.error(refusalWords(error, t));
    }
    await forgetRules();
  };
  return (
    <Button danger onClick={() => void cancel()} data-testid="cancel-replay">
      {t("rules.callOff")}
    </Button>
  );
}

function Standing({ replay, summary }: { replay: RuleReplay; summary: ReplaySummary | null }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const waiting = replay.state === "queued" || replay.state === "running";
  return (
    <div className="rules-body">
      {waiting && (
        <div role="status">
          <Progress percent={Math.round(replay.progress_ratio * 100)} status="active" aria-label={t("rules.progress")} />
          <p className="quiet">
            {replay.state === "queued" && (replay.progress_ratio > 0 ? t("rules.goesOn") : t("rules.waits"))}{" "}
            {replay.progress_ratio > 0 && <>{t("rules.doneUntil")} <Time at={replay.done_until} /></>}
          </p>
        </div>
      )}
      {replay.error !== null && (
        <p className="rules-refused" role="alert">
          {said(replay.error, language)}
        </p>
      )}
      {summary !== null && <ReplayFigures replay={replay} />}
      <Facts
        of={[
          [t("rules.state"), <WorkTag key="state" state={replay.kind === "no_history" ? "none" : replay.state} />],
          [t("rules.span"), <span key="span"><Time at={replay.from_at} whole /> – <Time at={replay.to_at} whole /></span>],
          [t("rules.machines"), replay.machines === null ? t("rules.allMachines") : replay.machines.length],
          [t("rules.askedBy"), replay.started_by],
          [t("rules.begun"), <Time key="begun" at={replay.started_at} />],
          ...(summary === null
            ? []
            : ([
                [t("rules.rows"), count(replay.rows, language)],
                [t("rules.took"), t("rules.tookHelp", { read: summary.readS.toLocaleString(language), judge: summary.judgeS.toLocaleString(language), machines: count(summary.machines, language), signals: summary.signals })],
              ] as const)),
        ]}
      />
    </div>
  );
}

function ByRule({ summary, ruleSet }: { summary: ReplaySummary; ruleSet: number }) {
  const { t } = useTranslation();
  const { appearance } = usePreferences();
  const rules = useMemo(() => summary.rules.filter((one) => differing(one) > 0), [summary]);
  const titleOf = useRuleTitles(ruleSet);
  const words = useMemo(() => ({ new: t("rules.change.new"), gone: t("rules.change.gone"), moved: t("rules.change.moved"), regraded: t("rules.change.regraded") }), [t]);
  const option = useMemo(() => rulesOption(rules, titleOf, words, appearance), [rules, titleOf, words, appearance]);
  if (rules.length === 0) return <p className="quiet rules-gap">{t("rules.findsTheSame")}</p>;
  return (
    <>
      <Plot option={option} label={t("rules.byRulePlot", { count: rules.length })} height={rulesHeight(rules.length)} />
      <RuleTable rules={rules} ruleSet={ruleSet} />
    </>
  );
}

function RuleTable({ rules, ruleSet }: { rules: ReplaySummary["rules"]; ruleSet: number }) {
  const { t } = useTranslation();
  return (
    <div className="rules-scroll" role="group" aria-label={t("rules.byRule")} tabIndex={0}>
      <table className="rules-table" data-testid="replay-by-rule">
        <thead>
          <tr>
            <th scope="col">{t("rules.rule")}</th>
            <th scope="col" className="figure">{t("rules.figure.live")}</th>
            <th scope="col" className="figure">{t("rules.figure.found")}</th>
            <th scope="col" className="figure">{t("rules.change.new")}</th>
            <th scope="col" className="figure">{t("rules.change.gone")}</th>
            <th scope="col" className="figure">{t("rules.change.moved")}</th>
            <th scope="col" className="figure">{t("rules.change.regraded")}</th>
          </tr>
        </thead>
        <tbody>
          {rules.map((one) => (
            <tr key={one.key} data-rule={one.key}>
              <td>
                <RuleName rule={one.key} set={ruleSet} />
              </td>
              <td className="figure">{one.live}</td>
              <td className="figure">{one.found}</td>
              <td className="figure">{one.new}</td>
              <td className="figure">{one.gone}</td>
              <td className="figure">{one.moved}</td>
              <td className="figure">{one.regraded}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Picture({ replay }: { replay: RuleReplay }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const plot = useQuery(plotQuery(replay.id, language));
  const source = useMemo(() => (plot.data === undefined ? undefined : `data:image/svg+xml;charset=utf-8,${encodeURIComponent(plot.data)}`), [plot.data]);
  if (plot.isError) return <ErrorNotice error={plot.error} retry={() => void plot.refetch()} />;
  return source === undefined ? <Skeleton active className="panel-skeleton" /> : <img className="rules-picture" src={source} alt={t("rules.pictureAlt")} />;
}
