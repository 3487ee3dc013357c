import { expect, it } from "vitest";
import { alarmsPath, machinesPath } from "./paths";

const whole = { site: null, siteId: null, organisationId: null };
const part = { site: "Pit & Quarry", siteId: "s1", organisationId: "o1" };

it("leads to the list of what is counted, of the same part", () => {
  expect(machinesPath(whole)).toBe("/machines");
  expect(machinesPath(whole, "silent")).toBe("/machines?only=silent");
  expect(machinesPath(part, "due")).toBe("/machines?only=due&site=Pit+%26+Quarry&organisation=o1");
  expect(alarmsPath(part, "critical")).toBe("/alarms?severity=critical&site=s1&organisation=o1");
  expect(alarmsPath(whole, "critical")).toBe("/alarms?severity=critical");
});
