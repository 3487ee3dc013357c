/** The texts of notices: each in both languages, its placeholders checked, with examples beside it as it is typed. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { CodeWord } from "../../alarms/CodeWord";
import type { NoticeTemplate } from "../../api/types";
import { Age } from "../../app/Age";
import { ErrorNotice } from "../../app/Notice";
import { PageLoading } from "../../app/PageLoading";
import { Panel } from "../../app/Panel";
import { DetailFrame } from "../DetailFrame";
import { ask } from "../noun";
import { useAddress } from "../useAddress";
import { TemplateForm } from "./TemplateForm";

export const templatesQuery = {
  queryKey: ["admin", "notice-templates"],
  queryFn: async ({ signal }: { signal: AbortSignal }) => (await ask<{ items: NoticeTemplate[] }>("GET", "/notice-templates", { signal })).items,
  staleTime: 5_000,
};

export function TemplatesPage() {
  const { t } = useTranslation();
  const { id, open } = useAddress();
  const { data, error, refetch } = useQuery(templatesQuery);
  const [key = "", language = ""] = id.split(".");
  const one = data?.find((template) => template.key === key && template.language === language);
  return (
    <div className={id === "" ? "admin-split" : "admin-split admin-split-open"}>
      <Panel id="admin-list" title={t("admin.section.templates")}>
        {error ? (
          <ErrorNotice error={error} retry={() => void refetch()} />
        ) : data === undefined ? (
          <PageLoading />
        ) : (
          <div className="admin-scroll" tabIndex={0}>
            <table className="admin-table">
              <thead>
                <tr>
                  <th scope="col">{t("admin.field.template")}</th>
                  <th scope="col">{t("admin.field.language")}</th>
                  <th scope="col">{t("admin.field.made_by")}</th>
                  <th scope="col" className="figure only-wide">{t("admin.field.updated_at")}</th>
                </tr>
              </thead>
              <tbody>
                {data.map((template) => {
                  const name = `${template.key}.${template.language}`;
                  return (
                    <tr key={name} className={name === id ? "row-open" : ""} data-id={name} onClick={() => open(name)}>
                      <td>
                        <button type="button" className="row-name" aria-current={name === id} onClick={(event) => { event.stopPropagation(); open(name); }}>
                          <CodeWord list="notice_templates" code={template.key} />
                        </button>
                      </td>
                      <td><CodeWord list="languages" code={template.language} /></td>
                      <td>{template.is_shipped ? <span className="quiet">{t("admin.shipped")}</span> : template.made_by}</td>
                      <td className="figure only-wide"><Age at={template.made_at} /></td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
        )}
      </Panel>
      {one !== undefined && (
        <DetailFrame
          title={
            <>
              <CodeWord list="notice_templates" code={one.key} /> · <CodeWord list="languages" code={one.language} />
            </>
          }
          onClose={() => open("")}
        >
          <TemplateForm key={`${id} ${one.version}`} template={one} other={data?.find((template) => template.key === key && template.language !== language)} />
        </DetailFrame>
      )}
    </div>
  );
}
