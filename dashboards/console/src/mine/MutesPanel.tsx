/** Machines of which the viewer is told nothing for a while. */
import { useQuery } from "@tanstack/react-query";
import { Button, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Until } from "../alarms/Until";
import { serverNow } from "../api/client";
import { machinesQuery } from "../api/queries";
import { Panel } from "../app/Panel";
import { Answer } from "../machine_page/Answer";
import { mute, mutesQuery, unmute, useCommand } from "./queries";

const HOURS = [8, 24, 168, 720] as const;

export function MutesPanel() {
  const { t } = useTranslation();
  const mutes = useQuery(mutesQuery);
  const machines = useQuery(machinesQuery);
  const [machine, setMachine] = useState<string | null>(null);
  const [hours, setHours] = useState<number>(24);
  const stop = useCommand((id: string) => mute(id, new Date(serverNow() + hours * 3_600_000).toISOString()), ["mutes"]);
  const again = useCommand((id: string) => unmute(id), ["mutes"]);
  return (
    <Panel id="mutes" title={t("mine.mutes")}>
      <div className="panel-pad">
        <p className="quiet">{t("mine.mutesHelp")}</p>
        <Answer query={mutes} rows={1}>
          {(items) => (
            <ul className="mine-addresses">
              {items.map((one) => (
                <li key={one.machine_id}>
                  <span>
                    <b>{one.name}</b> {one.until === null ? t("mine.forGood") : <Until at={Date.parse(one.until)} />}
                  </span>
                  <Button size="small" onClick={() => again.mutate(one.machine_id)}>
                    {t("mine.tellAgain")}
                  </Button>
                </li>
              ))}
            </ul>
          )}
        </Answer>
        <div className="mine-new">
          <Select
            aria-label={t("fleet.machine")}
            placeholder={t("mine.whichMachine")}
            showSearch={{ optionFilterProp: "label" }}
            value={machine}
            onChange={setMachine}
            options={(machines.data ?? []).map((one) => ({ value: one.id, label: one.name }))}
          />
          <Select aria-label={t("mine.howLong")} value={hours} onChange={setHours} options={HOURS.map((value) => ({ value, label: t(`mine.hours.${value}`) }))} />
          <Button disabled={machine === null} loading={stop.isPending} onClick={() => machine !== null && stop.mutate(machine, { onSuccess: () => setMachine(null) })}>
            {t("mine.muteDo")}
          </Button>
        </div>
      </div>
    </Panel>
  );
}
