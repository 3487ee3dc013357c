/** Sales: to whom a machine went when, and selling it. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { OrganisationDetail, Transfer } from "../../api/types";
import { EmptyNotice, ErrorNotice } from "../../app/Notice";
import { Time } from "../../app/Time";
import { filled } from "../fields";
import { FormDialog } from "../FormDialog";
import { ask, type PageOf } from "../noun";
import { Nothing } from "../Words";
import { useMay } from "../useMay";
import { CorrectionTools } from "./CorrectionTools";

const namesQuery = {
  queryKey: ["admin", "organisations", "names"],
  queryFn: async ({ signal }: { signal: AbortSignal }) => new Map((await ask<PageOf<OrganisationDetail>>("GET", "/organisations", { query: { limit: 1_000 }, signal })).items.map((one) => [one.id, one.name] as const)),
  staleTime: 60_000,
};

export function TransfersPart({ machine }: { machine: { readonly id: string; readonly name: string } }) {
  const { t } = useTranslation();
  const may = useMay();
  const { data: names } = useQuery(namesQuery);
  const name = (id: string | null) => (id === null ? <Nothing /> : (names?.get(id) ?? <span className="quiet">{t("admin.otherCompany")}</span>));
  const path = `/machines/${machine.id}/transfers`;
  const { data, error, refetch } = useQuery({
    queryKey: ["admin", "machines", "transfers", machine.id],
    queryFn: ({ signal }) => ask<PageOf<Transfer>>("GET", path, { signal }),
  });
  if (error) return <ErrorNotice error={error} retry={() => void refetch()} />;
  const items = data?.items ?? [];
  const newest = items.find((one) => one.corrected_by === null);
  const last = newest?.to_organisation_id === newest?.from_organisation_id ? undefined : newest; // what was taken back is no sale
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
        <div className="rows-frame" tabIndex={0} role="region" aria-label={t("admin.part.transfers")}>
          <table className="rows-table" data-testid="sales">
            <thead>
              <tr>
                <th scope="col">{t("admin.field.at")}</th>
                <th scope="col">{t("admin.field.from_organisation")}</th>
                <th scope="col">{t("admin.field.to_organisation")}</th>
                <th scope="col">{t("admin.field.document_no")}</th>
                <th scope="col">{t("admin.field.recorded_by")}</th>
                <th>
                  <span className="unseen">{t("admin.tools")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((one) => (
                <tr key={one.id} className={one.corrected_by === null ? "" : "quiet"}>
                  <td className="figure"><Time at={one.at} machine={machine.id} whole /></td>
                  <td>{name(one.from_organisation_id)}</td>
                  <td>{name(one.to_organisation_id)}</td>
                  <td>{one.document_no ?? <Nothing />}</td>
                  <td>
                    {one.recorded_by}
                    {one.corrected_by !== null && <small className="quiet"> {t("admin.corrected")}</small>}
                  </td>
                  <td>{one === last && may("transfer_machines") && <CorrectionTools path={path} sale={one} />}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
