/** What one does about the last sale of a machine when it is wrong: another buyer, day or document; or it is taken back. */
import { useTranslation } from "react-i18next";
import type { Transfer } from "../../api/types";
import { filled } from "../fields";
import { FormDialog } from "../FormDialog";
import { ask } from "../noun";

export function CorrectionTools({ path, sale }: { path: string; sale: Transfer }) {
  const { t } = useTranslation();
  const said = { changes: ["machines"], done: t("admin.saved") };
  return (
    <span className="row-tools">
      <FormDialog
        {...said}
        button={t("admin.correct")}
        title={t("admin.correct")}
        help={t("admin.correctHelp")}
        fields={[
          { name: "to_organisation", kind: "text", required: true, help: "otherOrganisation" },
          { name: "at", kind: "instant", required: true },
          { name: "document_no", kind: "text" },
        ]}
        blank={{ to_organisation: sale.to_organisation_id, at: sale.at, document_no: sale.document_no }}
        save={t("admin.correct")}
        send={(values, once) => ask("POST", path, { body: { ...filled(values), corrects: sale.id }, once })}
      />
      {sale.from_organisation_id !== null && (
        <FormDialog
          {...said}
          button={t("admin.takeBack")}
          title={t("admin.takeBack")}
          help={t("admin.takeBackHelp")}
          fields={[]}
          save={t("admin.takeBack")}
          send={(_values, once) => ask("POST", path, { body: { to_organisation: sale.from_organisation_id, at: sale.at, corrects: sale.id }, once })}
        />
      )}
    </span>
  );
}
