import { expect, it } from "vitest";
import type { DueItem, HelpRequest, NoticePreference } from "../api/types";
import { alarm } from "../live/fixtures";
import { changed } from "./changed";
import { needsOf } from "./needs";

const due = (item: string, state: DueItem["state"]) => ({ machine_id: "m", item, state }) as DueItem;
const asked = (id: string, answered_at: string | null) => ({ id, answered_at }) as HelpRequest;

it("what needs somebody comes worst first, and what is explained, held back or answered does not", () => {
  const needs = needsOf(
    [
      alarm("low", { severity: "low" }),
      alarm("critical", { severity: "critical" }),
      alarm("follows", { severity: "high", inhibited_by: "critical" }),
      alarm("in repair", { severity: "high", suppression: "by_design" }),
      alarm("over", { severity: "high", state: "cleared" }),
      alarm("info", { severity: "info" }),
    ],
    [due("oil", "soon"), due("filter", "overdue")],
    [asked("open", null), asked("done", "2026-11-22T10:00:00Z")],
  );
  expect(needs.map((need) => need.key)).toEqual(["critical", "open", "m filter", "low", "m oil"]);
});

it("of preferences only what was changed is sent", () => {
  const kept = { cleared: true, channels: { email: ["critical"] }, quiet_from: null, version: 3 } as unknown as NoticePreference;
  expect(changed(kept, { ...kept, channels: { email: ["critical", "high"] } })).toEqual({ channels: { email: ["critical", "high"] } });
  expect(changed(kept, kept)).toEqual({});
});
