import { describe, expect, it } from "vitest";
import { alarm } from "../live/fixtures";
import type { Place } from "./triage";
import { isNarrowed, showing, viewOf, withoutFilters, withPart } from "./view";

const NAMES = { site: null, customers: null };
const PLACES = new Map<string, Place>([["m1", { state: "working", site: "Pit 4", customer: "North", isOnly: false }]]);

function shown(address: string, names: Parameters<typeof showing>[1] = NAMES): string[] {
  const alarms = [
    alarm("open"),
    alarm("taken", { lifecycle: "active_acknowledged", assigned_to: "expert", severity: "low" }),
    alarm("gone", { state: "cleared", lifecycle: "returned_unacknowledged" }),
    alarm("over", { state: "cleared", lifecycle: "normal" }),
    alarm("shelved", { suppression: "shelved", machine: { id: "m2", pin: "PIN-2", name: "Crane 2", kind: "truck_crane" } }),
  ];
  return alarms.filter(showing(viewOf(new URLSearchParams(address)), names, PLACES, "expert")).map((row) => row.id);
}

describe("the desk's address", () => {
  it.each([
    ["", ["open", "taken", "gone", "shelved"]],
    ["standing=unanswered", ["open", "gone"]],
    ["standing=answered", ["taken"]],
    ["standing=gone", ["gone"]],
    ["standing=held", ["shelved"]],
    ["standing=cleared", ["gone", "over"]],
    ["whose=mine", ["taken"]],
    ["whose=nobody&severity=critical,high", ["open", "gone", "shelved"]],
    ["q=crane+pin-2", ["shelved"]],
    ["q=pit+4", ["open", "taken", "gone"]],
    ["standing=nonsense", ["open", "taken", "gone", "shelved"]],
  ])("%s shows %s", (address, expected) => {
    expect(shown(address)).toEqual(expected);
  });

  it("narrows to a site, and to the customers of a dealer", () => {
    expect(shown("", { site: "Pit 4", customers: null })).toEqual(["open", "taken", "gone"]);
    expect(shown("", { site: null, customers: new Set(["South"]) })).toEqual([]);
  });

  it("leaves out what is usual, and all filters", () => {
    const search = new URLSearchParams("alarm=1&gather=machine&severity=low&q=x");
    expect(withPart(search, "standing", "open", "open").toString()).toBe(search.toString());
    expect(withoutFilters(search).toString()).toBe("alarm=1&gather=machine");
    expect([isNarrowed(viewOf(search)), isNarrowed(viewOf(withoutFilters(search)))]).toEqual([true, false]);
  });
});
