import { describe, expect, it } from "vitest";
import { readWeek, weekOf } from "./rosters/week";
import { instantOfWall, wallOf } from "./wall";
import { hoursOf, spansOf, weekdayName } from "./week";

describe("hours as people type them", () => {
  it.each([
    ["08:00-12:00 13:00-17:30", [{ from: "08:00", to: "12:00" }, { from: "13:00", to: "17:30" }]],
    ["8:00–17:00", [{ from: "08:00", to: "17:00" }]],
    ["", []],
  ])("%s", (text, spans) => {
    expect(spansOf(text)).toEqual(spans);
  });
  it("are refused where they are none", () => {
    expect([spansOf("8-12"), spansOf("25:00-26:00"), spansOf("08:00-")]).toEqual([null, null, null]);
  });
  it("are shown as they are typed", () => {
    expect(hoursOf([{ from: "22:00", to: "06:00" }])).toBe("22:00-06:00");
    expect(weekdayName("monday", "en-US")).toBe("Mon");
  });
});

describe("a clock on the wall", () => {
  it("is the viewer's, there and back, over a change of the clocks too", () => {
    expect(wallOf("2026-11-22T20:00:00Z", "Asia/Shanghai")).toBe("2026-11-23T04:00");
    expect(instantOfWall("2026-11-23T04:00", "Asia/Shanghai")).toBe("2026-11-22T20:00:00.000Z");
    expect(instantOfWall("2026-03-29T12:00", "Europe/Berlin")).toBe("2026-03-29T10:00:00.000Z");
    expect(wallOf("nonsense")).toBe("");
  });
});

describe("a week of a roster", () => {
  it("begins on Monday on the roster's clocks", () => {
    const { from, to } = weekOf(Date.parse("2026-11-22T20:00:00Z"), 0, "Asia/Shanghai"); // a Monday there, a Sunday in UTC
    expect([new Date(from).toISOString(), new Date(to).toISOString()]).toEqual(["2026-11-22T16:00:00.000Z", "2026-11-29T16:00:00.000Z"]);
  });

  it("is put together from one change of the seats to the next, a turn once", async () => {
    const hour = 3_600_000;
    const at = (hours: number): string => new Date(hours * hour).toISOString();
    const turn = (from: number, until: number, name: string) => ({ from_at: at(from), until: at(until), people: [{ id: "", login: "", name, email: null, phone: null, language: "en" as const }] });
    const asked: string[] = [];
    const week = await readWeek({ from: 0, to: 24 * hour }, (instant) => {
      asked.push(instant);
      const now = Date.parse(instant) / hour;
      const first = now < 12 ? turn(0, 12, "Wang") : turn(12, 30, "Li");
      const second = now < 6 ? null : turn(6, 24, "Chen");
      return Promise.resolve({
        at: instant, name: "", roster_id: "", time_zone: "UTC",
        seats: [
          { seat_id: "a", name: "A", role: "expert" as const, now: first, next: null },
          { seat_id: "b", name: "B", role: "lead" as const, now: second, next: second === null ? turn(6, 24, "Chen") : null },
        ],
      });
    });
    expect(asked).toEqual([at(0), at(6), at(12)]);
    expect(week.seats.map((seat) => seat.turns.map(({ from, to, people }) => [from / hour, to / hour, people[0]]))).toEqual([
      [[0, 12, "Wang"], [12, 24, "Li"]],
      [[6, 24, "Chen"]],
    ]);
  });
});
