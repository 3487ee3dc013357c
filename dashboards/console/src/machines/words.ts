/** Kinds and states of machines in the viewer's language. */
import type { TFunction } from "i18next";
import type { Machine } from "../api/types";

const KINDS = [
  "excavator", "wheel_loader", "truck_crane", "concrete_pump_truck", "roller", "dozer", "grader", "paver", "mixer",
  "rotary_drilling_rig", "forklift", "mining_truck", "aerial_platform", "tractor", "other",
] as const;
export const WORK_STATES = ["working", "travelling", "idle", "off"] as const;
export type ShownState = (typeof WORK_STATES)[number] | "offline" | "unknown";
export const SHOWN_STATES: readonly ShownState[] = [...WORK_STATES, "offline", "unknown"];

/** A kind's name; a kind that no catalogue knows is shown as it is. */
export function kindWord(kind: string, t: TFunction): string {
  const known = KINDS.find((candidate) => candidate === kind);
  return known === undefined ? kind.replaceAll("_", " ") : t(`kind.${known}`);
}

/** What the state column says: offline is stronger than what the machine did last. */
export function shownState(machine: Pick<Machine, "online" | "work_state">): ShownState {
  if (!machine.online) return "offline";
  return WORK_STATES.find((state) => state === machine.work_state) ?? "unknown";
}
