import { describe, expect, it } from "vitest";
import { changed, type Field, fieldsFor, filled, same, valuesOf, wrongByMember } from "./fields";

const FIELDS: readonly Field[] = [
  { name: "name", kind: "text", required: true },
  { name: "organisation_id", kind: "text", only: "new" },
  { name: "active", kind: "switch", only: "there" },
  { name: "geometry", kind: "geometry", when: (values) => values["name"] === "fence" },
];

describe("a form's fields", () => {
  it("asks for what is for new things, for things there, and as the other values are", () => {
    const names = (row: { id: string } | null, values: Record<string, unknown>): string[] => fieldsFor(FIELDS, row, values).map((field) => field.name);
    expect(names(null, {})).toEqual(["name", "organisation_id"]);
    expect(names({ id: "1" }, { name: "fence" })).toEqual(["name", "active", "geometry"]);
  });

  it("begins with the thing's own members, of a geofence with all three", () => {
    expect(valuesOf(FIELDS, { name: "a", radius_m: 5, other: 1 })).toEqual({ name: "a", organisation_id: null, active: null, geometry: null, radius_m: 5, width_m: null });
  });
});

describe("a change", () => {
  it("names what differs, whatever the order of members and whether nothing is null or left out", () => {
    const before = { name: "a", items: [{ code: "x", every_h: null }], tell: ["owner"] };
    expect(changed(before, { name: "a", items: [{ every_h: undefined, code: "x" }], tell: ["owner", "dealer"] })).toEqual({ tell: ["owner", "dealer"] });
    expect(same([1, 2], [2, 1])).toBe(false);
    expect(same({}, [])).toBe(false);
  });

  it("leaves out what is empty of something new", () => {
    expect(filled({ a: "", b: null, c: 0, d: false, e: undefined })).toEqual({ c: 0, d: false });
  });
});

describe("what is wrong", () => {
  it("stands beside its member, with the place inside it, and what is about none apart", () => {
    const wrong = wrongByMember(
      [
        { where: "name", message: "too long" },
        { where: "seats.0.name", message: "empty" },
        { where: "geometry.coordinates.0", message: "ring 1 crosses itself" },
        { where: "", message: "no" },
        { where: "unknown", message: "what?" },
      ],
      new Set(["name", "seats", "geometry"]),
    );
    expect(Object.fromEntries(wrong)).toEqual({ name: "too long", seats: "seats.0.name: empty", geometry: "ring 1 crosses itself", "": "no unknown: what?" });
  });
});
