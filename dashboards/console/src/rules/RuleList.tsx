/** The rules in force: what each judges, and what its findings of the last 30 days turned out to be. */
import { PlusOutlined, SearchOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Input, Skeleton } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useSearchParams } from "../app/search";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { useMedia } from "../app/useMedia";
import { SeverityMark } from "../severity/SeverityMark";
import { SEVERITIES } from "../severity/severity";
import { useSeverityFilter } from "../severity/useSeverityFilter";
import { LiveTable, type Column } from "../table/LiveTable";
import type { SortState } from "../table/TableHead";
import { keptDraft } from "./draft";
import { DraftNotice } from "./DraftNotice";
import { LinkButton } from "./parts";
import { differencesQuery, qualityQuery, ruleSetQuery, ruleSetsQuery } from "./queries";
import { filtered, ruleRows, sorted, SORTS, type RuleRow, type SortKey } from "./ruleRows";
import { useMayEdit } from "./useMayEdit";
import { Scope } from "./Scope";
import { count, said, share } from "./words";

const DAYS = 30;

export function RuleList() {
  const { t } = useTranslation();
  const live = useQuery(ruleSetQuery("live"));
  const quality = useQuery(qualityQuery(DAYS));
  const sets = useQuery(ruleSetsQuery);
  const inShadow = sets.data?.find((set) => set.role === "shadow");
  const shadow = useQuery({ ...differencesQuery("shadow", "live"), enabled: inShadow !== undefined });
  const rows = useMemo(() => {
    const differing = inShadow === undefined ? null : new Map((shadow.data ?? []).map((one) => [one.key, one.members.some((member) => member.here !== null)]));
    return ruleRows(live.data?.rules ?? [], quality.data ?? [], differing);
  }, [live.data, quality.data, inShadow, shadow.data]);
  const mayEdit = useMayEdit();
  const [discarded, setDiscarded] = useState(0); // the way to a new one is offered again
  return (
    <Panel
      id="rules"
      title={t("rules.inForce")}
      aside={
        live.data && (
          <span>
            {t("rules.inForceHelp", { rules: live.data.rules.length, set: live.data.id })} · <Link to={`/rules/sets/${live.data.id}`} className="rules-underlined">{t("rules.showSet")}</Link>
            {inShadow !== undefined && (
              <>
                {" · "}
                <Link to={`/rules/sets/${inShadow.id}`} className="rules-underlined">{t("rules.shadowIs", { set: inShadow.id })}</Link>
              </>
            )}
          </span>
        )
      }
      tools={
        <>
          <Search />
          {mayEdit && <Edit />}
        </>
      }
    >
      {live.isPending ? (
        <Skeleton active title={false} paragraph={{ rows: 10 }} className="panel-skeleton" />
      ) : live.data === undefined ? (
        <ErrorNotice error={live.error} retry={() => void live.refetch()} />
      ) : (
        <div className="rules-fill">
          {mayEdit && <DraftNotice onDiscard={() => setDiscarded(discarded + 1)} />}
          <RuleTable rows={rows} measured={quality.data !== undefined} />
        </div>
      )}
    </Panel>
  );
}

function Search() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const set = (text: string): void =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        if (text === "") after.delete("q");
        else after.set("q", text);
        return after;
      },
      { replace: true },
    );
  return <Input className="rules-search" type="search" prefix={<SearchOutlined />} value={search.get("q") ?? ""} onChange={(event) => set(event.target.value)} placeholder={t("rules.search")} aria-label={t("rules.search")} />;
}

function Edit() {
  const { t } = useTranslation();
  if (keptDraft() !== null) return null; // the notice leads to it
  return (
    <LinkButton to="/rules/edit" icon={<PlusOutlined />}>
      {t("rules.begin")}
    </LinkButton>
  );
}

