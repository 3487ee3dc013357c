/** Which release was on which controller of a machine since when; entering what was installed. */
import { PlusOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { InstalledSoftware } from "../../api/types";
import { EmptyNotice, ErrorNotice } from "../../app/Notice";
import { PageLoading } from "../../app/PageLoading";
import { Time } from "../../app/Time";
import { filled } from "../fields";
import { FormDialog } from "../FormDialog";
import { ask } from "../noun";
import { useMay } from "../useMay";
import { Nothing } from "../Words";

export function SoftwarePart({ machine }: { machine: { readonly id: string } }) {
  const { t } = useTranslation();
  const may = useMay();
  const path = `/machines/${machine.id}/software`;
  const { data, error, refetch } = useQuery({
    queryKey: ["admin", "machines", "software", machine.id],
    queryFn: async ({ signal }) => (await ask<{ items: InstalledSoftware[] }>("GET", path, { signal })).items,
  });
  if (error) return <ErrorNotice error={error} retry={() => void refetch()} />;
  if (data === undefined) return <PageLoading />;
  return (
    <div className="part">
      {may("edit_machines") && (
        <div className="admin-commands">
          <FormDialog
            button={t("admin.enterSoftware")}
            icon={<PlusOutlined />}
            title={t("admin.enterSoftware")}
            help={t("admin.enterSoftwareHelp")}
            fields={[
              { name: "controller", kind: "text", required: true, help: "controller" },
              { name: "release", kind: "text", required: true },
              { name: "from_at", kind: "instant", help: "now" },
            ]}
            save={t("admin.save")}
            changes={["machines"]}
            send={(values, once) => ask("POST", path, { body: filled(values), once })}
            done={t("admin.saved")}
          />
        </div>
      )}
      {data.length === 0 ? <EmptyNotice title={t("admin.noSoftware")} help={t("admin.noSoftwareHelp")} /> : <Releases of={data} machine={machine.id} />}
    </div>
  );
}

function Releases({ of, machine }: { of: readonly InstalledSoftware[]; machine: string }) {
  const { t } = useTranslation();
  return (
    <div className="rows-frame" tabIndex={0} role="region" aria-label={t("admin.part.software")}>
      <table className="rows-table" data-testid="software">
        <thead>
          <tr>
            <th scope="col">{t("admin.field.controller")}</th>
            <th scope="col">{t("admin.field.release")}</th>
            <th scope="col">{t("admin.field.from_at")}</th>
            <th scope="col">{t("admin.field.recorded_by")}</th>
          </tr>
        </thead>
        <tbody>
          {of.map((one) => (
            <tr key={`${one.controller} ${one.from_at} ${one.release}`} className={one.is_current ? "" : "quiet"}>
              <td>{one.controller}</td>
              <td>{one.is_current ? <b>{one.release}</b> : one.release}</td>
              <td className="figure">
                <Time at={one.from_at} machine={machine} whole />
              </td>
              <td>{one.source === "reported" ? <span className="quiet">{t("admin.reportedItself")}</span> : (one.entered_by ?? <Nothing />)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
