/** Rows for the unit tests. */
import type { Alarm, LiveMachine, Machine } from "../api/types";

export function machine(id: string, change: Partial<Machine> = {}): Machine {
  return {
    id,
    pin: `PIN-${id}`,
    serial_number: null,
    equipment_id: null,
    name: `Excavator ${id}`,
    kind: "excavator",
    model: null,
    maker: null,
    site: null,
    organisation: null,
    mode: "in_service",
    online: true,
    work_state: "working",
    measured_at: "2026-11-21T10:00:00Z",
    received_at: "2026-11-21T10:00:00Z",
    position: null,
    open_alarms: { count: 0, severity: null },
    signals: {},
    ...change,
  };
}

export function live(id: string, change: Partial<LiveMachine> = {}): LiveMachine {
  return {
    id,
    name: `Excavator ${id}`,
    kind: "excavator",
    online: true,
    work_state: "working",
    measured_at: "2026-11-21T10:00:01Z",
    latitude_deg: null,
    longitude_deg: null,
    is_coarse: false,
    severity: null,
    open_alarms: 0,
    signals: {},
    ...change,
  };
}

export function alarm(id: string, change: Partial<Alarm> = {}): Alarm {
  return {
    finding_id: `finding-${id}`,
    id,
    machine: { id: "m1", pin: "PIN-m1", name: "Excavator m1", kind: "excavator" },
    source_kind: "rule",
    source_key: "low_oil_pressure",
    text: { zh: "机油压力低", en: "Low oil pressure" },
    severity: "critical",
    state: "active",
    historic: false,
    raised_at: "2026-11-21T10:00:00Z",
    cleared_at: null,
    committed_at: "2026-11-21T10:00:01Z",
    acknowledged_at: null,
    acknowledged_by: null,
    lifecycle: "active_unacknowledged",
    asks: "acknowledgement",
    suppression: null,
    inhibited_by: null,
    chattering: false,
    fleeting: false,
    escalation: 0,
    assigned_to: null,
    investigating_since: null,
    investigated_by: null,
    values: [],
    ...change,
  };
}
