/** Any signals of the machine over any span, with the same machine last week beside them and what people noted. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Button, Skeleton, Switch } from "antd";
import { useCallback, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "../app/search";
import { readings, sessionQuery, signalsQuery } from "../api/queries";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { useNow } from "../app/useNow";
import "../chart/chart.css";
import { MachineChart } from "../chart/MachineChart";
import { SignalChoice, SpanTools } from "../chart/MachinePanel";
import { fromAnswer } from "../chart/series";
import { spanOf, stretchOf, withSpan, type ChartSpan } from "../chart/span";
import { useReadings } from "../chart/useReadings";
import { asBands, weekBefore } from "./lastWeek";
import type { TabProps } from "./MachinePage";
import { withPart } from "./machinesFilter";
import { NoteForm, type NoteTime } from "./NoteForm";
import { NotesLane } from "./NotesLane";
import { NotesList } from "./NotesList";
import { machineAlarmsQuery, notesQuery } from "./queries";

const USUAL = ["engine_coolant_temp_degc", "hydraulic_oil_temp_degc", "engine_oil_pressure_kpa", "engine_speed_rpm"];
const TAIL_MS = 2_000;
const LAST_WEEKS_POINTS = 200; // each some pixels wide, so that its dashes are seen
/** What is asked beside a span that follows is asked anew so often. */
const BESIDE_MS = 60_000;

export function ChartTab({ machine }: TabProps) {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const span = useMemo(() => spanOf(search), [search]);
  const now = useNow();
  const stretch = stretchOf(span, now);
  const held = stretchOf(span, Math.ceil(now / BESIDE_MS) * BESIDE_MS); // stands still for a minute
  const keys = search.get("signals")?.split(",").filter(Boolean) ?? USUAL;
  const withLastWeek = search.get("lastWeek") === "1";
  const [draft, setDraft] = useState<NoteTime | null>(null);
  const id = useId();

  const tick = machine.online === true ? new Date(Math.floor(now / TAIL_MS) * TAIL_MS).toISOString() : machine.measured_at;
  const answer = useReadings(machine.id, keys, span, tick);
  const { data: catalogue = new Map() } = useQuery(signalsQuery);
  const { data: me } = useQuery(sessionQuery);
  const alarms = useQuery({ ...machineAlarmsQuery(machine.id, held), placeholderData: keepPreviousData }).data ?? [];
  const notes = useQuery({ ...notesQuery(machine.id, held), placeholderData: keepPreviousData });
  const before = weekBefore(held);
  const lastWeek = useQuery({
    queryKey: ["machine", machine.id, "last-week", keys.join(), before.from, before.to],
    enabled: withLastWeek && keys.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 300_000,
    queryFn: async ({ signal }) => fromAnswer(await readings(machine.id, keys, before, LAST_WEEKS_POINTS, signal)),
  });
  const bands = useMemo(() => (withLastWeek && lastWeek.data ? asBands(lastWeek.data, keys) : []), [withLastWeek, lastWeek.data, keys.join()]); // eslint-disable-line -- keys by value

  const setSpan = useCallback((next: ChartSpan) => setSearch((was) => withSpan(was, next), { replace: true }), [setSearch]);
  const setKeys = useCallback(
    (next: readonly string[]) => setSearch((was) => withPart(was, "signals", next.length === 0 ? "," : next.join(",")), { replace: true }),
    [setSearch],
  );
  const mayWrite = me?.rights.includes("write_notes") === true;
  const choice = <SignalChoice chosen={keys.join()} setKeys={setKeys} />;
  return (
    <>
      <Panel
        id="history"
        title={t("machinePage.tab.chart")}
        tools={
          <>
            <label className="watch-switch" htmlFor={id} title={t("machinePage.lastWeekHelp")}>
              <Switch id={id} size="small" checked={withLastWeek} loading={lastWeek.isFetching} onChange={(on) => setSearch((was) => withPart(was, "lastWeek", on ? "1" : null), { replace: true })} />
              {t("machinePage.lastWeek")}
            </label>
            <SpanTools span={span} setSpan={setSpan} />
          </>
        }
      >
        <div className="chart-frame">
          {keys.length === 0 ? (
            <EmptyNotice title={t("chart.noSignals")} help={t("chart.noSignalsHelp")}>
              {choice}
              <Button onClick={() => setKeys(USUAL)}>{t("chart.usual")}</Button>
            </EmptyNotice>
          ) : answer.error !== null && answer.data === undefined ? (
            <ErrorNotice error={answer.error} retry={() => void answer.refetch()} />
          ) : answer.data === undefined ? (
            <Skeleton active title={false} paragraph={{ rows: 10 }} className="panel-skeleton" />
          ) : (
            <>
              <MachineChart readings={answer.data} keys={keys} catalogue={catalogue} alarms={alarms} span={span} outdated={answer.isPlaceholderData} choice={choice} onZoom={setSpan} bands={bands} />
              <NotesLane notes={notes.data ?? []} stretch={stretch} draft={draft} onDraft={mayWrite ? setDraft : null} onShow={setSpan} />
              {withLastWeek && (
                <p className="quiet last-week" role="status" data-testid="last-week">
                  {lastWeek.data !== undefined && lastWeek.data.at.length === 0 ? t("machinePage.lastWeekEmpty") : t("machinePage.lastWeekHow")}
                </p>
              )}
            </>
          )}
        </div>
      </Panel>
      <Panel
        id="notes"
        title={t("machinePage.notes")}
        aside={t("machinePage.notesAside")}
        tools={
          mayWrite && draft === null ? (
            <Button size="small" onClick={() => setDraft({ from: Math.floor((span.kind === "follow" ? now : (stretch.from + stretch.to) / 2) / 1000) * 1000, to: null })} data-testid="note-new">
              {t("machinePage.writeNote")}
            </Button>
          ) : undefined
        }
      >
        {draft !== null && <NoteForm machine={machine.id} time={draft} onDone={() => setDraft(null)} />}
        <NotesList machine={machine.id} query={notes} onShow={setSpan} />
      </Panel>
    </>
  );
}