function RuleTable({ rows, measured }: { rows: readonly RuleRow[]; measured: boolean }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const [search, setSearch] = useSearchParams();
  const { chosen, clear } = useSeverityFilter();
  const sort = sortOf(search.get("sort"));
  const wanted = search.get("q") ?? "";
  const severities = [...chosen].join();
  const shown = useMemo(() => {
    const picked = new Set(SEVERITIES.filter((severity) => severities.split(",").includes(severity)));
    return sorted(filtered(rows, wanted, picked), sort.key as SortKey, sort.descending);
  }, [rows, wanted, severities, sort.key, sort.descending]);
  const columns = useColumns(measured);
  const onSort = (key: string): void =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        after.set("sort", sort.key === key && !sort.descending ? `-${key}` : key);
        return after;
      },
      { replace: true },
    );
  if (shown.length === 0)
    return (
      <EmptyNotice title={t("rules.noMatch")} help={t("rules.noMatchHelp")}>
        {chosen.size > 0 && <Button onClick={clear}>{t("alarms.all")}</Button>}
      </EmptyNotice>
    );
  return (
    <LiveTable<RuleRow>
      label={t("rules.inForce")}
      columns={columns}
      rows={shown}
      rowHeight={46}
      nameOf={(row) => row.id}
      isFaint={() => false}
      selectedId={null}
      onSelect={(key) => void go(`/rules/rule/${key}`)}
      sort={sort}
      onSort={onSort}
      empty=""
    />
  );
}

function sortOf(asked: string | null): SortState {
  const key = SORTS.find((one) => one === (asked ?? "").replace(/^-/, ""));
  return { key: key ?? "rule", descending: key !== undefined && (asked ?? "").startsWith("-") };
}

function useColumns(measured: boolean): Column<RuleRow>[] {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const phone = useMedia("(max-width: 899px)");
  return useMemo(() => {
    const figure = (text: string): string => (measured ? text : "…");
    const name: Column<RuleRow> = { key: "rule", title: t("rules.rule"), render: ({ rule }) => <Name title={said(rule.title, language)} rule={rule.key} /> };
    const severity: Column<RuleRow> = { key: "severity", title: t("rules.severity"), width: 100, render: ({ rule }) => (rule.severity === null ? <span className="quiet">{t("rules.byCode")}</span> : <SeverityMark severity={rule.severity} quiet />) };
    const findings: Column<RuleRow> = { key: "findings", title: t("rules.findings"), unit: t("rules.ofDays", { days: DAYS }), width: 88, figures: true, render: (row) => figure(count(row.findings, language)) };
    const precision: Column<RuleRow> = {
      key: "precision", title: t("rules.precision"), unit: t("rules.rightOfJudged"), width: 128, figures: true, help: t("rules.precisionHelp"),
      render: (row) => <Precision row={row} measured={measured} />,
    };
    if (phone) return [name, { ...severity, width: 104 }, findings];
    return [
      name,
      severity,
      { key: "scope", title: t("rules.scope"), width: 210, render: ({ rule }) => <Scope of={rule.applies_to} /> },
      findings,
      precision,
      { key: "minutes", title: t("rules.cost"), unit: t("rules.minutes"), width: 104, figures: true, help: t("rules.costHelp"), render: (row) => figure(row.minutes.toLocaleString(language)) },
      { key: "state", title: t("rules.state"), width: 150, render: (row) => <State row={row} /> },
    ];
  }, [t, language, phone, measured]);
}

function Name({ title, rule }: { title: string; rule: string }) {
  return (
    <span className="rules-name">
      <b title={title}>{title}</b>
      <code title={rule}>{rule}</code>
    </span>
  );
}

function Precision({ row, measured }: { row: RuleRow; measured: boolean }) {
  const { language } = usePreferences();
  if (!measured) return <>…</>;
  if (row.precision === null) return <span className="quiet">–</span>;
  return (
    <span className={row.precision < 0.5 ? "rules-poor" : undefined}>
      {share(row.precision, language)} <small className="quiet">{`${row.right}/${row.judged}`}</small>
    </span>
  );
}

function State({ row }: { row: RuleRow }) {
  const { t } = useTranslation();
  if (row.shadow === "changed") return <span>{t("rules.stateChanged")}</span>;
  if (row.shadow === "gone") return <span>{t("rules.stateGone")}</span>;
  return <span className="quiet">{t("rules.stateLive")}</span>;
}
