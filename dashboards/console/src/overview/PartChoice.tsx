/** The filters by site and by dealer or owner. */
import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { memo, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { machinesQuery } from "../api/queries";
import { organisationsQuery } from "../machines/organisations";
import type { PartOfFleet } from "./usePart";

export const PartChoice = memo(function PartChoice({ site, organisation, choose }: Pick<PartOfFleet, "site" | "organisation" | "choose">) {
  const { t } = useTranslation();
  const { data: organisations } = useQuery(organisationsQuery);
  const { data: fleet } = useQuery(machinesQuery);
  const count = fleet?.length;
  const sites = useMemo(() => [...new Set(fleet?.flatMap((machine) => machine.site ?? []))].sort().map((name) => ({ value: name, label: name })), [count]); // eslint-disable-line -- not because a machine has moved
  const owners = useMemo(
    () =>
      (organisations ?? [])
        .filter((one) => one.kind !== "ecc")
        .toSorted((a, b) => Number(a.kind === "customer") - Number(b.kind === "customer") || (a.name < b.name ? -1 : 1))
        .map((one) => ({ value: one.name, label: one.name, title: t(`overview.kind.${one.kind}`) })),
    [organisations, t],
  );
  return (
    <>
      <Select
        className="overview-choice"
        allowClear
        showSearch
        value={site}
        options={sites}
        placeholder={t("overview.everySite")}
        aria-label={t("overview.site")}
        onChange={(site?: string) => choose({ site })}
        data-testid="overview-site"
      />
      <Select
        className="overview-choice"
        allowClear
        showSearch
        value={organisation}
        options={owners}
        placeholder={t("overview.everyOrganisation")}
        aria-label={t("overview.organisation")}
        onChange={(organisation?: string) => choose({ organisation })}
        data-testid="overview-organisation"
      />
    </>
  );
});
