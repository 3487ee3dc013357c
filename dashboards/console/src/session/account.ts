/** What people choose for all their browsers, kept in their account: language, time zone and units. */
import type { Language, Preferences } from "../app/preferences";
import type { Me } from "../api/types";
import type { UnitSystem } from "../format/value";

const TAGS = { zh: "zh-CN", en: "en-US" } as const;

/** What an account says; null: none is chosen. */
interface Chosen {
  readonly language: keyof typeof TAGS | null;
  readonly time_zone: string | null;
  readonly units?: Me["units"];
}

/** The preferences that come with an account; what it has not chosen is the browser's, as is nobody's time zone. */
export function preferencesOf(me: Chosen | null, ofBrowser: Language): Partial<Preferences> {
  if (me === null) return { timeZone: null };
  const language = me.language === null ? ofBrowser : TAGS[me.language];
  return { timeZone: me.time_zone, language, ...(me.units == null ? {} : { units: me.units }) };
}

/** A change of one's own account, as the API takes it. */
export interface OwnChange {
  readonly language?: Me["language"];
  readonly time_zone?: string;
  readonly units?: UnitSystem;
}

/** The account's word for a language of the console. */
export function languageOf(tag: Language): keyof typeof TAGS {
  return tag === "zh-CN" ? "zh" : "en";
}

export interface AccountApi {
  readonly read: () => Promise<Me>;
  readonly change: (change: OwnChange, version: number) => Promise<Me>;
}

/** Keeps choices in an account one after the other, so that the last one made is the one that stays. */
export class Account {
  #api: AccountApi;
  #last: Promise<unknown> = Promise.resolve();

  constructor(api: AccountApi) {
    this.#api = api;
  }

  /** Stores a change; `me` is asked for when its turn has come. Somebody else's change meanwhile is read and built upon. */
  keep(change: OwnChange, me: () => Me | null | undefined): Promise<Me | null> {
    const kept = this.#last.then(() => this.#store(change, me()));
    this.#last = kept.catch(() => undefined);
    return kept;
  }

  async #store(change: OwnChange, me: Me | null | undefined): Promise<Me | null> {
    if (me == null || me.version === null) return null;
    try {
      return await this.#api.change(change, me.version);
    } catch (error) {
      if ((error as { code?: string }).code !== "precondition_failed") throw error;
      const now = await this.#api.read();
      return now.version === null ? null : this.#api.change(change, now.version);
    }
  }
}
