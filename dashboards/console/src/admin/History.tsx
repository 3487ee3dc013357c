/** Who changed a thing, when, and what was before and after. */
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import type { AuditEntry } from "../api/types";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { PageLoading } from "../app/PageLoading";
import { Time } from "../app/Time";
import { actionWord, memberWord } from "./audit/auditWords";
import { useHistory } from "./useRows";
import { ValueWords } from "./ValueWords";

export function History({ path, id }: { path: string; id: string }) {
  const { t } = useTranslation();
  const changes = useHistory(path, id);
  const all = changes.data?.pages.flatMap((page) => page.items) ?? [];
  if (changes.isError) return <ErrorNotice error={changes.error} retry={() => void changes.refetch()} />;
  if (changes.isPending) return <PageLoading />;
  if (all.length === 0) return <EmptyNotice title={t("admin.noHistory")} help={t("admin.noHistoryHelp")} />;
  return (
    <div className="history">
      <ol>
        {all.map((entry) => (
          <li key={entry.id}>
            <Entry entry={entry} />
          </li>
        ))}
      </ol>
      {changes.hasNextPage && (
        <Button loading={changes.isFetchingNextPage} onClick={() => void changes.fetchNextPage()}>
          {t("admin.showMore")}
        </Button>
      )}
    </div>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation();
  return (
    <>
      <p className="history-head">
        <b>{actionWord(entry.action, t)}</b> <span>{entry.actor}</span>
        {entry.actor_organisation !== null && <span className="quiet">{entry.actor_organisation}</span>}
        <span className="quiet">
          <Time at={entry.at} machine={entry.machine_id} whole />
        </span>
      </p>
      <Differences entry={entry} />
    </>
  );
}

/** What a row of the audit says was before and is after. */
export function Differences({ entry }: { entry: Pick<AuditEntry, "before" | "after"> }) {
  const { t } = useTranslation();
  const before = entry.before ?? {};
  const after = entry.after ?? {};
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => name !== "id" && !(before[name] == null && after[name] == null));
  if (names.length === 0) return null;
  return (
    <dl className="differences">
      {names.map((name) => (
        <div key={name}>
          <dt>{memberWord(name, t)}</dt>
          <dd>
            {entry.before !== null && (
              <>
                <ValueWords value={before[name]} />
                {entry.after !== null && <span aria-label={t("admin.became")}> → </span>}
              </>
            )}
            {entry.after !== null && <ValueWords value={after[name]} />}
          </dd>
        </div>
      ))}
    </dl>
  );
}
