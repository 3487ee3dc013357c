/** How many machines of each customer are hit, counted on as alarms come, change and go. */
import type { Alarm } from "../api/types";
import { isHit, type Place } from "./triage";

export class HitCount {
  /** Of each customer's machines that are hit, how many alarms say so. */
  #alarms = new Map<string, Map<string, number>>();
  #machines: ReadonlyMap<string, number> = new Map();
  #changed = new Set<string>();

  /** How many machines of each customer are hit: another object when a number is another. */
  get machines(): ReadonlyMap<string, number> {
    return this.#machines;
  }

  /** One alarm more (`by` 1) or less (-1) of a machine at this place. */
  count(alarm: Alarm | undefined, place: Place | undefined, by: 1 | -1): void {
    if (alarm === undefined || place === undefined || place.customer === null || !isHit(alarm)) return;
    const machines = this.#alarms.get(place.customer) ?? new Map<string, number>();
    this.#alarms.set(place.customer, machines);
    const before = machines.get(alarm.machine.id) ?? 0;
    const after = before + by;
    if (after === 0) machines.delete(alarm.machine.id);
    else machines.set(alarm.machine.id, after);
    if (before === 0 || after === 0) this.#changed.add(place.customer);
  }

  /** The customers whose number of machines has become another since this was asked last. */
  changed(): ReadonlySet<string> {
    const changed = new Set([...this.#changed].filter((customer) => (this.#machines.get(customer) ?? 0) !== this.#alarms.get(customer)!.size));
    this.#changed.clear();
    if (changed.size > 0) this.#machines = new Map([...this.#alarms].filter(([, machines]) => machines.size > 0).map(([customer, machines]) => [customer, machines.size]));
    return changed;
  }
}
