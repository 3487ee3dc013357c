/** Of a hand-over's sheet: which machine, where it stands, whom to ask, what to bring. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { sitesQuery } from "../api/queries";
import type { AlarmDetail, DiagnosisItem, Evidence, VisitHandOver } from "../api/types";
import { usePreferences } from "../app/preferences";
import { quantity } from "../format/value";
import { machineQuery } from "../machine_page/queries";
import { organisationsQuery } from "../machines/organisations";
import { When } from "../machines/When";
import { kindWord } from "../machines/words";
import { wordsIn } from "./words";

const HOURS = "engine_hours_h";

export function SheetFacts({ alarm, visit, evidence }: { alarm: AlarmDetail; visit: VisitHandOver; evidence: Evidence | undefined }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { data: machine } = useQuery(machineQuery(alarm.machine.id));
  const { data: sites } = useQuery(sitesQuery);
  const { data: organisations } = useQuery(organisationsQuery);
  const hours = evidence?.freeze_frame.find((one) => one.key === HOURS);
  const site = sites?.find((one) => one.id === machine?.site_id);
  const customer = organisations?.find((one) => one.id === machine?.organisation_id);
  const contact = [customer?.contact_name, customer?.contact_phone, customer?.contact_email].filter(Boolean).join(" · ");
  const told = (...words: (string | null | undefined)[]): string => words.filter(Boolean).join(" · ");
  return (
    <dl className="alarm-lines">
      <Line name={t("diagnosis.visit.machine")}>{told(alarm.machine.name, kindWord(alarm.machine.kind, t), machine?.maker, machine?.model, alarm.machine.pin)}</Line>
      <Line name={t("diagnosis.visit.hours")}>{hours === undefined ? t("diagnosis.visit.notTold") : quantity(hours.value, hours.unit, language)}</Line>
      <Line name={t("diagnosis.visit.place")}>{told(machine?.site, site?.address, placeOf(site)) || t("diagnosis.visit.notTold")}</Line>
      <Line name={t("diagnosis.visit.customer")}>{machine?.organisation ?? t("diagnosis.visit.notTold")}</Line>
      <Line name={t("diagnosis.visit.contact")}>{contact || t("diagnosis.visit.notTold")}</Line>
      <Line name={t("alarm.raised")}>
        <When at={alarm.raised_at} whole />
      </Line>
      <Line name={t("diagnosis.visit.madeBy")}>
        {visit.made_by}, <When at={visit.made_at} whole />
      </Line>
      <Line name={t("diagnosis.visit.wantedBy")}>{visit.wanted_by === null ? t("diagnosis.visit.anyTime") : <When at={visit.wanted_by} whole />}</Line>
      {visit.note !== null && <Line name={t("diagnosis.visit.note")}>{visit.note}</Line>}
      <Line name={t("diagnosis.visit.parts")}>
        <Listed items={visit.parts} />
      </Line>
      <Line name={t("diagnosis.visit.tools")}>
        <Listed items={visit.tools} />
      </Line>
    </dl>
  );
}

/** Where a site is on the map. */
function placeOf(site: { readonly latitude_deg: number | null; readonly longitude_deg: number | null } | undefined): string | null {
  return site?.latitude_deg == null || site.longitude_deg === null ? null : `${site.latitude_deg.toFixed(5)}, ${site.longitude_deg.toFixed(5)}`;
}

function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Listed({ items }: { items: readonly DiagnosisItem[] }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  return items.length === 0 ? t("diagnosis.visit.none") : items.map((one) => wordsIn(one.text, language)).join(t("diagnosis.comma"));
}
