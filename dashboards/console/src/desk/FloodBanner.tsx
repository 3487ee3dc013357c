/** Says that a flood of alarms goes on, and which one came first. */
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { alarmName } from "../alarms/alarmName";
import { alarmQuery, sessionQuery } from "../api/queries";
import type { AlarmFlood } from "../api/types";
import { usePreferences } from "../app/preferences";
import { clockOrDay } from "../format/time";
import { serverNow } from "../api/client";
import { floodQuery } from "./queries";

const TOLD: readonly string[] = ["expert", "lead", "administrator"]; // of the control centre, who share the load

export const FloodBanner = memo(function FloodBanner({ onChoose }: { onChoose: (alarmId: string) => void }) {
  const { data: me } = useQuery(sessionQuery);
  const isTold = me != null && me.organisation.kind === "ecc" && TOLD.includes(me.role);
  const { data: flood } = useQuery({ ...floodQuery, enabled: isTold });
  return flood == null ? null : <Flood flood={flood} onChoose={onChoose} />;
});

function Flood({ flood, onChoose }: { flood: AlarmFlood; onChoose: (alarmId: string) => void }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { data: first } = useQuery(alarmQuery(flood.first_out));
  return (
    <div className="desk-flood" role="status" data-testid="flood">
      <b>{t("desk.flood", { since: clockOrDay(Date.parse(flood.began_at), serverNow(), language), peak: flood.peak, seats: flood.seats })}</b>
      <span>
        {t("desk.floodFirst")}{" "}
        <Button type="link" size="small" onClick={() => onChoose(flood.first_out)}>
          {first === undefined ? t("alarm.openOther") : `${alarmName(first, language)} · ${first.machine.name}`}
        </Button>
      </span>
    </div>
  );
}
