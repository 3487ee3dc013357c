/** The pages that the navigation leads to, and for whom each is; the API decides what anybody may see or do. */
import type { Me } from "../api/types";

type Role = Me["role"];

const STAFF: readonly Role[] = ["expert", "lead", "dealer", "service_engineer", "administrator", "auditor"];
const CUSTOMER: readonly Role[] = ["owner", "operator"];

/** `name`: its words are nav.<name> and nav.help.<name>. `right`: without it the API would show nothing there. */
export const PAGES = [
  { path: "/mine", name: "mine", roles: CUSTOMER },
  { path: "/overview", name: "overview", roles: STAFF },
  { path: "/alarms", name: "alarms", roles: STAFF },
  { path: "/machines", name: "machines", roles: [...STAFF, ...CUSTOMER] },
  { path: "/live", name: "live", roles: [...STAFF, ...CUSTOMER] },
  { path: "/shift", name: "shift", roles: STAFF, right: "read_rules" },
  { path: "/rules", name: "rules", roles: STAFF, right: "read_rules" },
  { path: "/trust", name: "trust", roles: STAFF },
  { path: "/admin", name: "admin", roles: [...STAFF, "owner"] as readonly Role[] },
] as const;

export type Page = (typeof PAGES)[number];

/** What the viewer is led to, the first being where they begin. */
export function pagesOf({ role, rights }: Pick<Me, "role" | "rights">): readonly Page[] {
  const own = PAGES.filter((page) => page.roles.includes(role) && (!("right" in page) || rights.includes(page.right)));
  return own.length > 0 ? own : PAGES.filter((page) => page.path === "/live");
}

/** Where an alarm is looked at: the staff's diagnosis, or the live page beside its machine. */
export function alarmPath(role: Role, alarmId: string): string {
  return STAFF.includes(role) ? `/alarms/${alarmId}` : `/live?alarm=${alarmId}`;
}

/** Where the alarms of some severities are listed. */
export function alarmsPath(role: Role, severities: readonly string[]): string {
  return `${STAFF.includes(role) ? "/alarms" : "/live"}?severity=${severities.join(",")}`;
}

/** Pages whose lists the severities in the header narrow. */
export const NARROWED: readonly string[] = ["/overview", "/alarms", "/live"];
