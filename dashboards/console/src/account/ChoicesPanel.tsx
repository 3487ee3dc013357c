/** Language, time zone and units: kept in the account as they are chosen. */
import { App, Button, Segmented } from "antd";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { keepInAccount } from "../api/queries";
import type { Me } from "../api/types";
import { Panel } from "../app/Panel";
import { LANGUAGES, type Preferences, preferences, setPreferences, usePreferences } from "../app/preferences";
import { browserZone } from "../format/time";
import { languageOf, type OwnChange } from "../session/account";
import { refusalWords } from "../session/problemWords";
import { ZoneSelect } from "./ZoneSelect";

const LANGUAGE_NAMES = { "zh-CN": "中文", "en-US": "English" } as const; // each in itself
const UNITS = ["metric", "imperial"] as const;

export function ChoicesPanel({ me }: { me: Me }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { language, timeZone, units } = usePreferences();
  const ids = { language: useId(), zone: useId(), units: useId() };
  const here = browserZone();
  const choose = async (shown: Partial<Preferences>, change: OwnChange): Promise<void> => {
    const { language, timeZone, units } = preferences();
    setPreferences(shown);
    try {
      await keepInAccount(change);
    } catch (error) {
      setPreferences({ language, timeZone, units }); // what is shown is what is kept
      void message.error(refusalWords(error, t));
    }
  };
  const takeZone = (zone: string): void => void choose({ timeZone: zone }, { time_zone: zone });
  return (
    <Panel id="account-choices" title={t("account.choices")}>
      <div className="account-form">
        <p className="quiet">{t("account.choicesHelp")}</p>
        <span id={ids.language}>{t("account.language")}</span>
        <Segmented
          aria-labelledby={ids.language}
          value={language}
          onChange={(value) => void choose({ language: value }, { language: languageOf(value) })}
          options={LANGUAGES.map((value) => ({ value, label: <span lang={value}>{LANGUAGE_NAMES[value]}</span> }))}
        />
        <label htmlFor={ids.zone}>{t("account.zone")}</label>
        <ZoneSelect id={ids.zone} value={me.time_zone} onChoose={takeZone} />
        {timeZone !== here && (
          <Button className="account-own" onClick={() => takeZone(here)} data-testid="own-zone">
            {t("account.ownZone", { zone: here })}
          </Button>
        )}
        <span id={ids.units}>{t("account.units")}</span>
        <Segmented
          vertical
          aria-labelledby={ids.units}
          value={units}
          onChange={(value) => void choose({ units: value }, { units: value })}
          options={UNITS.map((value) => ({ value, label: t(`header.units.${value}`) }))}
        />
      </div>
    </Panel>
  );
}
