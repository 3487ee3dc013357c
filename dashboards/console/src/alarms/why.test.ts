import { describe, expect, it } from "vitest";
import { whyOf } from "./why";

describe("why an alarm changed", () => {
  it("is what somebody wrote, and until when", () => {
    expect(whyOf({ kind: "commented", detail: { text: "Hose is new." } })).toEqual([{ say: "text", text: "Hose is new." }]);
    expect(whyOf({ kind: "shelved", detail: { reason: "in the workshop", until: "2026-11-21T10:00:00+00:00" } })).toEqual([
      { say: "text", text: "in the workshop" },
      { say: "until", at: Date.parse("2026-11-21T10:00:00Z") },
    ]);
  });

  it("is a code of a list where the platform or a verdict says it", () => {
    expect(whyOf({ kind: "revised", detail: { reason: "no_coverage", share: 0.8 } })).toEqual([{ say: "code", list: "silence_reasons", code: "no_coverage" }]);
    expect(whyOf({ kind: "judged", detail: { verdict: "nuisance" } })).toEqual([{ say: "code", list: "finding_verdicts", code: "nuisance" }]);
    expect(whyOf({ kind: "raised", detail: {} })).toEqual([]);
  });

  it("is to whom", () => {
    expect(whyOf({ kind: "assigned", detail: { to: "1", login: "lead" } })).toEqual([{ say: "to", login: "lead" }]);
    expect(whyOf({ kind: "assigned", detail: { to: null, login: null } })).toEqual([{ say: "toNobody" }]);
    expect(whyOf({ kind: "escalated", detail: { level: 2, people: ["0198f3a1", "0198f3a2"] } })).toEqual([{ say: "level", level: 2, people: 2 }]);
    expect(whyOf({ kind: "investigating", detail: { begins: false } })).toEqual([{ say: "ends" }]);
  });
});
