/** Maintenance plans and webhooks. */
import type { MaintenancePlan, Webhook } from "../../api/types";
import { CodeWord } from "../../alarms/CodeWord";
import { Age } from "../../app/Age";
import { noun } from "../noun";
import { VersionsPart } from "../plans/VersionsPart";
import type { Field } from "../fields";
import type { Section } from "../section";
import { MACHINE, MODEL_BY_NAME, ORGANISATION, SITE } from "../targets";
import { DeliveriesPart } from "../webhooks/DeliveriesPart";
import { WebhookTools } from "../webhooks/WebhookTools";
import { Nothing, YesNo } from "../Words";

const CHECKS: Field = {
  name: "checks",
  kind: "rows",
  when: (values) => values["task"] === "inspection",
  blank: { code: "", zh: "", en: "" },
  fields: [
    { name: "code", kind: "text", required: true },
    { name: "zh", kind: "text", required: true },
    { name: "en", kind: "text", required: true },
  ],
};
const PARTS: Field = {
  name: "parts",
  kind: "rows",
  blank: { code: "", name: "", quantity: 1 },
  fields: [
    { name: "code", kind: "text", required: true },
    { name: "name", kind: "text", required: true },
    { name: "quantity", kind: "number", min: 0 },
  ],
};

export const plans: Section<MaintenancePlan> = {
  key: "plans",
  noun: noun("maintenance-plans"),
  edit: "edit_catalogue",
  remove: true,
  searched: true,
  roomy: true,
  filters: [{ name: "kind", list: "machine_kinds" }],
  columns: [
    { name: "name", render: (row) => row.name },
    { name: "follows", render: (row) => (row.kind !== null ? <CodeWord list="machine_kinds" code={row.kind} /> : row.model) },
    { name: "items", render: (row) => row.items.length, figures: true },
    { name: "version", render: (row) => row.version, figures: true, wide: true },
    { name: "updated_at", render: (row) => <Age at={row.updated_at} />, figures: true, wide: true },
  ],
  fields: [
    { name: "name", kind: "text", required: true },
    { name: "kind", kind: "choice", list: "machine_kinds", help: "planOf" },
    { name: "model", kind: "reference", to: MODEL_BY_NAME },
    { name: "tell", kind: "choices", list: "maintenance_audiences", codes: ["owner", "dealer"] },
    { name: "source", kind: "text", wide: true },
    {
      name: "items",
      kind: "rows",
      blank: { code: "", zh: "", en: "", every_h: 500, recurrence: "floating", task: "service", parts: [], checks: [], tell_at: [] },
      fields: [
        { name: "code", kind: "text", required: true },
        { name: "zh", kind: "text", required: true },
        { name: "en", kind: "text", required: true },
        { name: "every_h", kind: "number", min: 0 },
        { name: "every_months", kind: "number", min: 0, whole: true },
        { name: "minutes", kind: "number", min: 0, whole: true },
      ],
      more: [
        { name: "every_km", kind: "number", min: 0, unit: "km" },
        { name: "every_l", kind: "number", min: 0, unit: "L" },
        { name: "wear", kind: "text", help: "wear" },
        { name: "recurrence", kind: "choice", list: "maintenance_recurrences", required: true },
        { name: "task", kind: "choice", list: "maintenance_tasks", required: true },
        { name: "tell_at", kind: "tags", help: "tellAt" },
        PARTS,
        CHECKS,
      ],
    },
    {
      name: "stages",
      kind: "rows",
      help: "stages",
      blank: { key: "", h: 0, days: 0 },
      fields: [
        { name: "key", kind: "text", required: true },
        { name: "h", kind: "number" },
        { name: "days", kind: "number" },
        { name: "km", kind: "number" },
        { name: "l", kind: "number" },
      ],
    },
  ],
  blank: { items: [], tell: ["owner", "dealer"] },
  nameOf: (row) => row.name,
  parts: [{ key: "versions", show: ({ row }) => <VersionsPart plan={row} /> }],
};

export const webhooks: Section<Webhook> = {
  key: "webhooks",
  noun: noun("webhooks"),
  edit: "manage_webhooks",
  remove: true,
  columns: [
    { name: "url", render: (row) => row.url },
    { name: "state", render: (row) => <CodeWord list="webhook_states" code={row.state} /> },
    { name: "description", render: (row) => (row.description === "" ? <Nothing /> : row.description), wide: true },
    { name: "active", render: (row) => <YesNo yes={row.active} />, wide: true },
  ],
  fields: [
    { name: "url", kind: "text", required: true, wide: true },
    { name: "description", kind: "text" },
    { name: "active", kind: "switch" },
    { name: "organisation_id", kind: "reference", to: ORGANISATION, only: "new", help: "ownOrganisation" },
    { name: "kinds", kind: "tags", help: "eventKinds" },
    { name: "severities", kind: "choices", list: "severities" },
    { name: "machine_kinds", kind: "choices", list: "machine_kinds" },
    { name: "organisations", kind: "references", to: ORGANISATION },
    { name: "sites", kind: "references", to: SITE },
    { name: "machines", kind: "references", to: MACHINE },
  ],
  blank: { active: true, kinds: [], severities: [], machine_kinds: [], organisations: [], sites: [], machines: [] },
  nameOf: (row) => row.url,
  commands: ({ row }) => <WebhookTools webhook={row} />,
  parts: [{ key: "deliveries", show: ({ row }) => <DeliveriesPart webhook={row} /> }],
  told: (made) => ("secret" in made ? String(made.secret) : null),
};
