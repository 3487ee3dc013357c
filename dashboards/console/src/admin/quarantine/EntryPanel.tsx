/** One refused message: what is known of it, and the message itself, readable. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { CodeWord } from "../../alarms/CodeWord";
import { ErrorNotice } from "../../app/Notice";
import { PageLoading } from "../../app/PageLoading";
import { Time } from "../../app/Time";
import { DetailFrame } from "../DetailFrame";
import { useMay } from "../useMay";
import { entryQuery } from "./queries";
import { ReplayTool } from "./ReplayTool";
import { WayOut } from "./WayOut";

export function EntryPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const { data: entry, error, refetch } = useQuery(entryQuery(id));
  return (
    <DetailFrame title={entry?.terminal ?? t("admin.message")} onClose={onClose}>
      {error ? (
        <ErrorNotice error={error} retry={() => void refetch()} />
      ) : entry === undefined ? (
        <PageLoading />
      ) : (
        <>
          {may("replay_quarantine") && (
            <div className="admin-commands">
              <ReplayTool ids={[entry.id]} onAsked={onClose} />
            </div>
          )}
          <dl className="facts">
            <dt>{t("admin.field.reason")}</dt>
            <dd><CodeWord list="quarantine_reasons" code={entry.reason} /></dd>
            <dt>{t("admin.wrongExactly")}</dt>
            <dd lang="en">{entry.detail}</dd>
            <dt>{t("admin.wayOut")}</dt>
            <dd><WayOut reason={entry.reason} /></dd>
            <dt>{t("admin.field.received_at")}</dt>
            <dd className="figure"><Time at={entry.received_at} whole /></dd>
            <dt>{t("admin.sentAgain")}</dt>
            <dd className="figure">{entry.replayed_at === null ? t("admin.no") : <Time at={entry.replayed_at} whole />}</dd>
            <dt>{t("admin.field.topic")}</dt>
            <dd>{entry.topic}</dd>
            <dt>{t("admin.refused")}</dt>
            <dd>
              <CodeWord list="quarantine_parts" code={entry.part} /> {entry.row ?? ""}
            </dd>
            <dt>boot / seq</dt>
            <dd className="figure">{entry.boot === null ? t("admin.namesNone") : `${entry.boot} / ${entry.seq}`}</dd>
          </dl>
          <h3 className="part-title">
            {t("admin.payload")} <small className="quiet">{t("admin.bytes", { count: entry.payload_bytes })} · <CodeWord list="payload_forms" code={entry.payload_form} />{entry.is_gzip ? " · gzip" : ""}{entry.is_cut ? ` · ${t("admin.cut")}` : ""}</small>
          </h3>
          <pre className="payload" tabIndex={0} data-testid="payload">{entry.payload}</pre>
        </>
      )}
    </DetailFrame>
  );
}
