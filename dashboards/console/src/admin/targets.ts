/** What references of forms lead to. */
import type { Target } from "./fields";

export const ORGANISATION: Target = { path: "organisations", search: "q", names: ["name"] };
export const SITE: Target = { path: "sites", search: "q", names: ["name", "organisation_name"] };
export const MODEL: Target = { path: "models", search: "q", names: ["name"] };
export const MODEL_BY_NAME: Target = { ...MODEL, key: "name" };
export const PERSON: Target = { path: "people", search: "q", filters: { active: true }, names: ["name", "login"] };
export const TERMINAL: Target = { path: "terminals", search: "q", names: ["name"] };
export const MACHINE: Target = { path: "machines", search: "q", filters: { fields: "id,name,pin" }, names: ["name", "pin"] };
