/** Collects live updates and hands them on in few, bounded steps: the newest of each machine, alarms almost at once. */
import type { Alarm, LiveMachine } from "../api/types";

export interface BufferOptions {
  /** Asked anew each time: a large fleet is drawn less often. */
  readonly machinesEveryMs: () => number;
  readonly alarmsAfterMs: number;
  /** null: the machine is the viewer's no more. */
  readonly onMachines: (updates: ReadonlyMap<string, LiveMachine | null>) => void;
  readonly onAlarms: (updates: ReadonlyMap<string, Alarm>) => void;
}

export class UpdateBuffer {
  #options: BufferOptions;
  #machines = new Map<string, LiveMachine | null>();
  #alarms = new Map<string, Alarm>();
  #machineTimer: ReturnType<typeof setTimeout> | null = null;
  #alarmTimer: ReturnType<typeof setTimeout> | null = null;
  #machinesSentAt = Number.NEGATIVE_INFINITY;

  constructor(options: BufferOptions) {
    this.#options = options;
  }

  addMachines(items: readonly LiveMachine[], gone: readonly string[] = []): void {
    for (const item of items) this.#machines.set(item.id, item);
    for (const id of gone) this.#machines.set(id, null);
    if (this.#machines.size === 0 || this.#machineTimer !== null) return;
    const wait = Math.max(0, this.#machinesSentAt + this.#options.machinesEveryMs() - Date.now());
    this.#machineTimer = setTimeout(() => this.#sendMachines(), wait);
  }

  addAlarm(alarm: Alarm): void {
    this.#alarms.set(alarm.id, alarm);
    this.#alarmTimer ??= setTimeout(() => this.#sendAlarms(), this.#options.alarmsAfterMs);
  }

  stop(): void {
    if (this.#machineTimer !== null) clearTimeout(this.#machineTimer);
    if (this.#alarmTimer !== null) clearTimeout(this.#alarmTimer);
    this.#machineTimer = this.#alarmTimer = null;
  }

  #sendMachines(): void {
    const updates = this.#machines;
    this.#machines = new Map();
    this.#machineTimer = null;
    this.#machinesSentAt = Date.now();
    this.#options.onMachines(updates);
  }

  #sendAlarms(): void {
    const updates = this.#alarms;
    this.#alarms = new Map();
    this.#alarmTimer = null;
    this.#options.onAlarms(updates);
  }
}
