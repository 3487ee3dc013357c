/** What one thing of a section is called. */
import type { TFunction } from "i18next";
import type words from "../words/en-US";
import type { Section, SectionKey } from "./section";

type Entity = keyof (typeof words)["admin"]["entity"];

const ENTITY: Partial<Record<SectionKey, Entity>> = {
  organisations: "organisation",
  people: "person",
  rosters: "roster",
  sites: "site",
  geofences: "geofence",
  machines: "machine",
  terminals: "terminal",
  models: "model",
  kinds: "machine_kind",
  plans: "maintenance_plan",
  clients: "client",
  companyLogins: "company_login",
  webhooks: "webhook",
  software: "software_version",
};

export function thingWord({ key }: Pick<Section, "key">, t: TFunction): string {
  const entity = ENTITY[key];
  return entity === undefined ? t(`admin.section.${key}`) : t(`admin.entity.${entity}`);
}
