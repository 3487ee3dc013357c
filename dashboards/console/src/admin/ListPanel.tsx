/** The list of a section: search and filters in the address, pages that follow on asking, a line a thing. */
import { PlusOutlined } from "@ant-design/icons";
import { Button, Input } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { PageLoading } from "../app/PageLoading";
import { Panel } from "../app/Panel";
import { FilterSelect } from "./FilterSelect";
import type { Row } from "./noun";
import { RowsTable } from "./RowsTable";
import type { Section } from "./section";
import { useAddress } from "./useAddress";
import { useLater } from "./useLater";
import { useMay } from "./useMay";
import { useRows } from "./useRows";

/** What a file can bring as well (admin/imports). */
const IMPORTED: ReadonlySet<string> = new Set(["organisations", "people", "rosters", "sites", "geofences", "machines", "terminals", "models", "plans"]);

export function ListPanel({ section }: { section: Section }) {
  const { t } = useTranslation();
  const may = useMay();
  const { id, filters, open, filter } = useAddress();
  const known = ["q", ...(section.filters ?? []).map((one) => one.name as string)];
  const asking = Object.fromEntries(Object.entries(filters).filter(([name]) => known.includes(name)));
  const rows = useRows(section.noun, { ...section.always, ...asking });
  const all = rows.data?.pages.flatMap((page) => page.items) ?? [];
  const makes = section.create !== false && may(section.edit);
  const asked = Object.keys(asking).length > 0;
  return (
    <Panel
      id="admin-list"
      title={t(`admin.section.${section.key}`)}
      aside={rows.data !== undefined && <span className="figure">{rows.hasNextPage ? t("admin.countOrMore", { count: all.length }) : t("admin.count", { count: all.length })}</span>}
      tools={
        <>
          {section.tools?.()}
          {makes && (
            <Button type="primary" icon={<PlusOutlined />} onClick={() => open("new")}>
              {t("admin.new")}
            </Button>
          )}
        </>
      }
    >
      {(section.searched === true || section.filters !== undefined) && (
        <div className="admin-filters" role="search">
          {section.searched === true && <SearchInput key={section.key} value={String(filters["q"] ?? "")} onChange={(q) => filter("q", q)} />}
          {section.filters?.map((one) => <FilterSelect key={one.name} filter={one} value={filters[one.name]} onChange={(value) => filter(one.name, value)} />)}
        </div>
      )}
      {rows.isError ? (
        <ErrorNotice error={rows.error} retry={() => void rows.refetch()} />
      ) : rows.isPending ? (
        <PageLoading />
      ) : all.length === 0 ? (
        <EmptyNotice
          title={asked ? t("admin.noMatch") : t("admin.empty")}
          help={asked ? t("admin.noMatchHelp") : makes ? (IMPORTED.has(section.key) ? t("admin.emptyHelp") : t("admin.emptyMake")) : t("admin.emptyReader")}
        />
      ) : (
        <div className="admin-scroll" tabIndex={0}>
          <RowsTable<Row> columns={section.columns} rows={all} nameOf={section.nameOf} open={id} onOpen={open} />
          {rows.hasNextPage && (
            <div className="admin-next">
              <Button loading={rows.isFetchingNextPage} onClick={() => void rows.fetchNextPage()}>
                {t("admin.showMore")}
              </Button>
            </div>
          )}
        </div>
      )}
    </Panel>
  );
}

function SearchInput({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(value);
  const rested = useLater(typed, 250);
  useEffect(() => {
    if (rested !== value) onChange(rested);
  }, [rested]);
  return <Input.Search className="admin-search" allowClear value={typed} aria-label={t("admin.search")} placeholder={t("admin.search")} onChange={(event) => setTyped(event.target.value)} />;
}
