// @vitest-environment jsdom
import { beforeEach, describe, expect, it, vi } from "vitest";
import { preferencesOf } from "../session/account";

const AT = Date.UTC(2026, 10, 21, 22, 30);

/** The page as it is opened, in a browser that speaks English and whose viewer chose `language` before. */
async function opened(language?: string) {
  vi.resetModules();
  localStorage.clear();
  if (language !== undefined) localStorage.setItem("ecc.preferences", JSON.stringify({ language }));
  return { ...(await import("./preferences")), ...(await import("../format/time")) };
}

describe("preferences", () => {
  beforeEach(() => vi.stubGlobal("navigator", { languages: ["en-GB"] }));

  it("are the browser's until somebody signs in, then the account's", async () => {
    const page = await opened();
    expect(page.preferences()).toMatchObject({ language: "en-US", timeZone: null });
    page.setPreferences(preferencesOf({ language: "zh", time_zone: "Asia/Tokyo" }, page.languageOfBrowser()));
    expect(page.preferences()).toMatchObject({ language: "zh-CN", timeZone: "Asia/Tokyo" });
    expect(page.clock(AT, "en-US")).toBe("07:30:00");
    expect(page.clockOrDay(AT, AT + 60_000, "en-US")).toBe("07:30:00");
    expect(page.clockOrDay(AT - 8 * 3_600_000, AT, "en-US")).toContain("11/21");
  });

  it("are the account's even when this browser's viewer chose otherwise before", async () => {
    const page = await opened("zh-CN");
    expect(page.preferences().language).toBe("zh-CN");
    page.setPreferences(preferencesOf({ language: "en", time_zone: "Europe/Berlin" }, page.languageOfBrowser()));
    expect(page.preferences().language).toBe("en-US");
    expect(page.clock(AT, "en-US")).toBe("23:30:00");
  });

  it("are the browser's where the account has chosen no language", async () => {
    const page = await opened();
    page.setPreferences(preferencesOf({ language: null, time_zone: "Asia/Tokyo" }, page.languageOfBrowser()));
    expect(page.preferences()).toMatchObject({ language: "en-US", timeZone: "Asia/Tokyo" });
  });

  it("are the browser's for such an account even when the one before it spoke otherwise", async () => {
    const page = await opened();
    page.setPreferences(preferencesOf({ language: "zh", time_zone: null }, page.languageOfBrowser()));
    page.setPreferences(preferencesOf(null, page.languageOfBrowser()));
    page.setPreferences(preferencesOf({ language: null, time_zone: null }, page.languageOfBrowser()));
    expect(page.preferences().language).toBe("en-US");
  });

  it("are what was chosen at the sign-in page for an account that has chosen no language", async () => {
    const page = await opened();
    page.setPreferences({ language: "zh-CN", browserLanguage: "zh-CN" });
    page.setPreferences(preferencesOf({ language: null, time_zone: null }, page.languageOfBrowser()));
    expect(page.preferences().language).toBe("zh-CN");
  });

  it("are the account's units, and keep them in the browser", async () => {
    const page = await opened();
    page.setPreferences(preferencesOf({ language: "en", time_zone: null, units: "imperial" }, page.languageOfBrowser()));
    expect((await import("../format/value")).quantity(100, "degC", "en-US")).toBe("212.0 °F");
    expect(JSON.parse(localStorage.getItem("ecc.preferences")!)).toMatchObject({ units: "imperial" });
  });

  it("leave the account's time zone with its person", async () => {
    const page = await opened();
    page.setPreferences(preferencesOf({ language: "zh", time_zone: "America/Lima" }, page.languageOfBrowser()));
    page.setPreferences(preferencesOf(null, page.languageOfBrowser()));
    expect(page.shownZone()).toBe(page.browserZone());
    expect(page.preferences().language).toBe("zh-CN");
    expect(localStorage.getItem("ecc.preferences")).not.toContain("Lima");
  });

  it("show the browser's time for a zone that it does not know", async () => {
    const page = await opened();
    page.setPreferences({ timeZone: "Mars/Olympus" });
    expect(page.shownZone()).toBe(page.browserZone());
  });
});
