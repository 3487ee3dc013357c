/** Sales: to whom a machine went when, and selling it. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Transfer } from "../../api/types";
import { EmptyNotice, ErrorNotice } from "../../app/Notice";
import { usePreferences } from "../../app/preferences";
import { instant } from "../../format/time";
import { filled } from "../fields";
import { FormDialog } from "../FormDialog";
import { ask, type PageOf } from "../noun";
import { Nothing } from "../Words";
import { useMay } from "../useMay";

export function TransfersPart({ machine }: { machine: { readonly id: string; readonly name: string } }) {
  const { t } = useTranslation();
  const may = useMay();
  const { language } = usePreferences();
  const path = `/machines/${machine.id}/transfers`;
  const { data, error, refetch } = useQuery({
    queryKey: ["admin", "machines", "transfers", machine.id],
    queryFn: ({ signal }) => ask<PageOf<Transfer>>("GET", path, { signal }),
  });
  if (error) return <ErrorNotice error={error} retry={() => void refetch()} />;
  const items = data?.items ?? [];
  return (
    <div className="part">
      {may("transfer_machines") && (
        <div className="admin-commands">
          <FormDialog
            button={t("admin.sell")}
            title={t("admin.sellTitle", { name: machine.name })}
            help={t("admin.sellHelp")}
            fields={[
              { name: "to_organisation", kind: "text", required: true, help: "otherOrganisation" },
              { name: "at", kind: "instant", required: true },
              { name: "document_no", kind: "text" },
            ]}
            save={t("admin.sell")}
            changes={["machines"]}
            send={(values, once) => ask("POST", path, { body: filled(values), once })}
            done={t("admin.saved")}
          />
        </div>
      )}
      {items.length === 0 ? (
        <EmptyNotice title={t("admin.neverSold")} help={t("admin.neverSoldHelp")} />
      ) : (
        <table className="rows-table">
          <thead>
            <tr>
              <th scope="col">{t("admin.field.at")}</th>
              <th scope="col">{t("admin.field.to_organisation")}</th>
              <th scope="col">{t("admin.field.document_no")}</th>
              <th scope="col">{t("admin.field.recorded_by")}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((one) => (
              <tr key={one.id} className={one.corrected_by === null ? "" : "quiet"}>
                <td className="figure">{instant(Date.parse(one.at), language)}</td>
                <td>{one.to_organisation_id}</td>
                <td>{one.document_no ?? <Nothing />}</td>
                <td>{one.recorded_by}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
