/** The live page: fleet, alarms, the selected machine and the map, all moving. On a phone one of them at a time. An alarm that is opened lies over the map. */
import { Segmented } from "antd";
import { lazy, memo, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { AlarmPanel as Alarms } from "../alarms/AlarmPanel";
import { useOpenAlarm } from "../alarms/useOpenAlarm";
import { PageLoading } from "../app/PageLoading";
import { useMedia } from "../app/useMedia";
import { useTitle } from "../app/title";
import { useQuiet } from "../app/useQuiet";
import { FleetPanel as Fleet } from "../machines/FleetPanel";
import { useSelection } from "../machines/useSelection";
import "./live-page.css";

// Each asks for what it shows: that the page's own selection looks at the machines must not draw them all anew.
const AlarmPanel = memo(Alarms);
const FleetPanel = memo(Fleet);
const MachinePanel = lazy(async () => ({ default: memo((await import("../chart/MachinePanel")).MachinePanel) }));
const AlarmDetail = lazy(async () => ({ default: (await import("../alarms/AlarmDetail")).AlarmDetail }));
const MapPanel = lazy(async () => ({ default: memo((await import("../map/MapPanel")).MapPanel) }));

const TABS = ["alarms", "fleet", "machine", "map"] as const;
type Tab = (typeof TABS)[number];

export function LivePage() {
  const { t } = useTranslation();
  useTitle(t("live.title"));
  const phone = useMedia("(max-width: 899px)");
  return phone ? <Phone /> : <Desk />;
}

function Desk() {
  const { t } = useTranslation();
  const { select } = useSelection();
  const { openId } = useOpenAlarm();
  const quiet = useQuiet();
  return (
    <div className="live live-desk">
      <h1 className="unseen">{t("live.title")}</h1>
      <FleetPanel onSelect={select} />
      <AlarmPanel />
      <Suspense fallback={<PageLoading />}>
        <MachinePanel />
      </Suspense>
      <div className="live-corner" inert={openId !== null}>
        {quiet ? (
          <Suspense fallback={<PageLoading />}>
            <MapPanel onSelect={select} />
          </Suspense>
        ) : (
          <PageLoading />
        )}
      </div>
      {openId !== null && (
        <div className="live-alarm">
          <Suspense fallback={<PageLoading />}>
            <AlarmDetail key={openId} alarmId={openId} />
          </Suspense>
        </div>
      )}
    </div>
  );
}

function Phone() {
  const { t } = useTranslation();
  const { select } = useSelection();
  const [tab, setTab] = useState<Tab>("alarms");
  const open = (machineId: string): void => {
    select(machineId);
    setTab("machine");
  };
  const { openId, close } = useOpenAlarm();
  const turn = (next: Tab): void => {
    if (openId !== null) close();
    setTab(next);
  };
  return (
    <div className="live live-phone">
      <h1 className="unseen">{t("live.title")}</h1>
      <nav className="live-tabs" aria-label={t("live.tabs")}>
        <Segmented<Tab>
          block
          size="large"
          value={openId === null ? tab : "alarms"}
          onChange={turn}
          options={TABS.map((value) => ({ value, label: t(`live.tab.${value}`) }))}
        />
      </nav>
      <Suspense fallback={<PageLoading />}>
        {openId !== null && <AlarmDetail key={openId} alarmId={openId} onChart={() => setTab("machine")} />}
        {openId === null && tab === "alarms" && <AlarmPanel />}
        {openId === null && tab === "fleet" && <FleetPanel onSelect={open} />}
        {openId === null && tab === "machine" && <MachinePanel />}
        {openId === null && tab === "map" && <MapPanel onSelect={select} />}
      </Suspense>
    </div>
  );
}
