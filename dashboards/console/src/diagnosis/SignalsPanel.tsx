/** The signals of the alarm's window with limits, the alarm's stretch and the peers' band; any other stretch is asked anew. */
import { LeftOutlined, RightOutlined, ZoomInOutlined, ZoomOutOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Segmented, Skeleton, Switch, Tooltip } from "antd";
import { useCallback, useId, useMemo, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "../app/search";
import { CodeWord } from "../alarms/CodeWord";
import { signalsQuery } from "../api/queries";
import { serverNow } from "../api/client";
import type { AlarmDetail, Evidence, Peers } from "../api/types";
import { GrafanaLink } from "../app/GrafanaLink";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { MachineChart } from "../chart/MachineChart";
import { SignalChoice } from "../chart/MachinePanel";
import type { LimitLine, Shade } from "../chart/marks";
import { moved, withSpan, zoomed, type ChartSpan, type FixedSpan } from "../chart/span";
import { useReadings } from "../chart/useReadings";
import "../chart/chart.css";
import { limitWords } from "../format/value";
import { peersQuery } from "./queries";
import { around, bandsOf, LENGTHS, ownBorders, usualSignals, windowOf } from "./view";

const SIGNS = { "<": "<", "<=": "≤", ">": ">", ">=": "≥" } as const;

/** `isComing`: the evidence is on its way. */
export function SignalsPanel({ alarm, evidence, isComing }: { alarm: AlarmDetail; evidence: Evidence | undefined; isComing: boolean }) {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const [opened] = useState(serverNow); // the window holds still under the eyes
  const home = useMemo(() => windowOf(evidence, alarm, opened), [evidence?.from_at, evidence?.to_at, alarm.raised_at, alarm.cleared_at, opened]); // eslint-disable-line -- by value
  const span = useMemo(() => spanIn(search) ?? home, [search.get("from"), search.get("to"), home]); // eslint-disable-line -- by value
  const { data: catalogue } = useQuery(signalsQuery);
  const usual = evidence === undefined ? alarm.values.map((one) => one.key) : usualSignals(evidence);
  const keys = (search.get("signals")?.split(",") ?? usual).filter((key) => catalogue?.has(key) === true);
  const setSpan = useCallback((next: ChartSpan): void => setSearch((before) => withSpan(before, next), { replace: true }), [setSearch]);
  const setKeys = useCallback((next: readonly string[]): void => setSearch((before) => withMember(before, "signals", next.join(",")), { replace: true }), [setSearch]);
  const showsPeers = search.get("peers") !== "0";
  const setPeers = (shown: boolean): void => setSearch((before) => withMember(before, "peers", shown ? null : "0"), { replace: true });
  const choice = <SignalChoice chosen={keys.join()} setKeys={setKeys} />;
  return (
    <Panel id="signals" title={t("diagnosis.signals.title")} tools={<SpanTools alarm={alarm} span={span} home={home} setSpan={setSpan} />}>
      <div className="chart-frame">
        {catalogue === undefined || (evidence === undefined && isComing) ? (
          <Skeleton active title={false} paragraph={{ rows: 8 }} className="panel-skeleton" />
        ) : keys.length === 0 ? (
          <EmptyNotice title={t("chart.noSignals")} help={t("diagnosis.signals.noneHelp")}>
            {choice}
          </EmptyNotice>
        ) : (
          <Chart alarm={alarm} evidence={evidence} keys={keys} span={span} home={home} showsPeers={showsPeers} setPeers={setPeers} setSpan={setSpan} choice={choice} />
        )}
      </div>
    </Panel>
  );
}

function withMember(before: URLSearchParams, name: string, value: string | null): URLSearchParams {
  const after = new URLSearchParams(before);
  if (value === null) after.delete(name);
  else after.set(name, value);
  return after;
}

function spanIn(search: URLSearchParams): FixedSpan | null {
  const [from, to] = [Number(search.get("from")), Number(search.get("to"))];
  return search.has("from") && Number.isFinite(from) && Number.isFinite(to) && to - from >= 1 ? { kind: "fixed", from, to } : null;
}

interface ChartProps {
  readonly alarm: AlarmDetail;
  readonly evidence: Evidence | undefined;
  readonly keys: readonly string[];
  readonly span: FixedSpan;
  readonly home: FixedSpan;
  readonly showsPeers: boolean;
  readonly setPeers: (shown: boolean) => void;
  readonly setSpan: (span: ChartSpan) => void;
  readonly choice: ReactNode;
}

function Chart({ alarm, evidence, keys, span, home, showsPeers, setPeers, setSpan, choice }: ChartProps) {
  const { t } = useTranslation();
  const { language, units } = usePreferences();
  const { data: catalogue } = useQuery(signalsQuery);
  const answer = useReadings(alarm.machine.id, keys, span, null);
  const peers = useQuery({ ...peersQuery(alarm.machine.id, keys, span.from, span.to), enabled: showsPeers });
  const bands = useMemo(() => (showsPeers ? bandsOf(peers.data) : []), [showsPeers, peers.data]);
  const shade = useMemo(() => shadeOf(alarm, evidence), [alarm.severity, alarm.raised_at, alarm.cleared_at, evidence?.finding.from_at]); // eslint-disable-line -- by value
  const limits = useMemo(
    (): LimitLine[] | undefined =>
      (evidence?.thresholds == null ? undefined : ownBorders(evidence.thresholds))?.map(({ key, comparison, value, unit }) => ({
        key,
        value,
        severity: alarm.severity,
        label: t("chart.limit", { comparison: SIGNS[comparison], value: limitWords(value, unit, language) }),
      })),
    [evidence?.thresholds, alarm.severity, language, units, t],
  );
  const alarms = useMemo(() => [alarm], [alarm]);
  const way = useMemo(() => ({ span: home, words: t("diagnosis.signals.home") }), [home, t]);
  if (answer.error !== null && answer.data === undefined) return <ErrorNotice error={answer.error} retry={() => void answer.refetch()} />;
  if (answer.data === undefined) return <Skeleton active title={false} paragraph={{ rows: 8 }} className="panel-skeleton" />;
  return (
    <>
      <MachineChart
        readings={answer.data}
        keys={keys}
        catalogue={catalogue ?? new Map()}
        alarms={alarms}
        span={span}
        outdated={answer.isPlaceholderData}
        choice={choice}
        onZoom={setSpan}
        ownLimits={limits}
        bands={bands}
        shade={shade}
        home={way}
      />
      <PeersFoot peers={peers.data} shown={showsPeers} onShow={setPeers} />
    </>
  );
}

/** From the first instant of the condition to its end, or to now while it holds. */
function shadeOf(alarm: AlarmDetail, evidence: Evidence | undefined): Shade {
  const from = Date.parse(evidence?.finding.from_at ?? alarm.raised_at);
  return { from, to: alarm.cleared_at === null ? serverNow() : Date.parse(alarm.cleared_at), severity: alarm.severity };
}

/** What the pale band is, or why there is none. */
function PeersFoot({ peers, shown, onShow }: { peers: Peers | undefined; shown: boolean; onShow: (shown: boolean) => void }) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <div className="peers-foot" data-testid="peers">
      <Switch id={id} size="small" checked={shown} onChange={onShow} />
      <label htmlFor={id}>{t("diagnosis.peers.show")}</label>
      {shown && peers !== undefined && (
        <span className="quiet" title={t("diagnosis.peers.help", { least: peers.least })}>
          {peers.none_because === null ? t("diagnosis.peers.of", { count: peers.machines, model: peers.model ?? "" }) : <CodeWord list="no_peers_reasons" code={peers.none_because} />}
        </span>
      )}
    </div>
  );
}

