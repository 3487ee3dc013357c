/** What a replayed set finds otherwise than the live one, one by one. */
import { useQuery } from "@tanstack/react-query";
import { Button, Segmented, Select, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { ReplayFindingPage } from "../api/types";
import { ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { Time } from "../app/Time";
import { SeverityMark } from "../severity/SeverityMark";
import { replayFindingsQuery } from "./queries";
import { differing as differences, type RuleCounts } from "./replaySummary";
import { useChoice, useText } from "./useChoice";
import { RuleName, useRuleTitles } from "./RuleName";
import { type Change, CHANGES } from "./words";

const CHOICES = ["all", ...CHANGES] as const;
type Finding = ReplayFindingPage["items"][number];

export function ReplayFindings({ replay, ruleSet, rules }: { replay: number; ruleSet: number; rules: readonly RuleCounts[] }) {
  const { t } = useTranslation();
  const [change, setChange] = useChoice("change", CHOICES);
  const [rule, setRule] = useText("rule");
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const page = useQuery(replayFindingsQuery(replay, change === "all" ? undefined : change, rule, cursors.at(-1)));
  const differing = rules.filter((one) => differences(one) > 0 && one.key !== "dtc");
  const sum = (name: Change): number => rules.reduce((total, one) => total + (rule === "" || one.key === rule ? one[name] : 0), 0);
  const titleOf = useRuleTitles(ruleSet);
  const next = page.data?.next_cursor;
  return (
    <Panel
      id="replay-findings"
      title={t("rules.oneByOne")}
      tools={
        <>
          <Segmented
            size="small"
            aria-label={t("rules.which")}
            value={change}
            onChange={(value) => {
              setCursors([]);
              setChange(value);
            }}
            options={CHOICES.map((value) => ({ value, label: value === "all" ? t("rules.change.all") : `${t(`rules.change.${value}`)} ${sum(value)}` }))}
          />
          <Select
            size="small"
            className="rules-pick"
            aria-label={t("rules.rule")}
            value={rule}
            onChange={(value) => {
              setCursors([]);
              setRule(value);
            }}
            options={[{ value: "", label: t("rules.everyRule") }, ...differing.map((one) => ({ value: one.key, label: titleOf(one.key) }))]}
          />
        </>
      }
    >
      {page.isPending ? (
        <Skeleton active className="panel-skeleton" />
      ) : page.data === undefined ? (
        <ErrorNotice error={page.error} retry={() => void page.refetch()} />
      ) : page.data.items.length === 0 ? (
        <p className="quiet rules-gap">{t("rules.nothingOtherwise")}</p>
      ) : (
        <Found items={page.data.items} ruleSet={ruleSet} />
      )}
      {(cursors.length > 0 || next != null) && (
        <p className="rules-more">
          {cursors.length > 0 && <Button onClick={() => setCursors(cursors.slice(0, -1))}>{t("rules.pageBack")}</Button>}
          {next != null && <Button onClick={() => setCursors([...cursors, next])}>{t("rules.pageOn")}</Button>}
        </p>
      )}
    </Panel>
  );
}

function Found({ items, ruleSet }: { items: readonly Finding[]; ruleSet: number }) {
  const { t } = useTranslation();
  return (
    <div className="rules-scroll" role="group" aria-label={t("rules.oneByOne")} tabIndex={0}>
      <table className="rules-table" data-testid="replay-one-by-one">
        <thead>
          <tr>
            <th scope="col">{t("rules.difference")}</th>
            <th scope="col">{t("rules.machine")}</th>
            <th scope="col">{t("rules.rule")}</th>
            <th scope="col">{t("rules.figure.live")}</th>
            <th scope="col">{t("rules.figure.found")}</th>
            <th scope="col">{t("rules.verdict")}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((one) => (
            <tr key={one.id} data-change={one.change}>
              <td>{t(`rules.change.${one.change}`)}</td>
              <td>
                <Link to={chartOf(one)}>{one.machine.name || one.machine.pin}</Link>
              </td>
              <td>
                {one.source_kind === "rule" ? <RuleName rule={one.source_key} set={ruleSet} /> : <code>{one.source_key}</code>}
                <div>
                  {one.live_severity != null && one.live_severity !== one.severity && (
                    <>
                      <SeverityMark severity={one.live_severity} quiet /> →{" "}
                    </>
                  )}
                  <SeverityMark severity={one.severity} quiet />
                </div>
              </td>
              <td>
                <Episode of={one.live} machine={one.machine.id} />
              </td>
              <td>
                <Episode of={one.found} machine={one.machine.id} />
              </td>
              <td>{one.verdict === null ? <span className="quiet">–</span> : t(`rules.verdictWord.${one.verdict}`)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const AROUND_MS = 15 * 60_000;

/** The machine's chart around the finding. */
function chartOf(one: Finding): string {
  const episode = one.found ?? one.live;
  if (episode === null) return `/machines/${one.machine.id}`;
  const from = Date.parse(episode.from_at) - AROUND_MS;
  const to = Date.parse(episode.to_at ?? episode.held_at) + AROUND_MS;
  return `/machines/${one.machine.id}?tab=chart&from=${from}&to=${to}`;
}

function Episode({ of, machine }: { of: Finding["found"]; machine: string }) {
  const { t } = useTranslation();
  if (of === null) return <span className="quiet">–</span>;
  return (
    <span>
      <Time at={of.from_at} machine={machine} /> – {of.to_at === null ? t("rules.openEnd") : <Time at={of.to_at} machine={machine} />}
      <small>
        {t("rules.heldAt")} <Time at={of.held_at} machine={machine} />
      </small>
    </span>
  );
}
