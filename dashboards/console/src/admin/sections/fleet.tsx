/** Machines, terminals, models and kinds. */
import type { Machine, MachineDetail, MachineKind, Model, SoftwareVersion, Terminal } from "../../api/types";
import { CodeWord } from "../../alarms/CodeWord";
import { Age } from "../../app/Age";
import { Time } from "../../app/Time";
import { InstallationsPart } from "../machines/InstallationsPart";
import { MachineLink } from "../machines/MachineLink";
import { SharesPart } from "../machines/SharesPart";
import { SoftwarePart } from "../machines/SoftwarePart";
import { TransfersPart } from "../machines/TransfersPart";
import { filled } from "../fields";
import { type Noun, noun } from "../noun";
import type { Section } from "../section";
import { MODEL, ORGANISATION, SITE } from "../targets";
import { Nothing } from "../Words";

type ListedMachine = Machine & MachineDetail;

export const machines: Section<ListedMachine> = {
  key: "machines",
  noun: noun("machines") as Noun<ListedMachine>,
  edit: "edit_machines",
  searched: true,
  filters: [
    { name: "kind", list: "machine_kinds" },
    { name: "mode", list: "machine_modes" },
    { name: "organisation", to: ORGANISATION },
    { name: "site", to: SITE },
  ],
  columns: [
    { name: "name", render: (row) => row.name },
    { name: "pin", render: (row) => row.pin },
    { name: "model", render: (row) => row.model ?? <Nothing />, wide: true },
    { name: "organisation", render: (row) => row.organisation ?? <Nothing />, wide: true },
    { name: "site", render: (row) => row.site ?? <Nothing />, wide: true },
    { name: "mode", render: (row) => (row.mode === null ? <Nothing /> : <CodeWord list="machine_modes" code={row.mode} />) },
  ],
  fields: [
    { name: "name", kind: "text", required: true },
    { name: "pin", kind: "text", required: true, help: "pin" },
    { name: "serial_number", kind: "text" },
    { name: "equipment_id", kind: "text", help: "equipmentId" },
    { name: "organisation_id", kind: "reference", to: ORGANISATION, only: "new", help: "ownOrganisation" },
    { name: "model_id", kind: "reference", to: MODEL, shown: "model" },
    { name: "site_id", kind: "reference", to: SITE, shown: "site" },
    { name: "nominal_voltage_v", kind: "choice", codes: ["12", "24"] },
    { name: "mode", kind: "choice", list: "machine_modes", required: true },
    { name: "mode_reason", kind: "text", only: "there" },
    { name: "options", kind: "tags", help: "options" },
  ],
  blank: { mode: "in_service", options: [] },
  nameOf: (row) => row.name,
  commands: ({ row }) => <MachineLink machine={row} />,
  parts: [
    { key: "terminals", show: ({ row }) => <InstallationsPart machine={row} /> },
    { key: "software", show: ({ row }) => <SoftwarePart machine={row} /> },
    { key: "shares", show: ({ row }) => <SharesPart machine={row} /> },
    { key: "transfers", show: ({ row }) => <TransfersPart machine={row} /> },
  ],
};

export const terminals: Section<Terminal> = {
  key: "terminals",
  noun: noun("terminals"),
  edit: "edit_machines",
  remove: true,
  searched: true,
  filters: [{ name: "installed", yesNo: true }],
  columns: [
    { name: "name", render: (row) => row.name },
    { name: "machine", render: (row) => row.machine?.name ?? <Nothing /> },
    { name: "hardware", render: (row) => row.hardware ?? <Nothing />, wide: true },
    { name: "firmware", render: (row) => row.firmware ?? <Nothing />, wide: true },
    { name: "iccid", render: (row) => row.sim?.iccid ?? <Nothing />, wide: true },
  ],
  fields: [
    { name: "name", kind: "text", required: true, only: "new", help: "terminalName" },
    { name: "organisation_id", kind: "reference", to: ORGANISATION, help: "ownOrganisation" },
    { name: "hardware", kind: "text" },
    { name: "firmware", kind: "text" },
    { name: "clock_offset_s", kind: "number", unit: "s", help: "clockOffset" },
    { name: "coordinate_system", kind: "choice", list: "coordinate_systems", required: true },
    { name: "iccid", kind: "text" },
    { name: "imsi", kind: "text", when: hasSim },
    { name: "msisdn", kind: "text", when: hasSim },
    { name: "operator", kind: "text", when: hasSim },
    { name: "sim_valid_to", kind: "date", when: hasSim },
    { name: "sim_status", kind: "choice", list: "sim_states", when: hasSim },
  ],
  blank: { clock_offset_s: 0, coordinate_system: "wgs84" },
  nameOf: (row) => row.name,
  toValues: ({ sim, ...row }) => ({ ...row, ...sim, sim_valid_to: sim?.valid_to, sim_status: sim?.status }),
  toBody: ({ iccid, imsi, msisdn, operator, sim_valid_to, sim_status, ...values }) => ({
    ...values,
    sim: iccid == null ? null : filled({ iccid, imsi, msisdn, operator, valid_to: sim_valid_to, status: sim_status }),
  }),
};

