/** One rule: what it says and to whom, how each version of it did, and its tests as the engine judges them. */
import { EditOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useSearchParams } from "../app/search";
import type { WholeRule } from "../api/types";
import { ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { SeverityMark } from "../severity/SeverityMark";
import { AskTuning } from "./AskTuning";
import { Facts, LinkButton } from "./parts";
import { qualityQuery, ruleQuery } from "./queries";
import { RuleTests } from "./RuleTests";
import { useMayEdit } from "./useMayEdit";
import { Modes, Scope } from "./Scope";
import { count, duration, ruleUnit, said, share } from "./words";

const DAYS = 30;

export function RulePage() {
  const { rule: key = "" } = useParams();
  const [search] = useSearchParams();
  const set = search.get("set") ?? "live";
  const rule = useQuery(ruleQuery(set, key));
  const { t } = useTranslation();
  const { language } = usePreferences();
  if (rule.isPending) return <Skeleton active className="panel-skeleton" />;
  if (rule.data === undefined) return <ErrorNotice error={rule.error} retry={() => void rule.refetch()} />;
  return (
    <div className="rules-two">
      <div className="rules-column">
        <Panel id="rule" title={said(rule.data.title, language)} aside={<code>{key}</code>} tools={<Tools rule={rule.data} />}>
          <RuleText rule={rule.data} />
        </Panel>
        <Quality rule={key} />
      </div>
      <Panel id="rule-tests" title={t("rules.tests")}>
        <RuleTests tests={rule.data.tests} limits={rule.data.plain_limits} />
      </Panel>
    </div>
  );
}

function Tools({ rule }: { rule: WholeRule }) {
  const { t } = useTranslation();
  const mayEdit = useMayEdit();
  if (!mayEdit || rule.when === "") return null;
  return (
    <>
      <AskTuning rule={rule.key} />
      <LinkButton to={`/rules/edit?rule=${rule.key}`} type="primary" icon={<EditOutlined />} data-testid="edit-rule">
        {t("rules.changeRule")}
      </LinkButton>
    </>
  );
}

function RuleText({ rule }: { rule: WholeRule }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const words = (named: WholeRule["causes"]): string => named.map((one) => said(one.text, language)).join(language === "zh-CN" ? "；" : "; ");
  const none = "–";
  return (
    <div className="rules-body">
      {rule.when !== "" && (
        <dl className="rules-condition">
          <dt>{t("rules.when")}</dt>
          <dd>
            <code data-testid="rule-when">{rule.when}</code>
          </dd>
          <dt>{t("rules.clear")}</dt>
          <dd>{rule.clear === "" ? <span className="quiet">{t("rules.clearNot")}</span> : <code>{rule.clear}</code>}</dd>
        </dl>
      )}
      <Facts
        of={[
          [t("rules.severity"), rule.severity === null ? t("rules.byCode") : <SeverityMark severity={rule.severity} quiet />],
          [t("rules.for"), rule.for_s === 0 ? t("rules.atOnce") : duration(rule.for_s)],
          [t("rules.limits"), Object.entries(rule.limits).map(([name, value]) => `${name} = ${ruleUnit(value)}`).join(", ") || none],
          [t("rules.scope"), <Scope key="scope" of={rule.applies_to} />],
          [t("rules.restsIn"), rule.suppressed_in.length === 0 ? none : <Modes key="modes" of={rule.suppressed_in} />],
          [t("rules.inhibits"), rule.inhibits.length === 0 ? none : rule.inhibits.join(", ")],
          [t("rules.latched"), rule.latched ? t("rules.yes") : t("rules.no")],
        ]}
      />
      <Facts
        of={[
          [t("rules.owner"), said(rule.owner, language)],
          [t("rules.expert"), said(rule.expert, language)],
          [t("rules.causes"), words(rule.causes) || none],
          [t("rules.checks"), words(rule.checks) || none],
          [t("rules.sources"), rule.sources.join("; ") || none],
        ]}
      />
    </div>
  );
}

function Quality({ rule }: { rule: string }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const quality = useQuery(qualityQuery(DAYS, rule));
  const rows = quality.data ?? [];
  return (
    <Panel id="rule-quality" title={t("rules.quality")} aside={t("rules.ofDays", { days: DAYS })}>
      {quality.isError ? (
        <ErrorNotice error={quality.error} retry={() => void quality.refetch()} />
      ) : rows.length === 0 ? (
        <p className="quiet rules-gap">{quality.isPending ? "…" : t("rules.noFindings")}</p>
      ) : (
        <div className="rules-scroll" role="group" aria-label={t("rules.quality")} tabIndex={0}>
          <table className="rules-table">
            <thead>
              <tr>
                <th scope="col">{t("rules.version")}</th>
                <th scope="col" className="figure">{t("rules.findings")}</th>
                <th scope="col" className="figure">{t("rules.verdicts")}</th>
                <th scope="col" className="figure" title={t("rules.precisionHelp")}>{t("rules.precision")}</th>
                <th scope="col" className="figure" title={t("rules.costHelp")}>{t("rules.cost")}</th>
                <th scope="col" className="figure" title={t("rules.leadHelp")}>{t("rules.lead")}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((one) => (
                <tr key={one.version}>
                  <td>
                    <code>{one.version}</code>
                  </td>
                  <td className="figure">{count(one.findings, language)}</td>
                  <td className="figure">{t("rules.verdictCounts", { right: one.verdicts.true_fault, wrong: one.verdicts.nuisance + one.verdicts.sensor + one.verdicts.not_found })}</td>
                  <td className="figure">
                    {share(one.precision, language)} <small className="quiet">{one.precision === null ? "" : `${share(one.precision_low, language)}–${share(one.precision_high, language)}`}</small>
                  </td>
                  <td className="figure">{t("rules.minutesOf", { minutes: one.false_alarm_minutes.toLocaleString(language) })}</td>
                  <td className="figure">{one.lead_h_median === null ? "–" : `${one.lead_h_median.toLocaleString(language)} h`}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
