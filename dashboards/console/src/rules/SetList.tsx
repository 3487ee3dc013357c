/** All rule sets: who entered which when, what part each plays; and who switched them. */
import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { RuleSet } from "../api/types";
import { ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { Time } from "../app/Time";
import { stateOf, StateTag } from "./parts";
import { RollBack } from "./SetActions";
import { ruleSetsQuery, switchesQuery } from "./queries";
import { usePaged } from "./usePaged";

export function SetList() {
  const { t } = useTranslation();
  const sets = useQuery(ruleSetsQuery);
  const switches = useQuery(switchesQuery);
  const wasLive = useMemo(() => new Set((switches.data?.items ?? []).flatMap((one) => (one.role === "live" && one.rule_set_id !== null ? [one.rule_set_id] : []))), [switches.data]);
  const live = sets.data?.find((set) => set.role === "live");
  const { shown, more } = usePaged(sets.data ?? []);
  return (
    <div className="rules-two">
      <Panel id="rule-sets" title={t("rules.part.sets")} aside={t("rules.setsHelp")} tools={live !== undefined && <RollBack live={live} />}>
        {sets.isPending ? (
          <Skeleton active className="panel-skeleton" />
        ) : sets.data === undefined ? (
          <ErrorNotice error={sets.error} retry={() => void sets.refetch()} />
        ) : (
          <div className="rules-scroll" role="group" aria-label={t("rules.part.sets")} tabIndex={0}>
            <table className="rules-table">
              <thead>
                <tr>
                  <th scope="col">{t("rules.set")}</th>
                  <th scope="col">{t("rules.state")}</th>
                  <th scope="col">{t("rules.note")}</th>
                  <th scope="col">{t("rules.entered")}</th>
                  <th scope="col" className="figure" title={t("rules.recordsHelp")}>{t("rules.records")}</th>
                </tr>
              </thead>
              <tbody>
                {shown.map((set) => (
                  <Row key={set.id} set={set} wasLive={wasLive} />
                ))}
              </tbody>
            </table>
            {more}
          </div>
        )}
      </Panel>
      <Panel id="rule-switches" title={t("rules.switches")}>
        <Switches />
      </Panel>
    </div>
  );
}

function Row({ set, wasLive }: { set: RuleSet; wasLive: ReadonlySet<number> }) {
  const { t } = useTranslation();
  return (
    <tr data-set={set.id}>
      <td>
        <Link to={`/rules/sets/${set.id}`}>{t("rules.setNumber", { set: set.id })}</Link> <code className="quiet">{set.rules_version}</code>
      </td>
      <td>
        <StateTag state={stateOf(set, wasLive)} />
      </td>
      <td className="rules-wrap">{set.kind === "base" ? t("rules.shipped") : set.note || <span className="quiet">{t("rules.onBase", { set: set.base_id })}</span>}</td>
      <td>
        {set.entered_by}, <Time at={set.entered_at} />
      </td>
      <td className="figure">{set.replays}</td>
    </tr>
  );
}

function Switches() {
  const { t } = useTranslation();
  const switches = useQuery(switchesQuery);
  if (switches.isPending) return <Skeleton active className="panel-skeleton" />;
  if (switches.data === undefined) return <ErrorNotice error={switches.error} retry={() => void switches.refetch()} />;
  return (
    <ol className="rules-log" data-testid="rule-switches-list">
      {switches.data.items.map((one) => (
        <li key={one.id}>
          <Time at={one.at} /> <b>{one.rule_set_id === null ? t("rules.switched.noShadow") : t(`rules.switched.${one.action}`, { set: one.rule_set_id })}</b> <span className="quiet">{one.by}</span>
          {one.replay_id !== null && (
            <>
              {" · "}
              <Link to={`/rules/replays/${one.replay_id}`}>{t("rules.replayNumber", { replay: one.replay_id })}</Link>
            </>
          )}
        </li>
      ))}
    </ol>
  );
}
