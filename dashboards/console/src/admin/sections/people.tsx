/** Organisations, people, programs and company logins: who there is, and who gets in. */
import type { Client, CompanyLogin, OrganisationDetail, Person } from "../../api/types";
import { Age } from "../../app/Age";
import { CodeWord } from "../../alarms/CodeWord";
import { queryClient, sessionQuery } from "../../api/queries";
import { noun, type Values } from "../noun";
import { InvitationsTool } from "../people/InvitationsTool";
import { InviteTool } from "../people/InviteTool";
import { PasswordLinkTool } from "../people/PasswordLinkTool";
import { RotateTool } from "../people/RotateTool";
import type { Section } from "../section";
import { ORGANISATION } from "../targets";
import { Nothing, YesNo } from "../Words";
import { TreePart } from "../people/TreePart";

export const organisations: Section<OrganisationDetail> = {
  key: "organisations",
  noun: noun("organisations"),
  edit: "edit_organisations",
  searched: true,
  filters: [
    { name: "kind", list: "organisation_kinds" },
    { name: "active", yesNo: true },
  ],
  columns: [
    { name: "name", render: (row) => row.name },
    { name: "kind", render: (row) => <CodeWord list="organisation_kinds" code={row.kind} /> },
    { name: "parent_id", render: (row) => row.parent_name ?? <Nothing />, wide: true },
    { name: "external_no", render: (row) => row.external_no ?? <Nothing />, wide: true },
    { name: "active", render: (row) => <YesNo yes={row.active} /> },
  ],
  fields: [
    { name: "name", kind: "text", required: true },
    { name: "kind", kind: "choice", list: "organisation_kinds", codes: ["maker", "dealer", "customer"], required: true, only: "new" },
    { name: "parent_id", kind: "reference", to: { ...ORGANISATION, filters: { active: true } }, shown: "parent_name", help: "parent" },
    { name: "external_no", kind: "text" },
    { name: "language", kind: "choice", codes: ["zh", "en"], list: "languages", required: true },
    { name: "contact_name", kind: "text" },
    { name: "contact_email", kind: "text" },
    { name: "contact_phone", kind: "text" },
    { name: "active", kind: "switch", only: "there", help: "inactiveOrganisation" },
  ],
  blank: { kind: "customer", language: "zh" },
  parts: [{ key: "tree", show: ({ row }) => <TreePart organisation={row} /> }],
  nameOf: (row) => row.name,
};

export const people: Section<Person> = {
  key: "people",
  noun: noun("people"),
  edit: "edit_people",
  create: false,
  searched: true,
  filters: [
    { name: "role", list: "roles" },
    { name: "organisation", to: ORGANISATION },
    { name: "active", yesNo: true },
  ],
  columns: [
    { name: "name", render: (row) => row.name },
    { name: "login", render: (row) => row.login },
    { name: "role", render: (row) => <CodeWord list="roles" code={row.role} /> },
    { name: "organisation", render: (row) => row.organisation_name, wide: true },
    { name: "email", render: (row) => row.email ?? <Nothing />, wide: true },
    { name: "active", render: (row) => <YesNo yes={row.active} />, wide: true },
  ],
  fields: [
    { name: "name", kind: "text", required: true },
    { name: "role", kind: "choice", list: "roles", codesOf: rolesFor, required: true },
    { name: "email", kind: "text" },
    { name: "phone", kind: "text" },
    { name: "language", kind: "choice", codes: ["zh", "en"], list: "languages" },
    { name: "time_zone", kind: "zone" },
    { name: "active", kind: "switch", help: "inactivePerson" },
  ],
  nameOf: (row) => `${row.name} (${row.login})`,
  tools: () => (
    <>
      <InvitationsTool />
      <InviteTool />
    </>
  ),
  commands: ({ row }) => <PasswordLinkTool person={row} />,
};

/** The roles that the viewer may give somewhere, and the one that the person has. */
function rolesFor(values: Values): readonly string[] {
  const given = Object.values(queryClient.getQueryData(sessionQuery.queryKey)?.grants ?? {}).flat();
  return [...new Set([...given, ...(typeof values["role"] === "string" ? [values["role"]] : [])])];
}

export const clients: Section<Client> = {
  key: "clients",
  noun: noun("clients"),
  edit: "manage_clients",
  remove: true,
  filters: [{ name: "with_revoked", yesNo: true }],
  columns: [
    { name: "name", render: (row) => row.name },
    { name: "organisation", render: (row) => row.organisation_name },
    { name: "scopes", render: (row) => row.scopes.join(", "), wide: true },
    { name: "last_used_at", render: (row) => <Age at={row.last_used_at} />, figures: true },
    { name: "revoked_at", render: (row) => (row.revoked_at === null ? <Nothing /> : <Age at={row.revoked_at} />), wide: true },
  ],
  fields: [
    { name: "name", kind: "text", required: true },
    { name: "organisation_id", kind: "reference", to: ORGANISATION, only: "new", help: "ownOrganisation" },
    { name: "role", kind: "choice", list: "roles", codes: ["integrator", "auditor"], required: true, only: "new" },
    { name: "scopes", kind: "choices", list: "client_scopes", required: true, wide: true },
    { name: "expires_at", kind: "instant" },
  ],
  blank: { role: "integrator", scopes: ["fleet:read"] },
  nameOf: (row) => row.name,
  mayEdit: (row) => row.revoked_at === null,
  commands: ({ row }) => (row.revoked_at === null ? <RotateTool path={`/clients/${row.id}/rotate`} noun="clients" /> : null),
  told: (made) => ("secret" in made ? String(made.secret) : null),
};

export const companyLogins: Section<CompanyLogin> = {
  key: "companyLogins",
  noun: noun("company-logins"),
  edit: "manage_company_logins",
  remove: true,
  columns: [
    { name: "name", render: (row) => row.name },
    { name: "organisation", render: (row) => row.organisation_name },
    { name: "domains", render: (row) => row.domains.join(", ") },
    { name: "issuer", render: (row) => row.issuer, wide: true },
  ],
  fields: [
    { name: "name", kind: "text", required: true },
    { name: "organisation_id", kind: "reference", to: ORGANISATION, required: true, only: "new" },
    { name: "issuer", kind: "text", required: true, wide: true },
    { name: "client_id", kind: "text", required: true },
    { name: "secret_reference", kind: "text", help: "secretReference" },
    { name: "domains", kind: "tags", required: true },
    { name: "role_claim", kind: "text" },
    { name: "default_role", kind: "choice", list: "roles" },
    { name: "role_map", kind: "pairs" },
    { name: "auto_create", kind: "switch", help: "autoCreate" },
  ],
  blank: { domains: [], role_map: {} },
  nameOf: (row) => row.name,
};
