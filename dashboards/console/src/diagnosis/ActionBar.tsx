/** What the viewer may do with the alarm: nothing is offered that the API would refuse. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { App, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { AlarmCommands } from "../alarms/AlarmCommands";
import { takeAlarm } from "../alarms/commands";
import { queryClient, sessionQuery } from "../api/queries";
import type { AlarmDetail } from "../api/types";
import { refusalWords } from "../session/problemWords";
import { HandOverDialog } from "./HandOverDialog";
import { useGuide } from "./made";
import { investigate } from "./queries";
import { ResolveDialog } from "./ResolveDialog";

export function ActionBar({ alarm }: { alarm: AlarmDetail }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(sessionQuery);
  const guide = useGuide(alarm);
  const [open, setOpen] = useState<"resolve" | "hand-over" | null>(null);
  const may = (right: string): boolean => me?.rights.includes(right) === true && alarm.state !== "withdrawn";
  const close = (): void => setOpen(null);
  return (
    <div className="diagnosis-actions" role="toolbar" aria-label={t("diagnosis.actions")} data-testid="diagnosis-actions">
      {may("give_verdicts") && (
        <Button type={alarm.acknowledged_at === null ? "default" : "primary"} onClick={() => setOpen("resolve")} aria-keyshortcuts="r" data-testid="diagnosis-resolve">
          {t("diagnosis.resolve.open")} <kbd>r</kbd>
        </Button>
      )}
      {may("acknowledge_alarms") && (
        <>
          <Button onClick={() => setOpen("hand-over")} disabled={guide.data === undefined} aria-keyshortcuts="h" data-testid="diagnosis-hand-over">
            {t("diagnosis.visit.open")} <kbd>h</kbd>
          </Button>
          <Investigate alarm={alarm} />
        </>
      )}
      <AlarmCommands alarm={alarm} />
      {open === "resolve" && <ResolveDialog alarm={alarm} onClose={close} />}
      {open === "hand-over" && guide.data !== undefined && <HandOverDialog alarm={alarm} guide={guide.data} onClose={close} />}
    </div>
  );
}

function Investigate({ alarm }: { alarm: AlarmDetail }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const begins = alarm.investigating_since === null;
  const changed = useMutation({
    mutationFn: () => investigate(alarm.id, begins),
    onSuccess: takeAlarm,
    onError: (error) => void message.error(refusalWords(error, t)),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["alarm", alarm.id] }),
  });
  return (
    <Button onClick={() => changed.mutate()} loading={changed.isPending} aria-keyshortcuts="i" data-testid="diagnosis-investigate">
      {begins ? t("diagnosis.investigate") : t("diagnosis.investigateEnds")} <kbd>i</kbd>
    </Button>
  );
}
