/** Which machine it is and how it is now: stays above every part of its page. */
import { LeftOutlined } from "@ant-design/icons";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { CodeWord } from "../alarms/CodeWord";
import type { MachineDetail } from "../api/types";
import { GrafanaLink } from "../app/GrafanaLink";
import { StateMark } from "../machines/StateMark";
import { When } from "../machines/When";
import { kindWord, shownState } from "../machines/words";
import { SeverityMark } from "../severity/SeverityMark";

export function MachineHead({ machine }: { machine: MachineDetail }) {
  const { t } = useTranslation();
  const { severity, count } = machine.open_alarms;
  useEffect(() => {
    document.title = `${machine.name} · ${t("brand")}`;
  }, [machine.name, t]);
  return (
    <div className="machine-head">
      <Link to="/machines" className="machine-back" aria-label={t("machinePage.toList")} title={t("machinePage.toList")}>
        <LeftOutlined aria-hidden />
      </Link>
      <h1>{machine.name}</h1>
      <span>{[kindWord(machine.kind, t), machine.maker, machine.model].filter(Boolean).join(" · ")}</span>
      <StateMark state={shownState(machine)} />
      <span className="quiet">
        {t("machine.seen")} <When at={machine.measured_at} asAge />
      </span>
      {machine.mode !== null && machine.mode !== "in_service" && (
        <span className="chip">
          <CodeWord list="machine_modes" code={machine.mode} />
        </span>
      )}
      {severity !== null && (
        <Link to={{ search: "?tab=faults" }} className="machine-alarms" title={t("fleet.openAlarms", { count })}>
          <SeverityMark severity={severity} />
          {count > 1 && <span className="alarm-count">×{count}</span>}
        </Link>
      )}
      <GrafanaLink machine={machine.id} />
      <span className="machine-whose quiet">{[machine.pin, machine.site, machine.organisation].filter(Boolean).join(" · ")}</span>
    </div>
  );
}
