/** Pure: what a transition says beside its kind: why, until when, to whom. */
import type { Transition } from "../api/types";

export type Why =
  | { readonly say: "text"; readonly text: string }
  | { readonly say: "code"; readonly list: string; readonly code: string }
  | { readonly say: "until"; readonly at: number }
  | { readonly say: "to"; readonly login: string }
  | { readonly say: "level"; readonly level: number; readonly people: number }
  | { readonly say: "toNobody" | "begins" | "ends" | "sold" | "back" };

const HELD: readonly string[] = ["shelved", "out_of_service"];

/** A reason is a person's words where somebody held the alarm back, otherwise why a machine is silent. */
export function whyOf({ kind, detail }: Pick<Transition, "kind" | "detail">): Why[] {
  const told: Why[] = [];
  const text = (name: string): string | null => (typeof detail[name] === "string" ? detail[name] : null);
  const add = (value: string | null, made: (value: string) => Why): void => {
    if (value !== null) told.push(made(value));
  };
  add(text("text"), (said) => ({ say: "text", text: said }));
  add(text("reason"), (reason) => (HELD.includes(kind) ? { say: "text", text: reason } : { say: "code", list: "silence_reasons", code: reason }));
  add(text("until"), (until) => ({ say: "until", at: Date.parse(until) }));
  add(text("verdict"), (code) => ({ say: "code", list: "finding_verdicts", code }));
  add(text("solved"), (code) => ({ say: "code", list: "finding_solutions", code }));
  add(text("suppression"), (code) => ({ say: "code", list: "alarm_suppressions", code }));
  if (kind === "assigned") add(text("login") ?? "", (login) => (login === "" ? { say: "toNobody" } : { say: "to", login }));
  if (kind === "investigating") told.push({ say: detail["begins"] === true ? "begins" : "ends" });
  if (kind === "escalated" && typeof detail["level"] === "number") {
    const people = detail["people"]; // ids; their logins stand with the notices
    told.push({ say: "level", level: detail["level"], people: Array.isArray(people) ? people.length : 0 });
  }
  if (detail["sold"] === true) told.push({ say: "sold" });
  if (detail["back"] === true) told.push({ say: "back" });
  return told;
}
