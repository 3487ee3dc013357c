/** When the part failed, by the clock of the zone in which times are shown. */
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { serverNow } from "../api/client";
import { shownZone } from "../format/time";
import { instantOf, wallOf } from "../machine_page/wallTime";

/** `wall`: as the browser's field has it; "" for not known. */
export function FailedAt({ wall, onChange }: { wall: string; onChange: (wall: string) => void }) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <>
      <label htmlFor={id}>{t("desk.verdict.failedAt")}</label>
      <input
        id={id}
        type="datetime-local"
        className="dialog-time"
        aria-describedby={`${id}-help`}
        max={wallOf(serverNow(), shownZone()).slice(0, 16)}
        value={wall}
        onChange={(event) => onChange(event.target.value)}
      />
      <p id={`${id}-help`} className="quiet">
        {t("desk.verdict.failedAtHelp")}
      </p>
    </>
  );
}

/** The instant as the API takes it; null for not known. */
export function failedAtOf(wall: string): string | null {
  const at = instantOf(wall, shownZone());
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}
