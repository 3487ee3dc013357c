/** Pure: what needs an owner, the worst first. */
import type { Alarm, DueItem, HelpRequest } from "../api/types";
import { severityRank } from "../severity/severity";

export interface Need {
  readonly key: string;
  readonly rank: number;
  readonly alarm?: Alarm;
  readonly due?: DueItem;
  readonly help?: HelpRequest;
}

const DUE_RANKS: Readonly<Record<DueItem["state"], number>> = { overdue: 1.5, due: 2.5, soon: 3.5, ok: 9 };

/** Alarms that stand for something to do, services, and requests that nobody has answered; the worst first. */
export function needsOf(alarms: readonly Alarm[], due: readonly DueItem[], help: readonly HelpRequest[]): Need[] {
  return [
    ...alarms
      .filter((alarm) => alarm.state === "active" && alarm.severity !== "info" && alarm.suppression === null && alarm.inhibited_by === null)
      .map((alarm): Need => ({ key: alarm.id, rank: severityRank(alarm.severity), alarm })),
    ...due.map((item): Need => ({ key: `${item.machine_id} ${item.item}`, rank: DUE_RANKS[item.state], due: item })),
    ...help.filter((one) => one.answered_at === null).map((one): Need => ({ key: one.id, rank: 1, help: one })),
  ].toSorted((a, b) => a.rank - b.rank);
}
