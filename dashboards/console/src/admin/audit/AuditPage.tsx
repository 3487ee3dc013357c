/** The audit: who changed what, who read positions, who signed in; and whether the rows are sealed into the chain. */
import { CheckCircleOutlined, ClockCircleOutlined } from "@ant-design/icons";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Button, Checkbox, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CodeWord } from "../../alarms/CodeWord";
import type { AuditEntry } from "../../api/types";
import { EmptyNotice, ErrorNotice } from "../../app/Notice";
import { PageLoading } from "../../app/PageLoading";
import { Panel } from "../../app/Panel";
import { Time } from "../../app/Time";
import { Differences } from "../History";
import { InstantInput } from "../InstantInput";
import { ask, type PageOf } from "../noun";
import { useAddress } from "../useAddress";
import { ValueWords } from "../ValueWords";
import { actionWord, ACTIONS, entityWord, ENTITIES } from "./auditWords";

const PAGE = 50;
const ASKED = ["action", "entity", "by", "from", "to"] as const;

/** Every map that is open reads positions again and again: that is shown when it is asked for. */
const showsReads = (filters: Readonly<Record<string, unknown>>): boolean => filters["reads"] === "true" || filters["action"] === "read_positions";

export function AuditPage() {
  const { t } = useTranslation();
  const { filters } = useAddress();
  const query = { ...Object.fromEntries(ASKED.map((name) => [name, filters[name]])), ...(showsReads(filters) ? {} : { reads: "false" }) };
  const audit = useInfiniteQuery({
    queryKey: ["admin", "audit", query],
    queryFn: ({ pageParam, signal }) => ask<PageOf<AuditEntry>>("GET", "/audit", { query: { limit: PAGE, ...query, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: PageOf<AuditEntry>) => page.next_cursor ?? undefined,
    staleTime: 0,
  });
  const all = audit.data?.pages.flatMap((page) => page.items) ?? [];
  const sealed = all.filter((entry) => entry.is_sealed).length;
  return (
    <Panel id="admin-list" title={t("admin.section.audit")} aside={all.length > 0 && <span className="figure">{t("admin.sealed", { count: sealed, of: all.length })}</span>} tools={<Button onClick={() => void audit.refetch()}>{t("admin.refresh")}</Button>}>
      <Filters />
      {audit.isError ? (
        <ErrorNotice error={audit.error} retry={() => void audit.refetch()} />
      ) : audit.isPending ? (
        <PageLoading />
      ) : all.length === 0 ? (
        <EmptyNotice title={t("admin.noMatch")} help={t("admin.noMatchHelp")} />
      ) : (
        <div className="admin-scroll" tabIndex={0}>
          <Entries entries={all} />
          {audit.hasNextPage && (
            <div className="admin-next">
              <Button loading={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
                {t("admin.showMore")}
              </Button>
            </div>
          )}
        </div>
      )}
    </Panel>
  );
}

function Filters() {
  const { t } = useTranslation();
  const { filters, filter } = useAddress();
  const choice = (name: "action" | "entity" | "by", options: readonly { value: string; label: string }[]) => (
    <span className="admin-filter">
      <label htmlFor={`audit-${name}`}>{t(`admin.field.${name}`)}</label>
      <Select
        id={`audit-${name}`}
        aria-label={t(`admin.field.${name}`)}
        allowClear
        placeholder={t("admin.all")}
        showSearch={{ optionFilterProp: "label" }}
        popupMatchSelectWidth={false}
        value={filters[name] === undefined ? null : String(filters[name])}
        options={[...options]}
        onChange={(value: string | null | undefined) => filter(name, value ?? undefined)}
      />
    </span>
  );
  return (
    <div className="admin-filters" role="search">
      {choice("action", ACTIONS.map((value) => ({ value, label: actionWord(value, t) })))}
      {choice("entity", ENTITIES.map((value) => ({ value, label: entityWord(value, t) })))}
      {choice("by", [{ value: "own", label: t("admin.byOwn") }, { value: "others", label: t("admin.byOthers") }])}
      {(["from", "to"] as const).map((name) => (
        <span key={name} className="admin-filter">
          <label htmlFor={`audit-${name}`}>{t(name === "from" ? "admin.field.from_at" : "admin.field.to_at")}</label>
          <InstantInput id={`audit-${name}`} kind="instant" value={String(filters[name] ?? "")} onChange={(value) => filter(name, value ?? undefined)} />
        </span>
      ))}
      <Checkbox checked={showsReads(filters)} disabled={filters["action"] === "read_positions"} onChange={({ target }) => filter("reads", target.checked ? "true" : undefined)}>
        {t("admin.withReads")}
      </Checkbox>
    </div>
  );
}

function Entries({ entries }: { entries: readonly AuditEntry[] }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<string | null>(null);
  return (
    <table className="admin-table audit-table">
      <thead>
        <tr>
          <th scope="col">{t("admin.field.at")}</th>
          <th scope="col">{t("admin.field.actor")}</th>
          <th scope="col">{t("admin.field.action")}</th>
          <th scope="col">{t("admin.field.entity")}</th>
          <th scope="col" className="only-wide">{t("admin.field.machine")}</th>
          <th scope="col"><span className="unseen">{t("admin.chain")}</span></th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => [
          <tr key={entry.id} data-action={entry.action} data-entity={entry.entity} onClick={() => setOpen(open === entry.id ? null : entry.id)}>
            <td className="figure">
              <button type="button" className="row-name" aria-expanded={open === entry.id}>
                <Time at={entry.at} machine={entry.machine_id} whole />
              </button>
            </td>
            <td title={entry.actor_organisation ?? undefined}>
              {entry.actor} {entry.actor_kind !== "person" && <small className="quiet"><CodeWord list="actor_kinds" code={entry.actor_kind} /></small>}
            </td>
            <td>{actionWord(entry.action, t)}</td>
            <td>{entityWord(entry.entity, t)}</td>
            <td className="only-wide">{entry.machine_name ?? entry.pin ?? ""}</td>
            <td title={entry.is_sealed ? t("admin.isSealed") : t("admin.notSealed")}>
              {entry.is_sealed ? <CheckCircleOutlined className="yes" aria-label={t("admin.isSealed")} /> : <ClockCircleOutlined className="quiet" aria-label={t("admin.notSealed")} />}
            </td>
          </tr>,
          open === entry.id && (
            <tr key={`${entry.id}-more`} className="rows-more">
              <td colSpan={6}>
                <Differences entry={entry} />
                {Object.keys(entry.detail).length > 0 && <dl className="differences">{Object.entries(entry.detail).map(([name, value]) => <div key={name}><dt>{name}</dt><dd><ValueWords value={value} /></dd></div>)}</dl>}
              </td>
            </tr>
          ),
        ])}
      </tbody>
    </table>
  );
}
