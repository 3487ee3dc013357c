/** Which terminal was on a machine when; swapping one for another, putting one on. */
import { SwapOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { TerminalInstallation } from "../../api/types";
import { EmptyNotice, ErrorNotice } from "../../app/Notice";
import { filled } from "../fields";
import { FormDialog } from "../FormDialog";
import { ask, type PageOf } from "../noun";
import { PeriodTable } from "../PeriodTable";
import { TERMINAL } from "../targets";
import { useMay } from "../useMay";

export function InstallationsPart({ machine }: { machine: { readonly id: string } }) {
  const { t } = useTranslation();
  const may = useMay();
  const path = `/machines/${machine.id}`;
  const { data, error, refetch } = useQuery({
    queryKey: ["admin", "machines", "installations", machine.id],
    queryFn: ({ signal }) => ask<PageOf<TerminalInstallation>>("GET", `${path}/installations`, { signal }),
  });
  if (error) return <ErrorNotice error={error} retry={() => void refetch()} />;
  const items = data?.items ?? [];
  return (
    <div className="part">
      {may("edit_machines") && (
        <div className="admin-commands">
          <FormDialog
            button={t("admin.swap")}
            icon={<SwapOutlined />}
            title={t("admin.swap")}
            help={t("admin.swapHelp")}
            fields={[
              { name: "install", kind: "reference", to: { ...TERMINAL, filters: { installed: false } }, required: true },
              { name: "at", kind: "instant" },
            ]}
            save={t("admin.swap")}
            changes={["machines", "terminals"]}
            send={(values, once) => ask("POST", `${path}/terminal-swaps`, { body: filled(values), once })}
            done={t("admin.saved")}
          />
          <FormDialog
            button={t("admin.install")}
            title={t("admin.install")}
            help={t("admin.installHelp")}
            fields={[
              { name: "terminal_id", kind: "reference", to: { ...TERMINAL, filters: { installed: false } }, required: true },
              { name: "from_at", kind: "instant" },
              { name: "additional", kind: "switch", help: "additional" },
            ]}
            save={t("admin.install")}
            changes={["machines", "terminals"]}
            send={(values, once) => ask("POST", `${path}/installations`, { body: filled(values), once })}
            done={t("admin.saved")}
          />
        </div>
      )}
      {items.length === 0 ? (
        <EmptyNotice title={t("admin.noTerminal")} help={t("admin.noTerminalHelp")} />
      ) : (
        <PeriodTable head={t("admin.field.terminal")} machine={machine.id} rows={items.map((one) => ({ key: one.id, name: one.terminal, from_at: one.from_at, to_at: one.to_at }))} />
      )}
    </div>
  );
}