function hasSim(values: Readonly<Record<string, unknown>>): boolean {
  return typeof values["iccid"] === "string" && values["iccid"] !== "";
}

export const models: Section<Model> = {
  key: "models",
  noun: noun("models"),
  edit: "edit_catalogue",
  remove: true,
  searched: true,
  filters: [{ name: "kind", list: "machine_kinds" }],
  columns: [
    { name: "name", render: (row) => row.name },
    { name: "kind", render: (row) => <CodeWord list="machine_kinds" code={row.kind} /> },
    { name: "maker", render: (row) => row.maker ?? <Nothing /> },
    { name: "nominal_voltage_v", render: (row) => row.nominal_voltage_v ?? <Nothing />, figures: true, wide: true },
  ],
  fields: [
    { name: "name", kind: "text", required: true },
    { name: "kind", kind: "choice", list: "machine_kinds", required: true },
    { name: "maker", kind: "text" },
    { name: "nominal_voltage_v", kind: "choice", codes: ["12", "24"] },
    { name: "slot_s", kind: "number", min: 0, unit: "s", help: "slot" },
    { name: "fuel_tank_l", kind: "number", min: 0, unit: "L" },
    { name: "def_tank_l", kind: "number", min: 0, unit: "L" },
    { name: "rated_engine_speed_rpm", kind: "number", min: 0, unit: "rpm" },
    { name: "preferred_source_addresses", kind: "tags", help: "addresses" },
    { name: "expected_signals", kind: "tags", wide: true, help: "expectedSignals" },
    {
      name: "options",
      kind: "rows",
      blank: { code: "", zh: "", en: "" },
      fields: [
        { name: "code", kind: "text", required: true },
        { name: "zh", kind: "text", required: true },
        { name: "en", kind: "text", required: true },
      ],
    },
  ],
  blank: { kind: "excavator", slot_s: 1, options: [], preferred_source_addresses: [] },
  nameOf: (row) => row.name,
  toBody: (values) => ({ ...values, preferred_source_addresses: (values["preferred_source_addresses"] as unknown[] | null | undefined)?.map(Number) ?? [] }),
};

export const software: Section<SoftwareVersion> = {
  key: "software",
  noun: noun("software-versions"),
  edit: "edit_catalogue",
  remove: true,
  columns: [
    { name: "controller", render: (row) => row.controller },
    { name: "release", render: (row) => row.release },
    { name: "released_at", render: (row) => (row.released_at === null ? <Nothing /> : <Time at={row.released_at} />), figures: true, wide: true },
    { name: "note", render: (row) => row.note ?? <Nothing />, wide: true },
  ],
  fields: [
    { name: "controller", kind: "text", required: true, help: "controller" },
    { name: "release", kind: "text", required: true },
    { name: "model_id", kind: "reference", to: MODEL, help: "anyModel" },
    { name: "released_at", kind: "instant" },
    { name: "note", kind: "long" },
  ],
  nameOf: (row) => `${row.controller} ${row.release}`,
};

export const kinds: Section<MachineKind> = {
  key: "kinds",
  noun: noun("machine-kinds"),
  edit: "edit_catalogue",
  remove: true,
  columns: [
    { name: "code", render: (row) => row.code },
    { name: "zh", render: (row) => row.zh },
    { name: "en", render: (row) => row.en },
    { name: "default_signals", render: (row) => row.default_signals.length, figures: true, wide: true },
    { name: "updated_at", render: (row) => <Age at={row.updated_at} />, figures: true, wide: true },
  ],
  fields: [
    { name: "code", kind: "text", required: true },
    { name: "zh", kind: "text", required: true },
    { name: "en", kind: "text", required: true },
    { name: "default_signals", kind: "tags", wide: true, help: "expectedSignals" },
  ],
  blank: { default_signals: [] },
  nameOf: (row) => row.code,
};
