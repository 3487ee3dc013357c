/** Many things at once from a file: checked first, with every wrong cell in a table; then written, all or nothing. */
import { UploadOutlined } from "@ant-design/icons";
import { useMutation } from "@tanstack/react-query";
import { Alert, Button, Progress, Select, Upload } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/client";
import type { ImportReport } from "../../api/types";
import { EmptyNotice } from "../../app/Notice";
import { Panel } from "../../app/Panel";
import { problemWords } from "../../session/problemWords";
import { ask, onceKey } from "../noun";
import { useAddress } from "../useAddress";
import { useMay } from "../useMay";
import { changedNoun } from "../useRows";
import { FileShape } from "./FileShape";
import { cellsOf, wrongCells } from "./importErrors";

const NOUNS = [
  { noun: "organisations", right: "edit_organisations", types: [".csv"] },
  { noun: "people", right: "edit_people", types: [".csv"] },
  { noun: "rosters", right: "edit_rosters", types: [".csv"] },
  { noun: "sites", right: "edit_sites", types: [".csv", ".geojson", ".json"] },
  { noun: "geofences", right: "edit_sites", types: [".geojson", ".json"] },
  { noun: "machines", right: "edit_machines", types: [".csv"] },
  { noun: "terminals", right: "edit_machines", types: [".csv"] },
  { noun: "models", right: "edit_catalogue", types: [".csv"] },
  { noun: "plans", right: "edit_catalogue", types: [".csv", ".toml"] },
  { noun: "transfers", right: "transfer_machines", types: [".csv"] },
] as const;
type Noun = (typeof NOUNS)[number]["noun"];
const PATHS: Readonly<Partial<Record<Noun, string>>> = { plans: "maintenance-plans" };
const TYPES: Readonly<Record<string, string>> = { ".csv": "text/csv", ".geojson": "application/geo+json", ".json": "application/geo+json", ".toml": "application/toml" };

interface Chosen {
  readonly name: string;
  /** As they are: a file that is no UTF-8 is refused with the place, not taken with other letters. */
  readonly bytes: ArrayBuffer;
  readonly text: string;
  readonly type: string;
}

export function ImportsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const { filters } = useAddress();
  const allowed = NOUNS.filter((one) => may(one.right));
  const one = allowed.find(({ noun }) => noun === filters["noun"]) ?? allowed[0];
  if (one === undefined) return <EmptyNotice title={t("admin.empty")} help={t("admin.emptyReader")} />;
  return <Import key={one.noun} one={one} allowed={allowed} />; // another noun begins anew, whichever way it was chosen
}

type Kind = (typeof NOUNS)[number];

