/** What the list is narrowed to; all of it stands in the address. */
import { SearchOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Input, Select, type InputRef } from "antd";
import { memo, useEffect, useMemo, useRef, useState, type Ref } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "../app/search";
import { sitesQuery } from "../api/queries";
import type { NamedOrganisation } from "../api/types";
import { organisationsQuery } from "../machines/organisations";
import { GATHERINGS } from "./triage";
import { isNarrowed, STANDINGS, viewOf, WHOSE, withoutFilters, withPart } from "./view";

const TYPING_MS = 250;

export const DeskFilters = memo(function DeskFilters({ searchRef }: { searchRef: Ref<InputRef> }) {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const view = viewOf(search);
  const set = (part: string, usual?: string) => (value: string | undefined) => setSearch((before) => withPart(before, part, value ?? null, usual), { replace: true });
  return (
    <div className="desk-filters" role="search" aria-label={t("desk.filters")}>
      <SearchWords searchRef={searchRef} />
      <Select aria-label={t("desk.standing.label")} className="desk-select" value={view.standing} onChange={set("standing", "open")} options={STANDINGS.map((value) => ({ value, label: t(`desk.standing.${value}`) }))} />
      <Select aria-label={t("desk.whose.label")} className="desk-select-short" value={view.whose} onChange={set("whose", "anybody")} options={WHOSE.map((value) => ({ value, label: t(`desk.whose.${value}`) }))} />
      <SiteSelect chosen={view.site} onChange={set("site")} />
      <OrganisationSelect chosen={view.organisation} onChange={set("organisation")} />
      <Select
        aria-label={t("desk.gather.label")}
        className="desk-select"
        value={view.gathering}
        disabled={view.standing === "cleared"}
        onChange={set("gather", "cascade")}
        options={GATHERINGS.map((value) => ({ value, label: t(`desk.gather.${value}`) }))}
      />
      {isNarrowed(view) && (
        <Button type="link" size="small" onClick={() => setSearch(withoutFilters, { replace: true })}>
          {t("alarms.all")}
        </Button>
      )}
    </div>
  );
});

function SearchWords({ searchRef }: { searchRef: Ref<InputRef> }) {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const inAddress = search.get("q") ?? "";
  const [typed, setTyped] = useState(inAddress);
  const told = useRef(inAddress);
  useEffect(() => {
    // Whatever else changes the address (a link, "show all") is shown; what is being typed is not overwritten by itself.
    if (inAddress !== told.current) setTyped(inAddress);
    told.current = inAddress;
  }, [inAddress]);
  useEffect(() => {
    const timer = setTimeout(() => {
      if (typed === told.current) return;
      told.current = typed;
      setSearch((before) => withPart(before, "q", typed), { replace: true });
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, setSearch]);
  return (
    <Input
      ref={searchRef}
      allowClear
      className="desk-search"
      prefix={<SearchOutlined aria-hidden />}
      placeholder={t("desk.search")}
      aria-label={t("desk.search")}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
    />
  );
}

interface ReferenceProps {
  readonly chosen: string | null;
  readonly onChange: (id: string | undefined) => void;
}

function SiteSelect({ chosen, onChange }: ReferenceProps) {
  const { t } = useTranslation();
  const { data: sites, isPending } = useQuery(sitesQuery);
  const options = sites?.map((site) => ({ value: site.id, label: site.name })) ?? [];
  return (
    <Select
      allowClear
      showSearch={{ optionFilterProp: "label" }}
      loading={isPending}
      aria-label={t("desk.column.place")}
      className="desk-select"
      placeholder={t("desk.anySite")}
      value={isPending ? null : chosen}
      options={options}
      onChange={(id: string | undefined) => onChange(id)}
    />
  );
}

function OrganisationSelect({ chosen, onChange }: ReferenceProps) {
  const { t } = useTranslation();
  const { data: organisations, isPending } = useQuery(organisationsQuery);
  const options = useMemo(() => {
    const of = (kind: NamedOrganisation["kind"]) => (organisations ?? []).filter((one) => one.kind === kind).map((one) => ({ value: one.id, label: one.name }));
    return [
      { label: t("desk.dealers"), options: of("dealer") },
      { label: t("desk.customers"), options: of("customer") },
    ].filter((group) => group.options.length > 0);
  }, [organisations, t]);
  return (
    <Select
      allowClear
      showSearch={{ optionFilterProp: "label" }}
      loading={isPending}
      aria-label={t("desk.organisation")}
      className="desk-select"
      placeholder={t("desk.anyOrganisation")}
      value={isPending ? null : chosen}
      options={options}
      onChange={(id: string | undefined) => onChange(id)}
    />
  );
}
