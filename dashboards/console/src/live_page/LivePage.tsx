/** The live page: fleet, alarms, the selected machine and the map, all moving. On a phone one of them at a time. */
import { Segmented } from "antd";
import { lazy, memo, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { AlarmPanel as Alarms } from "../alarms/AlarmPanel";
import { PageLoading } from "../app/PageLoading";
import { useMedia } from "../app/useMedia";
import { useQuiet } from "../app/useQuiet";
import { FleetPanel as Fleet } from "../machines/FleetPanel";
import { useSelection } from "../machines/useSelection";
import "./live-page.css";

// Each asks for what it shows: that the page's own selection looks at the machines must not draw them all anew.
const AlarmPanel = memo(Alarms);
const FleetPanel = memo(Fleet);
const MachinePanel = lazy(async () => ({ default: memo((await import("../chart/MachinePanel")).MachinePanel) }));
const MapPanel = lazy(async () => ({ default: memo((await import("../map/MapPanel")).MapPanel) }));

const TABS = ["alarms", "fleet", "machine", "map"] as const;
type Tab = (typeof TABS)[number];

export function LivePage() {
  const phone = useMedia("(max-width: 899px)");
  return phone ? <Phone /> : <Desk />;
}

function Desk() {
  const { t } = useTranslation();
  const { select } = useSelection();
  const quiet = useQuiet();
  return (
    <div className="live live-desk">
      <h1 className="unseen">{t("live.title")}</h1>
      <FleetPanel onSelect={select} />
      <AlarmPanel onSelect={select} />
      <Suspense fallback={<PageLoading />}>
        <MachinePanel />
      </Suspense>
      {quiet ? (
        <Suspense fallback={<PageLoading />}>
          <MapPanel onSelect={select} />
        </Suspense>
      ) : (
        <PageLoading />
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
  return (
    <div className="live live-phone">
      <h1 className="unseen">{t("live.title")}</h1>
      <nav className="live-tabs" aria-label={t("live.tabs")}>
        <Segmented<Tab>
          block
          size="large"
          value={tab}
          onChange={setTab}
          options={TABS.map((value) => ({ value, label: t(`live.tab.${value}`) }))}
        />
      </nav>
      <Suspense fallback={<PageLoading />}>
        {tab === "alarms" && <AlarmPanel onSelect={open} />}
        {tab === "fleet" && <FleetPanel onSelect={open} />}
        {tab === "machine" && <MachinePanel />}
        {tab === "map" && <MapPanel onSelect={select} />}
      </Suspense>
    </div>
  );
}
