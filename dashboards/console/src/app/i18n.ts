/** Words: one catalogue per language, a file for each part of the console, loaded on demand; keys are checked at build by scripts/check-words.mjs. */
import type { Locale } from "antd/es/locale";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type { Language } from "./preferences";

interface Spoken {
  readonly words: Record<string, unknown>;
  readonly antd: Locale;
}

const LOADERS: Record<Language, () => Promise<Spoken>> = {
  "zh-CN": async () => {
    const [words, antd] = await Promise.all([import("../words/zh-CN"), import("antd/es/locale/zh_CN")]);
    return { words: words.default, antd: antd.default };
  },
  "en-US": async () => {
    const [words, antd] = await Promise.all([import("../words/en-US"), import("antd/es/locale/en_US")]);
    return { words: words.default, antd: antd.default };
  },
};

const loaded = new Map<Language, Locale>();

/** Loads a language's catalogue and makes it the current one; returns antd's own texts for it. */
export async function speak(language: Language): Promise<Locale> {
  if (!i18next.isInitialized) {
    await i18next.use(initReactI18next).init({
      lng: language,
      fallbackLng: false,
      resources: {},
      interpolation: { escapeValue: false },
      returnNull: false,
    });
  }
  let locale = loaded.get(language);
  if (locale === undefined) {
    const spoken = await LOADERS[language]();
    i18next.addResourceBundle(language, "translation", spoken.words, true, true);
    locale = spoken.antd;
    loaded.set(language, locale);
  }
  if (i18next.language !== language) await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  return locale;
}
