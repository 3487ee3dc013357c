/** With whom a machine is shared, what of it, and for how long. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { App, Button } from "antd";
import { useTranslation } from "react-i18next";
import { CodeWord } from "../../alarms/CodeWord";
import type { Share } from "../../api/types";
import { EmptyNotice, ErrorNotice } from "../../app/Notice";
import { refusalWords } from "../../session/problemWords";
import { filled } from "../fields";
import { FormDialog } from "../FormDialog";
import { ask, type PageOf } from "../noun";
import { PeriodTable } from "../PeriodTable";
import { useMay } from "../useMay";
import { changedNoun } from "../useRows";

export function SharesPart({ machine }: { machine: { readonly id: string } }) {
  const { t } = useTranslation();
  const may = useMay();
  const { message } = App.useApp();
  const path = `/machines/${machine.id}/shares`;
  const { data, error, refetch } = useQuery({
    queryKey: ["admin", "machines", "shares", machine.id],
    queryFn: ({ signal }) => ask<PageOf<Share>>("GET", path, { query: { ended: true, limit: 200 }, signal }),
  });
  const ending = useMutation({
    mutationFn: (share: Share) => ask("DELETE", `${path}/${share.id}`, { version: share.version }),
    onSuccess: () => changedNoun("machines"),
    onError: (problem) => void message.error(refusalWords(problem, t)),
  });
  if (error) return <ErrorNotice error={error} retry={() => void refetch()} />;
  const items = data?.items ?? [];
  const shares = may("share_machines");
  return (
    <div className="part">
      {shares && (
        <div className="admin-commands">
          <FormDialog
            button={t("admin.share")}
            title={t("admin.share")}
            fields={[
              { name: "organisation_id", kind: "text", required: true, help: "otherOrganisation" },
              { name: "data_class", kind: "choice", list: "data_classes", required: true },
              { name: "from_at", kind: "instant" },
              { name: "to_at", kind: "instant" },
            ]}
            blank={{ data_class: "readings" }}
            save={t("admin.share")}
            changes={["machines"]}
            send={(values, once) => ask("POST", path, { body: filled(values), once })}
            done={t("admin.saved")}
          />
        </div>
      )}
      {items.length === 0 ? (
        <EmptyNotice title={t("admin.notShared")} help={t("admin.notSharedHelp")} />
      ) : (
        <PeriodTable
          head={t("admin.field.organisation")}
          machine={machine.id}
          rows={items.map((one) => ({
            key: one.id,
            name: (
              <>
                {one.organisation ?? one.organisation_id} <small className="quiet"><CodeWord list="data_classes" code={one.data_class} /></small>
              </>
            ),
            from_at: one.from_at,
            to_at: one.to_at,
            ...(shares && one.to_at === null
              ? {
                  tools: (
                    <Button size="small" loading={ending.isPending && ending.variables.id === one.id} onClick={() => ending.mutate(one)}>
                      {t("admin.endNow")}
                    </Button>
                  ),
                }
              : {}),
          }))}
        />
      )}
    </div>
  );
}
