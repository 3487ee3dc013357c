/** Sites, geofences and rosters: where work is done, and who answers for it when. */
import type { Geofence, Roster, Site } from "../../api/types";
import { CodeWord } from "../../alarms/CodeWord";
import { GeofencesTool } from "../geofences/GeofencesTool";
import { SiteFences } from "../geofences/SiteFences";
import { noun } from "../noun";
import { WeekPart } from "../rosters/WeekPart";
import type { Section } from "../section";
import { ORGANISATION, PERSON, SITE } from "../targets";
import { Nothing, YesNo } from "../Words";
import { WEEKDAYS } from "../week";

export const sites: Section<Site> = {
  key: "sites",
  noun: noun("sites"),
  edit: "edit_sites",
  remove: true,
  searched: true,
  filters: [{ name: "organisation", to: ORGANISATION }],
  columns: [
    { name: "name", render: (row) => row.name },
    { name: "organisation", render: (row) => row.organisation_name ?? <Nothing /> },
    { name: "time_zone", render: (row) => row.time_zone, wide: true },
    { name: "address", render: (row) => row.address ?? <Nothing />, wide: true },
    { name: "working_calendar", render: (row) => <YesNo yes={row.working_calendar !== null} />, wide: true },
  ],
  fields: [
    { name: "name", kind: "text", required: true },
    { name: "organisation_id", kind: "reference", to: ORGANISATION, only: "new", help: "ownOrganisation" },
    { name: "time_zone", kind: "zone", required: true },
    { name: "address", kind: "text" },
    { name: "place", kind: "place", help: "place" },
    { name: "working_calendar", kind: "week" },
  ],
  nameOf: (row) => row.name,
  parts: [{ key: "fences", show: ({ row }) => <SiteFences site={row} /> }],
};

export const geofences: Section<Geofence> = {
  key: "geofences",
  noun: noun("geofences"),
  edit: "edit_sites",
  remove: true,
  searched: true,
  filters: [
    { name: "purpose", list: "geofence_purposes" },
    { name: "site", to: SITE },
    { name: "organisation", to: ORGANISATION },
  ],
  columns: [
    { name: "name", render: (row) => row.name },
    { name: "purpose", render: (row) => <CodeWord list="geofence_purposes" code={row.purpose} /> },
    { name: "site", render: (row) => row.site_name ?? <Nothing /> },
    { name: "organisation", render: (row) => row.organisation_name, wide: true },
  ],
  fields: [
    { name: "name", kind: "text", required: true },
    { name: "purpose", kind: "choice", list: "geofence_purposes", required: true },
    { name: "site_id", kind: "reference", to: SITE, shown: "site_name", only: "new" },
    { name: "organisation_id", kind: "reference", to: ORGANISATION, only: "new", when: (values) => values["site_id"] == null, help: "ownOrganisation" },
    { name: "geometry", kind: "geometry", required: true, help: "geometry" },
    { name: "buffer_m", kind: "number", min: 0, max: 10_000, unit: "m", help: "buffer" },
    { name: "valid_from", kind: "instant" },
    { name: "valid_to", kind: "instant" },
  ],
  blank: { purpose: "site", buffer_m: 0 },
  nameOf: (row) => row.name,
  tools: () => <GeofencesTool />,
};

export const rosters: Section<Roster> = {
  key: "rosters",
  noun: noun("rosters"),
  edit: "edit_rosters",
  remove: true,
  searched: true,
  roomy: true,
  filters: [
    { name: "organisation", to: ORGANISATION },
    { name: "person", to: PERSON },
  ],
  columns: [
    { name: "name", render: (row) => row.name },
    { name: "organisation", render: (row) => row.organisation_name },
    { name: "time_zone", render: (row) => row.time_zone, wide: true },
    { name: "seats", render: (row) => row.seats.length, figures: true },
  ],
  fields: [
    { name: "name", kind: "text", required: true },
    { name: "organisation_id", kind: "reference", to: ORGANISATION, only: "new", help: "ownOrganisation" },
    { name: "time_zone", kind: "zone", required: true },
    {
      name: "seats",
      kind: "rows",
      blank: { name: "", role: "expert", shifts: [] },
      fields: [
        { name: "name", kind: "text", required: true },
        { name: "role", kind: "choice", list: "roles", codes: ["expert", "lead", "dealer", "service_engineer", "administrator"], required: true },
      ],
      more: [
        {
          name: "shifts",
          kind: "rows",
          blank: { weekdays: WEEKDAYS.slice(0, 5), from: "08:00", to: "20:00", people: [] },
          fields: [
            { name: "weekdays", kind: "choices", list: "weekdays", codes: WEEKDAYS },
            { name: "from", kind: "time", required: true },
            { name: "to", kind: "time", required: true },
            { name: "people", kind: "references", to: PERSON },
          ],
          more: [
            { name: "date", kind: "date", help: "shiftDate" },
            { name: "from_date", kind: "date" },
            { name: "to_date", kind: "date" },
          ],
        },
      ],
    },
    {
      name: "exceptions",
      kind: "rows",
      help: "rosterExceptions",
      blank: { date: "", note: null },
      fields: [
        { name: "date", kind: "date", required: true },
        { name: "note", kind: "text" },
      ],
    },
  ],
  blank: { seats: [], exceptions: [], time_zone: "Asia/Shanghai" },
  nameOf: (row) => row.name,
  parts: [{ key: "duty", show: ({ row }) => <WeekPart roster={row} /> }],
};
