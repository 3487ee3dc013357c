/** Pure: what the search finds among machines, alarms and pages. */
import type { Alarm, Machine } from "../api/types";
import { byName, matching } from "../machines/sorting";
import { severityRank } from "../severity/severity";

export interface Named {
  readonly path: string;
  readonly words: string;
}

export interface Found {
  readonly pages: readonly Named[];
  readonly machines: readonly Machine[];
  readonly alarms: readonly Alarm[];
}

const MOST = 8;
const ID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** The best of each for what was typed; nothing typed finds the pages. An id finds its machine or alarm. */
export function foundFor(typed: string, within: { pages: readonly Named[]; machines: readonly Machine[]; alarms: readonly Alarm[]; title: (alarm: Alarm) => string }): Found {
  const text = typed.trim().toLowerCase();
  if (text === "") return { pages: within.pages, machines: [], alarms: [] };
  if (ID.test(text)) {
    return { pages: [], machines: within.machines.filter((one) => one.id === text), alarms: within.alarms.filter((one) => one.id === text) };
  }
  const words = text.split(/\s+/);
  const hasAll = (said: string): boolean => words.every((word) => said.toLowerCase().includes(word));
  const starts = (machine: Machine): number => (machine.name.toLowerCase().startsWith(text) || machine.pin.toLowerCase() === text ? 0 : 1);
  return {
    pages: within.pages.filter((page) => hasAll(page.words)),
    machines: matching(within.machines, text).toSorted((a, b) => starts(a) - starts(b) || byName(a, b)).slice(0, MOST),
    alarms: within.alarms
      .filter((alarm) => hasAll(`${within.title(alarm)} ${alarm.machine.name} ${alarm.machine.pin} ${alarm.source_key}`))
      .toSorted((a, b) => severityRank(a.severity) - severityRank(b.severity) || (a.raised_at < b.raised_at ? 1 : -1))
      .slice(0, MOST),
  };
}
