/** One of the world's time zones, sought by what people know of it. */
import { Select } from "antd";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { serverNow } from "../api/client";
import { usePreferences } from "../app/preferences";
import { browserZone } from "../format/time";
import { isSought, zoneNames, zoneOf } from "./zones";

const AT_ONCE = 20; // zones put into words in one go, while nobody types

interface ZoneSelectProps {
  readonly id: string;
  /** IANA name; null: none is chosen, the browser's holds. */
  readonly value: string | null;
  readonly onChoose: (zone: string) => void;
}

export function ZoneSelect({ id, value, onChoose }: ZoneSelectProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const [isWanted, setWanted] = useState(false);
  const here = browserZone();
  const names = useMemo(() => zoneNames(value === null ? [here] : [here, value]), [here, value]);
  useEffect(() => {
    if (!isWanted) return;
    const left = [...names];
    const timer = setInterval(() => {
      for (const name of left.splice(0, AT_ONCE)) zoneOf(name, language, serverNow());
      if (left.length === 0) clearInterval(timer);
    }, 0);
    return () => clearInterval(timer);
  }, [isWanted, names, language]);
  return (
    <Select
      id={id}
      data-testid="zone"
      value={value}
      placeholder={t("account.asBrowser", { zone: here })}
      showSearch={{ filterOption: (typed, option) => option !== undefined && isSought(zoneOf(option.value, language, serverNow()), typed) }}
      notFoundContent={t("account.noZone")}
      onOpenChange={(isOpen) => isOpen && setWanted(true)}
      onChange={(zone: string) => onChoose(zone)}
      options={names.map((name) => ({ value: name, label: name }))}
      optionRender={({ data }) => <ZoneWords value={data.value} language={language} />}
    />
  );
}

function ZoneWords({ value, language }: { value: string; language: string }) {
  const { offset, name } = zoneOf(value, language, serverNow());
  return (
    <span className="account-zone">
      <span>{value.replaceAll("_", " ")}</span>
      <small>
        {offset} {name}
      </small>
    </span>
  );
}
