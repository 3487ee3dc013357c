import { expect, it } from "vitest";
import { alarm } from "../live/fixtures";
import { newCalls } from "./criticalCall";

const SINCE = Date.parse("2026-11-21T10:00:00Z");

it("calls once for what is new, critical and nobody's", () => {
  const fresh = alarm("a", { committed_at: "2026-11-21T10:00:01Z" });
  expect(newCalls([fresh], new Set(), SINCE)).toEqual(["a"]);
  expect(newCalls([fresh], new Set(["a"]), SINCE)).toEqual([]);
});

it.each([
  ["there before the page", { committed_at: "2026-11-21T09:59:59Z" }],
  ["less grave", { severity: "high" as const }],
  ["acknowledged", { lifecycle: "active_acknowledged" as const }],
  ["shelved", { suppression: "shelved" as const }],
  ["explained by another one", { inhibited_by: "b" }],
  ["found in late data", { historic: true }],
])("is silent on what is %s", (_why, change) => {
  expect(newCalls([alarm("a", { committed_at: "2026-11-21T10:00:01Z", ...change })], new Set(), SINCE)).toEqual([]);
});
