import { describe, expect, it } from "vitest";
import type { Me } from "../api/types";
import { Account, preferencesOf, type OwnChange } from "./account";

const ME = { language: "zh", time_zone: "Europe/Berlin", version: 1 } as Me;

/** A server with one account, which others may change. */
function server() {
  let stored: Me = ME;
  const asked: string[] = [];
  const raise = (change: OwnChange) => (stored = { ...stored, ...change, version: (stored.version ?? 0) + 1 } as Me);
  const api = {
    read: async () => {
      asked.push("read");
      return stored;
    },
    change: async (change: OwnChange, version: number) => {
      asked.push(`change ${JSON.stringify(change)} of ${version}`);
      await Promise.resolve();
      if (version !== stored.version) throw Object.assign(new Error("stale"), { code: "precondition_failed" });
      return raise(change);
    },
  };
  return { api, asked, elsewhere: raise, stored: () => stored };
}

describe("what comes with an account", () => {
  it("is its language and its time zone", () => {
    expect(preferencesOf(ME, "en-US")).toEqual({ language: "zh-CN", timeZone: "Europe/Berlin" });
    expect(preferencesOf({ language: "en", time_zone: "Asia/Shanghai" }, "zh-CN")).toEqual({ language: "en-US", timeZone: "Asia/Shanghai" });
  });

  it("leaves the language as it is when nobody is signed in any more, and the time is the browser's", () => {
    expect(preferencesOf(null, "en-US")).toEqual({ timeZone: null });
    expect(preferencesOf({ language: null, time_zone: "Asia/Shanghai" }, "en-US")).toStrictEqual({ language: "en-US", timeZone: "Asia/Shanghai" });
  });
});

describe("a choice in the console", () => {
  it("is stored from the version that is known", async () => {
    const { api, asked, stored } = server();
    expect(await new Account(api).keep({ language: "en" }, () => ME)).toEqual({ ...ME, language: "en", version: 2 });
    expect(asked).toEqual(['change {"language":"en"} of 1']);
    expect(stored().language).toBe("en");
  });

  it("is built upon what another browser has changed meanwhile", async () => {
    const { api, asked, elsewhere, stored } = server();
    elsewhere({ time_zone: "Asia/Tokyo" });
    await new Account(api).keep({ language: "en" }, () => ME);
    expect(asked).toEqual(['change {"language":"en"} of 1', "read", 'change {"language":"en"} of 2']);
    expect(stored()).toMatchObject({ language: "en", time_zone: "Asia/Tokyo", version: 3 });
  });

  it("stays when it was the last of several made at once", async () => {
    const { api, stored } = server();
    const account = new Account(api);
    let known: Me = ME;
    const keep = (language: Me["language"]) => account.keep({ language }, () => known).then((me) => (known = me ?? known));
    await Promise.all([keep("en"), keep("zh"), keep("en"), keep("zh")]);
    expect(stored()).toMatchObject({ language: "zh", version: 5 });
  });

  it("asks nothing when nobody is signed in", async () => {
    const { api, asked } = server();
    expect(await new Account(api).keep({ language: "en" }, () => null)).toBeNull();
    expect(asked).toEqual([]);
  });

  it("says when it could not be stored, and the next one is tried all the same", async () => {
    const { api, stored } = server();
    const broken = { ...api, change: async (_change: OwnChange, _version: number): Promise<Me> => Promise.reject(new Error("away")) };
    const account = new Account(broken);
    await expect(account.keep({ language: "en" }, () => ME)).rejects.toThrow("away");
    broken.change = api.change;
    await account.keep({ time_zone: "Asia/Tokyo" }, () => ME);
    expect(stored().time_zone).toBe("Asia/Tokyo");
  });
});
