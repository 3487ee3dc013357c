/** What narrows the list of machines; each choice stands in the address. */
import { SearchOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Input, Select } from "antd";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "../app/search";
import type { Machine } from "../api/types";
import { useMedia } from "../app/useMedia";
import { kindWord, SHOWN_STATES } from "../machines/words";
import { CHOSEN_COLUMNS, columnWord, OTHER_COLUMNS } from "./machineColumns";
import { SWITCHES, valuesOf, withPart, type MachinesWanted } from "./machinesFilter";
import { organisationNamesQuery } from "./queries";

interface FiltersProps {
  readonly machines: readonly Machine[];
  readonly wanted: MachinesWanted;
}

export function MachinesFilters({ machines, wanted }: FiltersProps) {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const narrow = useMedia("(max-width: 899px)");
  const set = (name: string, value: string | readonly string[] | null): void => setSearch((before) => withPart(before, name, value), { replace: true });
  const sites = valuesOf(machines, "site").join("\n");
  const models = valuesOf(machines, "model").join("\n");
  const kinds = valuesOf(machines, "kind").join("\n");
  const narrowed = wanted.q !== "" || wanted.organisation !== null || [wanted.only, wanted.state, wanted.kind, wanted.site, wanted.model].some((list) => list.length > 0);
  const clear = (): void =>
    setSearch((before) => ["q", "organisation", "only", "state", "kind", "site", "model"].reduce((after, name) => withPart(after, name, null), before), { replace: true });
  return (
    <div className="machines-filters" role="search" aria-label={t("machinePage.filters")}>
      <Input
        allowClear
        className="machines-search"
        prefix={<SearchOutlined aria-hidden />}
        placeholder={t("machinePage.search")}
        aria-label={t("machinePage.search")}
        value={wanted.q}
        onChange={(event) => set("q", event.target.value)}
      />
      <span className="machines-switches" role="group" aria-label={t("machinePage.only")}>
        {SWITCHES.map((one) => {
          const on = wanted.only.includes(one);
          return (
            <button key={one} type="button" className={on ? "chip chip-on" : "chip"} aria-pressed={on} title={t(`machinePage.switchHelp.${one}`)} onClick={() => set("only", on ? wanted.only.filter((other) => other !== one) : [...wanted.only, one])}>
              {t(`machinePage.switch.${one}`)}
            </button>
          );
        })}
      </span>
      <Choice name="state" label={t("fleet.state")} values={SHOWN_STATES.join("\n")} chosen={wanted.state.join("\n")} word={(value) => t(`state.${value as (typeof SHOWN_STATES)[number]}`)} set={set} />
      <Choice name="kind" label={t("fleet.kind")} values={kinds} chosen={wanted.kind.join("\n")} word={(value) => kindWord(value, t)} set={set} />
      <Choice name="site" label={t("machinePage.site")} values={sites} chosen={wanted.site.join("\n")} word={same} set={set} />
      <Choice name="model" label={t("machinePage.model")} values={models} chosen={wanted.model.join("\n")} word={same} set={set} />
      <OrganisationChoice chosen={wanted.organisation} set={set} />
      {!narrow && <ColumnChoice chosen={search.get("columns")?.split("|") ?? CHOSEN_COLUMNS} set={set} />}
      {narrowed && (
        <Button type="link" size="small" onClick={clear}>
          {t("machinePage.clear")}
        </Button>
      )}
    </div>
  );
}

const same = (value: string): string => value;
type Set = (name: string, value: string | readonly string[] | null) => void;

interface ChoiceProps {
  readonly name: string;
  readonly label: string;
  /** One a line, as are the chosen ones: the same texts draw nothing anew. */
  readonly values: string;
  readonly chosen: string;
  readonly word: (value: string) => string;
  readonly set: Set;
}

const Choice = memo(
  function Choice({ name, label, values, chosen, word, set }: ChoiceProps) {
    return (
      <Select
        mode="multiple"
        className="machines-choice"
        value={chosen.split("\n").filter(Boolean)}
        onChange={(next: string[]) => set(name, next)}
        options={values.split("\n").filter(Boolean).map((value) => ({ value, label: word(value) }))}
        maxTagCount={0}
        maxTagPlaceholder={(hidden) => `${label} · ${hidden.length}`}
        placeholder={label}
        aria-label={label}
        allowClear
        popupMatchSelectWidth={240}
        showSearch={{ optionFilterProp: "label" }}
      />
    );
  },
  (before, after) => before.values === after.values && before.chosen === after.chosen && before.label === after.label,
);

function OrganisationChoice({ chosen, set }: { chosen: string | null; set: Set }) {
  const { t } = useTranslation();
  const { data: organisations } = useQuery(organisationNamesQuery);
  const options = [...(organisations ?? [])].filter(([, one]) => one.kind !== "ecc").map(([value, one]) => ({ value, label: one.name }));
  if (options.length < 2 && chosen === null) return null;
  return (
    <Select
      className="machines-organisation"
      value={chosen ?? undefined}
      onChange={(next: string | undefined) => set("organisation", next ?? null)}
      options={options}
      placeholder={t("machinePage.dealerOrCustomer")}
      aria-label={t("machinePage.dealerOrCustomer")}
      allowClear
      popupMatchSelectWidth={260}
      showSearch={{ optionFilterProp: "label" }}
    />
  );
}

function ColumnChoice({ chosen, set }: { chosen: readonly string[]; set: Set }) {
  const { t } = useTranslation();
  return (
    <Select
      mode="multiple"
      className="machines-choice machines-columns"
      value={[...chosen]}
      onChange={(next: string[]) => set("columns", next.length === 0 ? ["none"] : next)}
      options={[...CHOSEN_COLUMNS, ...OTHER_COLUMNS].map((value) => ({ value, label: columnWord(value, t) }))}
      maxTagCount={0}
      maxTagPlaceholder={t("machinePage.columns")}
      placeholder={t("machinePage.columns")}
      aria-label={t("machinePage.columns")}
      popupMatchSelectWidth={240}
      showSearch={false}
    />
  );
}
