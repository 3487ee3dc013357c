/** What a set found in shadow, rule by rule beside the live one, and one by one. */
import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { ShadowFindingPage } from "../api/types";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { usePreferences } from "../app/preferences";
import { Time } from "../app/Time";
import { SeverityMark } from "../severity/SeverityMark";
import { shadowQuery } from "./queries";
import { RuleName } from "./RuleName";
import { useText } from "./useChoice";
import { count } from "./words";

export function ShadowFindings({ ruleSet }: { ruleSet: string }) {
  const { t } = useTranslation();
  const [rule, setRule] = useText("rule");
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const page = useQuery(shadowQuery(ruleSet, rule, cursors.at(-1)));
  if (page.isPending) return <Skeleton active className="panel-skeleton" />;
  if (page.data === undefined) return <ErrorNotice error={page.error} retry={() => void page.refetch()} />;
  if (page.data.in_shadow.length === 0) return <EmptyNotice title={t("rules.neverShadow")} help={t("rules.neverShadowHelp")} />;
  const choose = (key: string): void => {
    setCursors([]);
    setRule(rule === key ? "" : key);
  };
  const next = page.data.next_cursor;
  return (
    <div className="rules-body">
      <p className="quiet">
        {t("rules.inShadowSince")}{" "}
        {page.data.in_shadow.map((span) => (
          <span key={span.at}>
            <Time at={span.at} /> – {span.until === null ? t("rules.stillIs") : <Time at={span.until} />};{" "}
          </span>
        ))}
      </p>
      <ByRule counts={page.data.by_rule} chosen={rule} onChoose={choose} />
      {page.data.items.length === 0 ? <p className="quiet">{t("rules.nothingFound")}</p> : <Found items={page.data.items} />}
      <p className="rules-more">
        {cursors.length > 0 && <Button onClick={() => setCursors(cursors.slice(0, -1))}>{t("rules.pageBack")}</Button>}
        {next !== null && <Button onClick={() => setCursors([...cursors, next])}>{t("rules.pageOn")}</Button>}
      </p>
    </div>
  );
}

function ByRule({ counts, chosen, onChoose }: { counts: ShadowFindingPage["by_rule"]; chosen: string; onChoose: (key: string) => void }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  if (counts.length === 0) return null;
  return (
    <table className="rules-table" data-testid="shadow-by-rule">
      <thead>
        <tr>
          <th scope="col">{t("rules.rule")}</th>
          <th scope="col" className="figure">{t("rules.inShadow")}</th>
          <th scope="col" className="figure">{t("rules.figure.live")}</th>
        </tr>
      </thead>
      <tbody>
        {counts.map((one) => (
          <tr key={one.source_key} className={one.source_key === chosen ? "rules-chosen" : undefined}>
            <td>
              <button type="button" className="rules-link" aria-pressed={one.source_key === chosen} onClick={() => onChoose(one.source_key)}>
                <RuleName rule={one.source_key} />
              </button>
            </td>
            <td className="figure">{count(one.shadow, language)}</td>
            <td className="figure">{count(one.live, language)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Found({ items }: { items: ShadowFindingPage["items"] }) {
  const { t } = useTranslation();
  return (
    <div className="rules-scroll" role="group" aria-label={t("rules.findings")} tabIndex={0}>
      <table className="rules-table">
        <thead>
          <tr>
            <th scope="col">{t("rules.machine")}</th>
            <th scope="col">{t("rules.rule")}</th>
            <th scope="col">{t("rules.severity")}</th>
            <th scope="col">{t("rules.from")}</th>
            <th scope="col">{t("rules.to")}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((one) => (
            <tr key={`${one.machine.id} ${one.source_key} ${one.from_at}`}>
              <td>
                <Link to={`/machines/${one.machine.id}`}>{one.machine.name || one.machine.pin}</Link>
              </td>
              <td>
                <RuleName rule={one.source_key} />
              </td>
              <td>
                <SeverityMark severity={one.severity} quiet />
              </td>
              <td>
                <Time at={one.from_at} machine={one.machine.id} />
              </td>
              <td>
                <Time at={one.to_at} machine={one.machine.id} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
