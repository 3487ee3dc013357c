/** The sections in their order, where each lives in the address, and who sees it: whoever has one of its rights. */
import type { SectionKey } from "./section";

export interface Place {
  readonly key: SectionKey;
  /** Behind /admin/. */
  readonly path: string;
  readonly rights: readonly string[];
}

const EVERYBODY = [""];

export const GROUPS = [
  {
    key: "who",
    places: [
      { key: "organisations", path: "organisations", rights: ["read_fleet"] },
      { key: "people", path: "people", rights: ["read_people"] },
      { key: "rosters", path: "rosters", rights: ["read_people"] },
    ],
  },
  {
    key: "where",
    places: [
      { key: "sites", path: "sites", rights: ["read_fleet"] },
      { key: "geofences", path: "geofences", rights: ["read_fleet"] },
    ],
  },
  {
    key: "fleet",
    places: [
      { key: "machines", path: "machines", rights: ["read_fleet"] },
      { key: "terminals", path: "terminals", rights: ["read_fleet"] },
      { key: "models", path: "models", rights: EVERYBODY },
      { key: "kinds", path: "kinds", rights: EVERYBODY },
      { key: "software", path: "software-versions", rights: EVERYBODY },
      { key: "imports", path: "imports", rights: ["edit_machines", "edit_sites", "edit_people", "edit_organisations", "edit_catalogue"] },
    ],
  },
  {
    key: "service",
    places: [
      { key: "plans", path: "maintenance-plans", rights: EVERYBODY },
      { key: "templates", path: "notice-templates", rights: ["manage_notices"] },
      { key: "alarmSettings", path: "alarm-settings", rights: ["edit_rules"] },
    ],
  },
  {
    key: "access",
    places: [
      { key: "clients", path: "clients", rights: ["manage_clients"] },
      { key: "companyLogins", path: "company-logins", rights: ["manage_company_logins"] },
      { key: "webhooks", path: "webhooks", rights: ["manage_webhooks"] },
    ],
  },
  {
    key: "watch",
    places: [
      { key: "quarantine", path: "quarantine", rights: ["read_quarantine"] },
      { key: "audit", path: "audit", rights: ["read_audit"] },
    ],
  },
] as const satisfies readonly { readonly key: string; readonly places: readonly Place[] }[];
