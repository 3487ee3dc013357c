/** The record of the machine's life: who it is, what was on it, whose it was, and every change that somebody made. */
import { useQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { CodeWord } from "../alarms/CodeWord";
import type { MachineDetail } from "../api/types";
import { Panel } from "../app/Panel";
import { When } from "../machines/When";
import { kindWord } from "../machines/words";
import { Answer } from "./Answer";
import { ChangesPanel } from "./ChangesPanel";
import { CommissioningPanel } from "./CommissioningPanel";
import { Facts } from "./Facts";
import type { TabProps } from "./MachinePage";
import { OwnersPanel } from "./OwnersPanel";
import { PlainTable } from "./PlainTable";
import { installationsQuery, modesQuery, softwareQuery } from "./queries";

export function RecordTab({ machine }: TabProps) {
  return (
    <>
      <Identity machine={machine} />
      <div className="record">
        <Installations machine={machine} />
        <Software machine={machine} />
        <Modes machine={machine} />
        <OwnersPanel machine={machine} />
      </div>
      <CommissioningPanel machine={machine.id} />
      <ChangesPanel machine={machine.id} />
    </>
  );
}

function seenWords(machine: MachineDetail, always: string) {
  return machine.visible.map((period) => (
    <span key={period.from_at ?? ""} className="record-period">
      {period.from_at === null && period.to_at === null ? always : (
        <>
          {period.from_at !== null && <When at={period.from_at} />} – {period.to_at !== null && <When at={period.to_at} />}
        </>
      )}
    </span>
  ));
}

function Identity({ machine }: TabProps) {
  const { t } = useTranslation();
  return (
    <Panel id="identity" title={t("machinePage.identity")}>
      <div className="panel-pad">
        <Facts
          items={[
            [t("machinePage.pin"), <code key="pin">{machine.pin}</code>],
            [t("machinePage.serial"), machine.serial_number],
            [t("machinePage.equipment"), machine.equipment_id],
            [t("fleet.kind"), kindWord(machine.kind, t)],
            [t("machinePage.maker"), machine.maker],
            [t("machinePage.model"), machine.model],
            [t("machinePage.options"), machine.options.join(", ")],
            [t("machinePage.voltage"), machine.nominal_voltage_v === null ? null : `${machine.nominal_voltage_v} V`],
            [t("machinePage.owner"), machine.organisation],
            [t("machinePage.site"), machine.site],
            [t("machinePage.zone"), machine.time_zone],
            [t("machinePage.mode"), machine.mode === null ? null : <CodeWord key="mode" list="machine_modes" code={machine.mode} />],
            [t("machinePage.registered"), <When key="registered" at={machine.registered_at} whole />],
            [t("machinePage.yours"), <span key="yours">{seenWords(machine, t("machinePage.always"))}</span>],
          ]}
        />
        {Object.keys(machine.attributes).length > 0 && (
          <>
            <h3 className="record-heading">{t("machinePage.attributes")}</h3>
            <Facts items={Object.entries(machine.attributes).map(([key, value]) => [attributeWords(key, t), value] as const)} />
          </>
        )}
      </div>
    </Panel>
  );
}

/** "Software of the controller 3": what a machine tells of itself; anything that is no software as it named it. */
function attributeWords(key: string, t: TFunction): string {
  const [, source] = /^software_id(?:\.sa(\d+))?$/.exec(key) ?? [null];
  if (source === null) return key.replaceAll("_", " ");
  return source === undefined ? t("machinePage.engineSoftware") : t("machinePage.softwareOf", { source });
}

function Installations({ machine }: TabProps) {
  const { t } = useTranslation();
  const found = useQuery(installationsQuery(machine.id));
  return (
    <Panel id="installations" title={t("machinePage.terminals")}>
      <Answer query={found} rows={2}>
        {(items) => (
          <PlainTable
            label={t("machinePage.terminals")}
            rows={items}
            keyOf={(one) => one.id}
            empty={t("machinePage.noTerminal")}
            heads={[
              { title: t("machinePage.terminal"), cell: (one) => one.terminal },
              { title: t("machinePage.from"), cell: (one) => (one.from_at === null ? t("machinePage.ever") : <When at={one.from_at} />) },
              { title: t("machinePage.to"), cell: (one) => (one.to_at === null ? t("machinePage.stillThere") : <When at={one.to_at} />) },
              { title: t("machinePage.coordinates"), cell: (one) => <CodeWord list="coordinate_systems" code={one.coordinate_system} /> },
            ]}
          />
        )}
      </Answer>
    </Panel>
  );
}

function Software({ machine }: TabProps) {
  const { t } = useTranslation();
  const found = useQuery(softwareQuery(machine.id));
  return (
    <Panel id="software" title={t("machinePage.software")}>
      <Answer query={found} rows={2}>
        {(items) => (
          <PlainTable
            label={t("machinePage.software")}
            rows={items}
            keyOf={(one) => `${one.controller} ${one.from_at}`}
            empty={t("machinePage.noSoftware")}
            heads={[
              { title: t("machinePage.controller"), cell: (one) => attributeWords(one.controller, t) },
              { title: t("machinePage.release"), cell: (one) => (one.is_current ? <b>{one.release}</b> : <span className="quiet">{one.release}</span>) },
              { title: t("machinePage.since"), cell: (one) => <When at={one.from_at} /> },
              { title: t("machinePage.source"), cell: (one) => <CodeWord list="software_sources" code={one.source} /> },
            ]}
          />
        )}
      </Answer>
    </Panel>
  );
}

function Modes({ machine }: TabProps) {
  const { t } = useTranslation();
  const found = useQuery(modesQuery(machine.id));
  return (
    <Panel id="modes" title={t("machinePage.modes")}>
      <Answer query={found} rows={2}>
        {(items) => (
          <PlainTable
            label={t("machinePage.modes")}
            rows={items}
            keyOf={(one) => one.from_at}
            empty={t("machinePage.noModes")}
            heads={[
              { title: t("machinePage.since"), cell: (one) => <When at={one.from_at} /> },
              { title: t("machinePage.mode"), cell: (one) => <CodeWord list="machine_modes" code={one.mode} /> },
              { title: t("machinePage.why"), cell: (one) => one.reason ?? "–" },
              { title: t("machinePage.by"), cell: (one) => one.by },
            ]}
          />
        )}
      </Answer>
    </Panel>
  );
}
