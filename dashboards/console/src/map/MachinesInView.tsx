/** The machines that the map shows, the worst first: what is under a finger's breadth of signs can be read and chosen. */
import { useTranslation } from "react-i18next";
import type { Machine } from "../api/types";
import { StateMark } from "../machines/StateMark";
import { shownState } from "../machines/words";
import { SeverityMark } from "../severity/SeverityMark";
import { machinesIn, type Box } from "./features";

const MOST = 50;

interface MachinesInViewProps {
  readonly machines: readonly Machine[];
  readonly box: Box;
  readonly selectedId: string | null;
  readonly onSelect: (machineId: string) => void;
}

export function MachinesInView({ machines, box, selectedId, onSelect }: MachinesInViewProps) {
  const { t } = useTranslation();
  const inside = machinesIn(machines, box);
  return (
    <section className="map-inside" aria-label={t("map.inside", { count: inside.length })} tabIndex={0}>
      <h3>{t("map.inside", { count: inside.length })}</h3>
      <ul>
        {inside.slice(0, MOST).map((machine) => (
          <li key={machine.id}>
            <button type="button" aria-current={machine.id === selectedId} onClick={() => onSelect(machine.id)}>
              <b>{machine.name}</b>
              <StateMark state={shownState(machine)} />
              {machine.open_alarms.severity !== null && <SeverityMark severity={machine.open_alarms.severity} />}
            </button>
          </li>
        ))}
      </ul>
      {inside.length > MOST && <p className="quiet">{t("map.more", { count: inside.length - MOST })}</p>}
    </section>
  );
}
