/** What a file of a noun looks like: its columns, an example, and a file to begin with. */
import { DownloadOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { answered, api } from "../../api/client";
import { emptyFileOf } from "./emptyFile";

const columnsQuery = {
  queryKey: ["import-columns"],
  queryFn: ({ signal }: { signal: AbortSignal }) => answered(api.GET("/api/v1/import-columns", { signal })),
  staleTime: Infinity,
} as const;

/** `path`: of the noun's import. */
export function FileShape({ path }: { path: string }) {
  const { t } = useTranslation();
  const { data } = useQuery(columnsQuery);
  const file = data?.items.find(({ noun }) => noun === path);
  if (file === undefined) return null;
  const isMap = file.media_type === "application/geo+json";
  const begun = emptyFileOf(file);
  return (
    <section className="part import-shape" data-testid="import-shape" aria-labelledby="import-shape-title">
      <h3 id="import-shape-title" className="part-title">{isMap ? t("admin.importProperties") : t("admin.importColumns")}</h3>
      <p className="quiet">{isMap ? t("admin.importPropertiesHelp") : t("admin.importColumnsHelp")}</p>
      <p className="import-columns">
        {[...file.required, ...file.optional].map((column, at) => (
          <Fragment key={column}>
            {at > 0 && " "}
            <code className={at < file.required.length ? "import-required" : undefined}>{column}</code>
          </Fragment>
        ))}
      </p>
      <Button icon={<DownloadOutlined />} href={`data:${file.media_type};charset=utf-8,${encodeURIComponent(begun)}`} download={`${path}.${isMap ? "geojson" : "csv"}`}>
        {isMap ? t("admin.importExampleFile") : t("admin.importEmptyFile")}
      </Button>
      <h4 className="part-title">{t("admin.importExample")}</h4>
      <pre className="import-example" tabIndex={0} aria-label={t("admin.importExample")}>{file.example}</pre>
    </section>
  );
}
