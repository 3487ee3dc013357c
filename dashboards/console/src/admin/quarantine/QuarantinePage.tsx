/** What was refused: how much for which reason, the entries, one with its payload, and sending again. */
import { useQuery } from "@tanstack/react-query";
import { Button, Checkbox, Input } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { CodeWord } from "../../alarms/CodeWord";
import { queryClient } from "../../api/queries";
import type { QuarantineEntry } from "../../api/types";
import { Age } from "../../app/Age";
import { EmptyNotice, ErrorNotice } from "../../app/Notice";
import { PageLoading } from "../../app/PageLoading";
import { Panel } from "../../app/Panel";
import { Nothing } from "../Words";
import { useAddress } from "../useAddress";
import { useLater } from "../useLater";
import { useMay } from "../useMay";
import { useRows } from "../useRows";
import { EntryPanel } from "./EntryPanel";
import { grouped } from "./groups";
import { entries, isUnderWay, reasonsQuery, replaysQuery } from "./queries";
import { ReplayTool } from "./ReplayTool";
import { Replays } from "./Replays";

export function QuarantinePage() {
  const { t } = useTranslation();
  const may = useMay();
  const { id, filters, open, filter } = useAddress();
  const reason = filters["reason"] === undefined ? undefined : String(filters["reason"]);
  const terminal = filters["terminal"] === undefined ? undefined : String(filters["terminal"]);
  const replayed = filters["replayed"] === "true";
  const rows = useRows(entries, { reason, terminal, replayed: replayed || undefined });
  const reasons = useQuery(reasonsQuery);
  const all = rows.data?.pages.flatMap((page) => page.items) ?? [];
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const picked = all.filter((entry) => chosen.has(entry.id)).map((entry) => entry.id);
  const replays = may("replay_quarantine");
  useRefreshAfterReplays();
  const choose = (entry: string, on: boolean): void =>
    setChosen((before) => {
      const after = new Set(before);
      if (on) after.add(entry);
      else after.delete(entry);
      return after;
    });
  return (
    <div className={id === "" ? "admin-split" : "admin-split admin-split-open"}>
      <Panel
        id="admin-list"
        title={t("admin.section.quarantine")}
        aside={<span className="figure">{t("admin.waiting", { count: reasons.data?.reduce((sum, one) => sum + one.waiting, 0) ?? 0 })}</span>}
        tools={replays && <ReplayTool ids={picked} reason={reason} terminal={terminal} onAsked={() => setChosen(new Set())} />}
      >
        <div className="admin-filters" role="search">
          <TerminalInput value={terminal ?? ""} onChange={(value) => filter("terminal", value)} />
          <Checkbox checked={replayed} onChange={(event) => filter("replayed", event.target.checked ? "true" : undefined)}>
            {t("admin.withReplayed")}
          </Checkbox>
        </div>
        <div className="reasons" role="group" aria-label={t("admin.field.reason")}>
          {reasons.data?.map((one) => (
            <button key={one.reason} type="button" className={one.reason === reason ? "reason reason-on" : "reason"} aria-pressed={one.reason === reason} onClick={() => filter("reason", one.reason === reason ? undefined : one.reason)}>
              <b>{one.waiting}</b> <CodeWord list="quarantine_reasons" code={one.reason} />
            </button>
          ))}
        </div>
        <Replays />
        {rows.isError ? (
          <ErrorNotice error={rows.error} retry={() => void rows.refetch()} />
        ) : rows.isPending ? (
          <PageLoading />
        ) : all.length === 0 ? (
          <EmptyNotice title={t("admin.nothingWaits")} help={t("admin.nothingWaitsHelp")} />
        ) : (
          <div className="admin-scroll" tabIndex={0}>
            <Entries rows={all} open={id} onOpen={open} chosen={chosen} onChoose={choose} choosing={replays} />
            {rows.hasNextPage && (
              <div className="admin-next">
                <Button loading={rows.isFetchingNextPage} onClick={() => void rows.fetchNextPage()}>
                  {t("admin.showMore")}
                </Button>
              </div>
            )}
          </div>
        )}
      </Panel>
      {id !== "" && <EntryPanel key={id} id={id} onClose={() => open("")} />}
    </div>
  );
}

