/** Pure: entries that say the same one after another, as one: a terminal whose clock is wrong sends such a message a second. */
import type { QuarantineEntry } from "../../api/types";

type Entry = Pick<QuarantineEntry, "terminal" | "reason" | "detail" | "replayed_at">;

const isSame = (one: Entry, other: Entry): boolean =>
  one.terminal === other.terminal && one.reason === other.reason && one.detail === other.detail && (one.replayed_at === null) === (other.replayed_at === null);

/** Neighbours of the same terminal, reason and detail together; the order stays. */
export function grouped<E extends Entry>(entries: readonly E[]): readonly (readonly [E, ...E[]])[] {
  const groups: [E, ...E[]][] = [];
  for (const entry of entries) {
    const last = groups.at(-1);
    if (last !== undefined && isSame(last[0], entry)) last.push(entry);
    else groups.push([entry]);
  }
  return groups;
}
