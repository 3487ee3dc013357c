/** The machine's fault codes in words, those of the window first. */
import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { withoutNumbers } from "../alarms/faultCode";
import { serverNow } from "../api/client";
import type { AlarmDetail, Evidence } from "../api/types";
import { ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { When } from "../machines/When";
import { codesOfQuery } from "./queries";
import { decoded, windowOf, type DecodedCode } from "./view";

const LAMPS = ["red_stop", "amber", "mil", "protect"] as const;

/** The table alone, for paper. */
export function CodesTable({ codes }: { codes: readonly DecodedCode[] }) {
  const { t } = useTranslation();
  return (
    <table className="diagnosis-table">
      <thead>
        <tr>
          <th scope="col">SPN</th>
          <th scope="col">FMI</th>
          <th scope="col">{t("diagnosis.codes.words")}</th>
          <th scope="col">{t("diagnosis.codes.lamp")}</th>
          <th scope="col" className="figure">
            {t("diagnosis.codes.count")}
          </th>
          <th scope="col">{t("diagnosis.codes.first")}</th>
          <th scope="col">{t("diagnosis.codes.last")}</th>
        </tr>
      </thead>
      <tbody>
        {codes.map((code) => (
          <Code key={code.key} code={code} />
        ))}
      </tbody>
    </table>
  );
}

/** The machine's codes in the alarm's window. */
export function useCodes(alarm: AlarmDetail, evidence: Evidence | undefined) {
  const [opened] = useState(serverNow);
  const { from, to } = windowOf(evidence, alarm, opened);
  const codes = useQuery(codesOfQuery(alarm.id, alarm.machine.id, new Date(from).toISOString(), new Date(to).toISOString()));
  return { codes, found: codes.data === undefined ? [] : decoded(codes.data.faults, codes.data.events) };
}

export function Codes({ alarm, evidence }: { alarm: AlarmDetail; evidence: Evidence | undefined }) {
  const { t } = useTranslation();
  const { codes, found } = useCodes(alarm, evidence);
  return (
    <Panel id="codes" title={t("diagnosis.codes.title")} aside={found.length > 0 && <span className="quiet">{found.length}</span>}>
      <div className="diagnosis-pad diagnosis-scroll">
        {codes.isPending ? (
          <Skeleton active title={false} paragraph={{ rows: 2 }} />
        ) : codes.error !== null ? (
          <ErrorNotice error={codes.error} retry={() => void codes.refetch()} />
        ) : found.length === 0 ? (
          <p className="quiet">{t("diagnosis.codes.none")}</p>
        ) : (
          <CodesTable codes={found} />
        )}
      </div>
    </Panel>
  );
}

function Code({ code: { fault, lamps, inWindow } }: { code: DecodedCode }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const lit = LAMPS.filter((lamp) => lamps?.[lamp] === true);
  return (
    <tr className={inWindow ? "" : "quiet"}>
      <td className="figure">{fault.spn}</td>
      <td className="figure">{fault.fmi}</td>
      <td>
        {withoutNumbers(language === "zh-CN" ? fault.text.zh : fault.text.en)}
        {!fault.active && <span className="quiet"> · {t("diagnosis.codes.over")}</span>}
      </td>
      <td>{lit.length === 0 ? "–" : lit.map((lamp) => t(`diagnosis.codes.lamps.${lamp}`)).join(t("diagnosis.comma"))}</td>
      <td className="figure">{fault.occurrence_count ?? "–"}</td>
      <td><When at={fault.first_seen_at} /></td>
      <td><When at={fault.last_seen_at} /></td>
    </tr>
  );
}
