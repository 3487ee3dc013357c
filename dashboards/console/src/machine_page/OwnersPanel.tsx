/** Whose the machine was and is, and with whom it is shared, as far as the viewer may know. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { CodeWord } from "../alarms/CodeWord";
import { Panel } from "../app/Panel";
import { When } from "../machines/When";
import { Answer } from "./Answer";
import type { TabProps } from "./MachinePage";
import { PlainTable } from "./PlainTable";
import { organisationNamesQuery, sharesQuery, transfersQuery } from "./queries";

export function OwnersPanel({ machine }: TabProps) {
  const { t } = useTranslation();
  const transfers = useQuery(transfersQuery(machine.id));
  const shares = useQuery(sharesQuery(machine.id));
  const { data: names } = useQuery(organisationNamesQuery);
  const name = (id: string | null) => (id === null ? "–" : (names?.get(id)?.name ?? t("machinePage.somebodyElse")));
  return (
    <Panel id="owners" title={t("machinePage.owners")} aside={machine.organisation ?? undefined}>
      <Answer query={transfers} rows={2}>
        {(items) => (
          <PlainTable
            label={t("machinePage.sales")}
            rows={items}
            keyOf={(one) => one.id}
            empty={t("machinePage.noSales")}
            heads={[
              { title: t("machinePage.soldOn"), cell: (one) => <When at={one.at} /> },
              { title: t("machinePage.seller"), cell: (one) => name(one.from_organisation_id) },
              { title: t("machinePage.buyer"), cell: (one) => name(one.to_organisation_id) },
              { title: t("machinePage.by"), cell: (one) => <span className={one.corrected_by === null ? undefined : "done-corrected"}>{one.recorded_by}{one.document_no !== null && ` (${one.document_no})`}</span> },
            ]}
          />
        )}
      </Answer>
      {shares.data !== undefined && shares.data.length > 0 && (
        <PlainTable
          label={t("machinePage.shares")}
          rows={shares.data}
          keyOf={(one) => one.id}
          empty=""
          heads={[
            { title: t("machinePage.sharedWith"), cell: (one) => one.organisation ?? name(one.organisation_id) },
            { title: t("machinePage.shared"), cell: (one) => <CodeWord list="data_classes" code={one.data_class} /> },
            { title: t("machinePage.from"), cell: (one) => <When at={one.from_at} /> },
            { title: t("machinePage.to"), cell: (one) => <When at={one.to_at} /> },
          ]}
        />
      )}
    </Panel>
  );
}
