import { describe, expect, it } from "vitest";
import type { Me } from "../api/types";
import { alarmPath, alarmsPath, pagesOf } from "./pages";

const who = (role: Me["role"], rights: Me["rights"] = []) => ({ role, rights });

describe("pages", () => {
  it("begin with the overview for the control centre and with one's own machines for an owner", () => {
    expect(pagesOf(who("expert"))[0]!.path).toBe("/overview");
    expect(pagesOf(who("dealer"))[0]!.path).toBe("/overview");
    expect(pagesOf(who("owner"))[0]!.path).toBe("/mine");
    expect(pagesOf(who("integrator")).map((page) => page.path)).toEqual(["/live"]);
  });

  it("lead a dealer to no rules workshop, and an owner to no alarm desk", () => {
    expect(pagesOf(who("dealer")).map((page) => page.name)).not.toContain("rules");
    expect(pagesOf(who("auditor")).map((page) => page.name)).not.toContain("shift");
    expect(pagesOf(who("expert", ["read_rules"])).map((page) => page.name)).toContain("rules");
    expect(alarmPath("owner", "a1")).toBe("/live?alarm=a1");
    expect(alarmPath("dealer", "a1")).toBe("/alarms/a1");
    expect(alarmsPath("owner", ["critical", "high"])).toBe("/live?severity=critical,high");
  });
});
