/** The last replays: how far the one under way is, and what the others came to. */
import { useQuery } from "@tanstack/react-query";
import { Progress } from "antd";
import { useTranslation } from "react-i18next";
import { CodeWord } from "../../alarms/CodeWord";
import type { QuarantineReplay } from "../../api/types";
import { Age } from "../../app/Age";
import { isUnderWay, replaysQuery } from "./queries";

export function Replays() {
  const { t } = useTranslation();
  const { data } = useQuery(replaysQuery);
  if (data === undefined || data.length === 0) return null;
  return (
    <ul className="replays" aria-label={t("admin.replays")} data-testid="replays">
      {data.slice(0, 3).map((replay) => (
        <li key={replay.id} data-state={replay.state}>
          <span className="replays-head">
            <b>{t("admin.replayNo", { number: replay.id })}</b> <CodeWord list="replay_states" code={replay.state} /> <span className="quiet">{replay.asked_by} <Age at={replay.asked_at} /></span>
          </span>
          {isUnderWay(replay) ? <Progress percent={Math.round(replay.progress_ratio * 100)} size="small" aria-label={t("admin.replayNo", { number: replay.id })} /> : <Outcome replay={replay} />}
        </li>
      ))}
    </ul>
  );
}

function Outcome({ replay }: { replay: QuarantineReplay }) {
  const { t } = useTranslation();
  if (replay.failure !== null)
    return (
      <span className="field-error">
        <CodeWord list="quarantine_replay_failures" code={replay.failure} />
      </span>
    );
  const again = Object.entries(replay.refused_again);
  return (
    <span className="replays-outcome">
      <span>{t("admin.kept", { count: replay.kept, of: replay.sent })}</span>
      {again.map(([reason, count]) => (
        <span key={reason} className="field-error">
          {count} <CodeWord list="quarantine_reasons" code={reason} />
        </span>
      ))}
      {replay.unknown > 0 && <span className="field-error">{t("admin.unknownYet", { count: replay.unknown })}</span>}
      {replay.without_sign > 0 && <span className="quiet">{t("admin.withoutSign", { count: replay.without_sign })}</span>}
      {replay.not_sendable.length > 0 && <span className="field-error">{t("admin.notSendable", { count: replay.not_sendable.length })}</span>}
    </span>
  );
}
