// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { isReachedWithItsRow, timeAt, timesOf } from "./timeTip";

function page(html: string): (selector: string) => HTMLElement {
  document.body.innerHTML = html;
  return (selector) => document.querySelector<HTMLElement>(selector)!;
}

describe("the instants of a page by keyboard", () => {
  it("are stops of their own where nothing beside them is one", () => {
    const at = page("<p><time data-tip></time></p><table><tr><td><time data-tip id=row></time></table>");
    expect(isReachedWithItsRow(at("p time"))).toBe(false);
    expect(isReachedWithItsRow(at("#row"))).toBe(false);
    expect(timesOf(at("p time"))).toEqual([at("p time")]);
  });

  it("are told with the link that they are part of, and with the button of their row", () => {
    const at = page("<a href='/'><time data-tip></time></a><ul><li><button></button><time data-tip id=b></time></li></ul>");
    expect(isReachedWithItsRow(at("a time"))).toBe(true);
    expect(isReachedWithItsRow(at("#b"))).toBe(true);
    expect(timesOf(at("a"))).toEqual([at("a time")]);
    expect(timesOf(at("button"))).toEqual([at("#b")]);
  });

  it("are stops of their own where a row has too many for one bubble", () => {
    const at = page(`<ul><li><button></button>${"<time data-tip></time>".repeat(4)}</li></ul>`);
    expect(isReachedWithItsRow(at("time"))).toBe(false);
    expect(timesOf(at("button"))).toEqual([]);
  });

  it("are not told while all of the page has the focus", () => {
    const at = page("<main tabindex=-1><time data-tip><b></b></time></main>");
    expect(timesOf(at("main"))).toEqual([]);
    expect(timeAt(at("b"))).toBe(at("time"));
    expect(timeAt(at("main"))).toBeNull();
  });
});