function Import({ one, allowed }: { one: Kind; allowed: readonly Kind[] }) {
  const { t } = useTranslation();
  const { filter } = useAddress();
  const [file, setFile] = useState<Chosen | null>(null);
  const [unread, setUnread] = useState<string | null>(null);
  const sending = useMutation({
    mutationFn: ({ chosen, dry }: { chosen: Chosen; dry: boolean }) =>
      ask<ImportReport>("POST", `/${PATHS[one.noun] ?? one.noun}/import`, { query: { dry_run: dry }, body: chosen.bytes, type: chosen.type, once: onceKey() }),
    onSuccess: async (report) => {
      if (!report.dry_run) await changedNoun(PATHS[one.noun] ?? one.noun);
    },
  });
  const take = (chosen: File): false => {
    const ending = `.${chosen.name.split(".").at(-1)?.toLowerCase()}`;
    const type = one.types.some((taken) => taken === ending) ? TYPES[ending] : undefined;
    sending.reset();
    setUnread(type === undefined ? chosen.name : null);
    setFile(null);
    if (type === undefined) return false;
    void chosen.arrayBuffer().then((bytes) => {
      const next = { name: chosen.name, bytes, text: new TextDecoder().decode(bytes), type };
      setFile(next);
      sending.mutate({ chosen: next, dry: true });
    });
    return false;
  };
  return (
    <Panel id="admin-list" title={t("admin.section.imports")}>
      <div className="admin-scroll admin-detail-body">
        <div className="admin-filters">
          <span className="admin-filter">
            <label htmlFor="import-noun">{t("admin.field.noun")}</label>
            <Select
              id="import-noun"
              aria-label={t("admin.field.noun")}
              popupMatchSelectWidth={false}
              value={one.noun}
              options={allowed.map(({ noun }) => ({ value: noun, label: t(`admin.section.${noun}`) }))}
              onChange={(noun) => filter("noun", noun)}
            />
          </span>
          <Upload accept={one.types.join(",")} showUploadList={false} beforeUpload={take}>
            <Button icon={<UploadOutlined />} loading={sending.isPending}>
              {t("admin.chooseFile")}
            </Button>
          </Upload>
          <span className="quiet">{file?.name ?? t("admin.importHelp", { types: one.types.join(", ") })}</span>
        </div>
        {sending.isPending && <Progress percent={sending.variables.dry ? 40 : 80} status="active" showInfo={false} aria-label={t("admin.importing")} />}
        {unread !== null && <Alert type="error" showIcon role="alert" title={t("admin.fileUnread", { name: unread })} description={`${t("admin.fileKinds", { types: one.types.join(", ") })} ${TYPES[one.types[0]] === "text/csv" ? t("admin.fileOfSpreadsheet") : ""}`} />}
        {sending.error !== null && file !== null && <Refused error={sending.error} file={file} />}
        {sending.data !== undefined && file !== null && <Report report={sending.data} pending={sending.isPending} onWrite={() => sending.mutate({ chosen: file, dry: false })} />}
        {file === null && <p>{t("admin.importAllOrNothing")}</p>}
        {(sending.data?.entries ?? 0) === 0 && <FileShape path={PATHS[one.noun] ?? one.noun} />}
      </div>
    </Panel>
  );
}

function Report({ report, pending, onWrite }: { report: ImportReport; pending: boolean; onWrite: () => void }) {
  const { t } = useTranslation();
  if (report.entries === 0) return <Alert type="warning" showIcon title={t("admin.importNothing")} description={t("admin.importNothingHelp")} data-testid="import-nothing" />;
  return (
    <div className="part" data-testid="import-report" data-dry={report.dry_run}>
      <Alert type="success" showIcon title={report.dry_run ? t("admin.importChecked", { count: report.entries }) : t("admin.importDone", { count: report.entries })} description={t("admin.importCounts", { created: report.created, updated: report.updated, unchanged: report.unchanged })} />
      {report.made.length > 0 && <p>{t("admin.importMade", { names: report.made.map((made) => made.name).join(", ") })}</p>}
      {report.dry_run && (
        <Button type="primary" loading={pending} onClick={onWrite}>
          {t("admin.importWrite")}
        </Button>
      )}
    </div>
  );
}

function Refused({ error, file }: { error: unknown; file: Chosen }) {
  const { t } = useTranslation();
  const wrong = error instanceof ApiError ? wrongCells(error.errors) : [];
  if (wrong.length === 0) return <Alert type="error" showIcon role="alert" title={problemWords(error, t)} />;
  if (wrong.every(({ column, line }) => line === null || column === ""))
    return (
      <div data-testid="import-errors">
        <Alert type="error" showIcon role="alert" title={t("admin.importFileWrong")} description={wrong.map(({ column, message }) => (column === "" ? message : `${column}: ${message}`)).join(" ")} />
      </div>
    );
  const head = file.type === "text/csv" ? cellsOf(file.text, 1) : [];
  return (
    <div className="part" data-testid="import-errors">
      <Alert type="error" showIcon role="alert" title={t("admin.importWrong", { count: wrong.length })} description={t("admin.importWrongHelp")} />
      <table className="rows-table">
        <thead>
          <tr>
            <th scope="col" className="figure">{t("admin.field.line")}</th>
            <th scope="col">{t("admin.field.column")}</th>
            <th scope="col">{t("admin.field.cell")}</th>
            <th scope="col">{t("admin.field.wrong")}</th>
          </tr>
        </thead>
        <tbody>
          {wrong.map((cell, at) => (
            <tr key={at}>
              <td className="figure">{cell.line ?? "–"}</td>
              <td>{cell.column}</td>
              <td>{cell.line === null || head.length === 0 ? "–" : (cellsOf(file.text, cell.line)[head.indexOf(cell.column)] ?? "–")}</td>
              <td>{cell.message}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