/** A span of the viewer's own, of none of the lengths: none is marked. */
const OWN = -1;

function SpanTools({ alarm, span, home, setSpan }: { alarm: AlarmDetail; span: FixedSpan; home: FixedSpan; setSpan: (span: ChartSpan) => void }) {
  const { t } = useTranslation();
  const length = Math.round((span.to - span.from) / 60_000);
  const isHome = span.from === home.from && span.to === home.to;
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
        value={isHome ? 0 : LENGTHS.some((minutes) => minutes === length) ? length : OWN}
        onChange={(minutes) => setSpan(minutes === 0 ? home : around(alarm.raised_at, Number(minutes), serverNow()))}
        options={[{ value: 0, label: t("diagnosis.signals.window") }, ...LENGTHS.map((minutes) => ({ value: minutes, label: t(`diagnosis.signals.length.${minutes}`) }))]}
      />
      <GrafanaLink machine={alarm.machine.id} from={span.from} to={span.to} />
      <span className="chart-tools">
        {tool(t("chart.earlier"), <LeftOutlined />, () => moved(span, -0.5, serverNow()))}
        {tool(t("chart.later"), <RightOutlined />, () => moved(span, 0.5, serverNow()))}
        {tool(t("chart.in"), <ZoomInOutlined />, () => zoomed(span, 0.5, serverNow()))}
        {tool(t("chart.out"), <ZoomOutOutlined />, () => zoomed(span, 2, serverNow()))}
      </span>
    </>
  );
}
