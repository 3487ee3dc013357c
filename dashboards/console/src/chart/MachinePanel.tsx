/** The selected machine: who it is, how it is, and its signals over time. */
import { LeftOutlined, RightOutlined, ZoomInOutlined, ZoomOutOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Segmented, Select, Skeleton, Tooltip } from "antd";
import { memo, useCallback, useMemo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "../app/search";
import { serverNow } from "../api/client";
import { alarmsQuery, machinesQuery, signalsQuery } from "../api/queries";
import type { Machine } from "../api/types";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { Time } from "../app/Time";
import { StateMark } from "../machines/StateMark";
import { useSelection } from "../machines/useSelection";
import { ItsMachine } from "../machines/When";
import { kindWord, shownState } from "../machines/words";
import { unitWord } from "../format/value";
import { MachineChart } from "./MachineChart";
import { FOLLOW_SECONDS, moved, spanOf, stretchOf, withSpan, zoomed, type ChartSpan } from "./span";
import { useReadings } from "./useReadings";
import "./chart.css";

const DEFAULT_SIGNALS = ["engine_coolant_temp_degc", "hydraulic_oil_temp_degc", "engine_oil_pressure_kpa", "engine_speed_rpm"];
const MOST_SIGNALS = 8;

export function MachinePanel() {
  const { t } = useTranslation();
  const { selected, selectedId } = useSelection();
  const machines = useQuery(machinesQuery);
  if (selected !== undefined) return <SelectedMachine machine={selected} />;
  return (
    <Panel id="machine" title={t("machine.title")}>
      {machines.isPending ? (
        <Skeleton active title={false} paragraph={{ rows: 6 }} className="panel-skeleton" />
      ) : (
        <EmptyNotice
          title={selectedId === null ? t("machine.noneSelected") : t("machine.notYours")}
          help={selectedId === null ? t("machine.noneSelectedHelp") : t("machine.notYoursHelp")}
        />
      )}
    </Panel>
  );
}

function SelectedMachine({ machine }: { machine: Machine }) {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const span = useMemo(() => spanOf(search), [search]);
  const keys = search.get("signals")?.split(",").filter(Boolean).slice(0, MOST_SIGNALS) ?? DEFAULT_SIGNALS;
  const signals = useQuery(signalsQuery);
  const alarms = useQuery(alarmsQuery("active"));
  const answer = useReadings(machine.id, keys, span, machine.measured_at);
  const setSpan = useCallback((next: ChartSpan): void => setSearch((before) => withSpan(before, next), { replace: true }), [setSearch]);
  const setKeys = useCallback(
    (next: readonly string[]): void =>
      setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          after.set("signals", next.slice(0, MOST_SIGNALS).join(","));
          return after;
        },
        { replace: true },
      ),
    [setSearch],
  );
  const clock = useMemo(() => ({ site: machine.site }), [machine.site]);
  const raised = (alarms.data ?? []).filter((alarm) => alarm.machine.id === machine.id);

  return (
    <Panel
      id="machine"
      title={machine.name}
      aside={
        <>
          {kindWord(machine.kind, t)}
          <StateMark state={shownState(machine)} />
          <span className="quiet machine-seen">
            {t("machine.seen")} <Time at={machine.measured_at} site={machine.site} asAge />
          </span>
        </>
      }
      tools={<SpanTools span={span} setSpan={setSpan} />}
    >
      <div className="chart-frame">
        {keys.length === 0 ? (
          <EmptyNotice title={t("chart.noSignals")} help={t("chart.noSignalsHelp")}>
            <SignalChoice chosen={keys.join()} setKeys={setKeys} />
            <Button onClick={() => setKeys(DEFAULT_SIGNALS)}>{t("chart.usual")}</Button>
          </EmptyNotice>
        ) : answer.error !== null && answer.data === undefined ? (
          <ErrorNotice error={answer.error} retry={() => void answer.refetch()} />
        ) : answer.data === undefined ? (
          <Skeleton active title={false} paragraph={{ rows: 5 }} className="panel-skeleton" />
        ) : (
          <ItsMachine value={clock}>
            <MachineChart
              key={machine.id}
              readings={answer.data}
              keys={keys}
              catalogue={signals.data ?? new Map()}
              alarms={raised}
              span={span}
              outdated={answer.isPlaceholderData}
              choice={<SignalChoice chosen={keys.join()} setKeys={setKeys} />}
              onZoom={setSpan}
            />
          </ItsMachine>
        )}
      </div>
    </Panel>
  );
}

/** Kept as it is: its long list has nothing to do with the readings that come every second. */
export const SignalChoice = memo(function SignalChoice({ chosen, setKeys }: { chosen: string; setKeys: (keys: readonly string[]) => void }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { data: catalogue } = useQuery(signalsQuery);
  const keys = chosen.split(",").filter(Boolean);
  const options = [...(catalogue?.values() ?? [])]
    .filter((signal) => signal.aggregation !== "position")
    .map((signal) => ({
      value: signal.key,
      label: `${language === "zh-CN" ? signal.zh : signal.en}${unitWord(signal.unit) === "" ? "" : ` (${unitWord(signal.unit)})`}`,
      search: `${signal.zh} ${signal.en} ${signal.key}`.toLowerCase(),
    }));
  return (
    <Select
      mode="multiple"
      className="chart-signals"
      size="small"
      value={keys}
      onChange={(next: string[]) => setKeys(next)}
      options={options}
      loading={catalogue === undefined}
      maxCount={MOST_SIGNALS}
      maxTagCount={0}
      maxTagPlaceholder={t("chart.chosen", { count: keys.length })}
      popupMatchSelectWidth={320}
      placement="bottomRight"
      placeholder={t("chart.choose")}
      aria-label={t("chart.choose")}
      showSearch={{ filterOption: (typed, option) => option?.search.includes(typed.toLowerCase()) ?? false }}
    />
  );
});

export const SpanTools = memo(function SpanTools({ span, setSpan }: { span: ChartSpan; setSpan: (span: ChartSpan) => void }) {
  const { t } = useTranslation();
  const stretch = () => stretchOf(span, serverNow());
  const tool = (words: string, icon: ReactNode, next: () => ChartSpan) => (
    <Tooltip title={words}>
      <Button size="small" aria-label={words} icon={icon} onClick={() => setSpan(next())} />
    </Tooltip>
  );
  return (
    <>
      <Segmented
        size="small"
        aria-label={t("chart.span")}
        value={span.kind === "follow" ? span.seconds : 0}
        onChange={(seconds) => setSpan({ kind: "follow", seconds: Number(seconds) })}
        options={FOLLOW_SECONDS.map((seconds) => ({ value: seconds, label: t(`chart.last.${seconds}`) }))}
      />
      <span className="chart-tools">
        {tool(t("chart.earlier"), <LeftOutlined />, () => moved(stretch(), -0.5, serverNow()))}
        {tool(t("chart.later"), <RightOutlined />, () => moved(stretch(), 0.5, serverNow()))}
        {tool(t("chart.in"), <ZoomInOutlined />, () => zoomed(stretch(), 0.5, serverNow()))}
        {tool(t("chart.out"), <ZoomOutOutlined />, () => zoomed(stretch(), 2, serverNow()))}
      </span>
    </>
  );
});
