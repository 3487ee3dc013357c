import { describe, expect, it } from "vitest";
import { alarm, machine } from "../live/fixtures";
import { foundFor } from "./found";

const pages = [{ path: "/trust", words: "Trust How late the data is" }, { path: "/rules", words: "Rules" }];
const machines = [machine("a", { name: "Loader 5", site: "Pit 3" }), machine("b", { name: "Digger 5" }), machine("c", { name: "Digger 15" })];
const alarms = [alarm("1", { severity: "low", machine: { id: "b", pin: "PIN-b", name: "Digger 5", kind: "excavator" } }), alarm("2", { severity: "critical" })];
const title = (): string => "Coolant too hot";
const find = (typed: string) => {
  const found = foundFor(typed, { pages, machines, alarms, title });
  return [found.pages.map((page) => page.path), found.machines.map((one) => one.name), found.alarms.map((one) => one.id)];
};

describe("the search", () => {
  it("shows the pages before anything is typed", () => {
    expect(find("  ")).toEqual([["/trust", "/rules"], [], []]);
  });

  it("finds by every word, in names, sites, alarms and what a page is for", () => {
    expect(find("pit loader")[1]).toEqual(["Loader 5"]);
    expect(find("late data")[0]).toEqual(["/trust"]);
    expect(find("hot digger")[2]).toEqual(["1"]);
  });

  it("puts names that begin with it first, and the worst alarms", () => {
    expect(find("digger")[1]).toEqual(["Digger 5", "Digger 15"]);
    expect(find("coolant")[2]).toEqual(["2", "1"]);
  });

  it("finds nothing, and says so by being empty", () => {
    expect(find("crane 9")).toEqual([[], [], []]);
  });
});