/** When the last replay under way is over, the list and the counts are others. */
function useRefreshAfterReplays(): void {
  const { data } = useQuery(replaysQuery);
  const running = data?.some(isUnderWay) ?? false;
  const before = useRef(running);
  useEffect(() => {
    if (before.current && !running) void queryClient.invalidateQueries({ queryKey: ["admin", "quarantine"] });
    before.current = running;
  }, [running]);
}

function TerminalInput({ value, onChange }: { value: string; onChange: (value: string | undefined) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(value);
  const rested = useLater(typed.trim(), 350);
  useEffect(() => {
    if (rested !== value) onChange(rested === "" ? undefined : rested);
  }, [rested]);
  return <Input.Search className="admin-search" allowClear value={typed} aria-label={t("admin.field.terminal")} placeholder={t("admin.field.terminal")} onChange={(event) => setTyped(event.target.value)} />;
}

interface EntriesProps {
  readonly rows: readonly QuarantineEntry[];
  readonly open: string;
  readonly onOpen: (id: string) => void;
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (id: string, on: boolean) => void;
  readonly choosing: boolean;
}

function Entries({ rows, open, onOpen, chosen, onChoose, choosing }: EntriesProps) {
  const { t } = useTranslation();
  return (
    <table className="admin-table">
      <thead>
        <tr>
          {choosing && (
            <th className="cell-choose">
              <span className="unseen">{t("admin.choose")}</span>
            </th>
          )}
          <th scope="col">{t("admin.field.terminal")}</th>
          <th scope="col">{t("admin.field.reason")}</th>
          <th scope="col" className="only-wide">{t("admin.wrongExactly")}</th>
          <th scope="col" className="figure">{t("admin.field.received_at")}</th>
        </tr>
      </thead>
      <tbody>
        {grouped(rows).map((group) => (
          <Group key={group[0].id} group={group} open={open} onOpen={onOpen} chosen={chosen} onChoose={onChoose} choosing={choosing} />
        ))}
      </tbody>
    </table>
  );
}

type GroupProps = Omit<EntriesProps, "rows"> & { readonly group: readonly [QuarantineEntry, ...QuarantineEntry[]] };

/** Entries that say the same: the newest stands for all of them until they are asked for one by one. */
function Group({ group, open, onOpen, chosen, onChoose, choosing }: GroupProps) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(false);
  const isOpen = asked || group.slice(1).some(({ id }) => id === open);
  const [first] = group;
  return (isOpen ? group : [first]).map((entry) => {
    const stood = isOpen ? [entry] : group; // what the row stands for
    const ticked = stood.filter(({ id }) => chosen.has(id)).length;
    return (
      <tr key={entry.id} className={entry.id === open ? "row-open" : ""} data-id={entry.id} onClick={() => onOpen(entry.id)}>
        {choosing && (
          <td className="cell-choose" onClick={(event) => event.stopPropagation()}>
            <Checkbox
              checked={ticked === stood.length}
              indeterminate={ticked > 0 && ticked < stood.length}
              aria-label={t("admin.chooseEntry", { terminal: entry.terminal ?? "–" })}
              onChange={(event) => stood.forEach(({ id }) => onChoose(id, event.target.checked))}
            />
          </td>
        )}
        <td>
          <button
            type="button"
            className="row-name"
            aria-current={entry.id === open}
            onClick={(event) => {
              event.stopPropagation();
              onOpen(entry.id);
            }}
          >
            {entry.terminal ?? <Nothing />}
          </button>
          {entry === first && group.length > 1 && (
            <button
              type="button"
              className="group-more"
              aria-expanded={isOpen}
              aria-label={t("admin.sameEntries", { count: group.length })}
              onClick={(event) => {
                event.stopPropagation();
                setAsked(!isOpen);
              }}
            >
              ×{group.length}
            </button>
          )}
        </td>
        <td>
          <CodeWord list="quarantine_reasons" code={entry.reason} />
          {entry.replayed_at !== null && <small className="quiet"> {t("admin.sentAgain")}</small>}
        </td>
        <td className="only-wide" lang="en" title={entry.detail}>{entry.detail}</td>
        <td className="figure">
          <Age at={entry.received_at} />
          {stood.length > 1 && <> – <Age at={group[group.length - 1]?.received_at ?? null} /></>}
        </td>
      </tr>
    );
  });
}
