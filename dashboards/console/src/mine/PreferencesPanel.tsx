/** By which channel the viewer is told of what, and when not. */
import { useQuery } from "@tanstack/react-query";
import { Button, Checkbox, InputNumber, Segmented, Switch } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { CodeWord } from "../alarms/CodeWord";
import type { NoticePreference } from "../api/types";
import { Panel } from "../app/Panel";
import { useUnsaved } from "../app/unsaved";
import { Answer } from "../machine_page/Answer";
import { SEVERITIES, type Severity } from "../severity/severity";
import { changed } from "./changed";
import { addressesQuery, changePreferences, preferencesQuery, useCommand } from "./queries";

const DIGESTS = ["off", "hourly", "daily"] as const;

export function PreferencesPanel() {
  const { t } = useTranslation();
  const preferences = useQuery(preferencesQuery);
  return (
    <Panel id="preferences" title={t("mine.how")}>
      <Answer query={preferences} rows={6}>{(kept) => <Preferences key={kept.version} kept={kept} />}</Answer>
    </Panel>
  );
}

function Preferences({ kept }: { kept: NoticePreference }) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(kept);
  const { data: addresses } = useQuery(addressesQuery);
  const save = useCommand((change: NoticePreference) => changePreferences(changed(kept, change), kept.version), ["preferences"], t("mine.saved"));
  const ids = { from: useId(), to: useId(), most: useId(), at: useId(), digest: useId() };
  const change = (part: Partial<NoticePreference>): void => setDraft({ ...draft, ...part });
  const channels = [...new Set(["email", ...Object.keys(draft.channels), ...(addresses ?? []).filter((one) => one.verified).map((one) => one.channel)])];
  const isQuiet = draft.quiet_from !== null;
  const differs = JSON.stringify(draft) !== JSON.stringify(kept);
  useUnsaved(differs && !save.isPending);
  return (
    <form
      className="mine-form"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(draft);
      }}
    >
      {channels.map((channel) => (
        <fieldset key={channel}>
          <legend>
            <CodeWord list="notice_channels" code={channel} />
          </legend>
          <SeverityChoice chosen={draft.channels[channel] ?? []} onChange={(severities) => change({ channels: { ...draft.channels, [channel]: severities } })} />
        </fieldset>
      ))}
      <Toggle checked={draft.services} onChange={(services) => change({ services })} label={t("mine.services")} />
      <Toggle checked={draft.cleared} onChange={(cleared) => change({ cleared })} label={t("mine.cleared")} />
      <Toggle checked={isQuiet} onChange={(on) => change(on ? { quiet_from: "22:00", quiet_to: "06:00" } : { quiet_from: null, quiet_to: null })} label={t("mine.quiet")} />
      {isQuiet && (
        <div className="mine-indent">
          <label htmlFor={ids.from}>{t("mine.from")}</label>
          <input className="plain-input" id={ids.from} type="time" required value={draft.quiet_from ?? ""} onChange={({ target }) => change({ quiet_from: target.value })} />
          <label htmlFor={ids.to}>{t("mine.to")}</label>
          <input className="plain-input" id={ids.to} type="time" required value={draft.quiet_to ?? ""} onChange={({ target }) => change({ quiet_to: target.value })} />
          <fieldset>
            <legend>{t("mine.through")}</legend>
            <SeverityChoice chosen={draft.through_quiet} onChange={(through_quiet) => change({ through_quiet })} />
          </fieldset>
        </div>
      )}
      <span id={ids.digest}>{t("mine.digest")}</span>
      <Segmented aria-labelledby={ids.digest} value={draft.digest} onChange={(digest) => change({ digest })} options={DIGESTS.map((value) => ({ value, label: t(`mine.digests.${value}`) }))} />
      {draft.digest !== "off" && (
        <div className="mine-indent">
          {draft.digest === "daily" && (
            <>
              <label htmlFor={ids.at}>{t("mine.digestAt")}</label>
              <input className="plain-input" id={ids.at} type="time" required value={draft.digest_at} onChange={({ target }) => change({ digest_at: target.value })} />
            </>
          )}
          <fieldset>
            <legend>{t("mine.inDigest")}</legend>
            <SeverityChoice chosen={draft.digest_severities} onChange={(digest_severities) => change({ digest_severities })} />
          </fieldset>
        </div>
      )}
      <label htmlFor={ids.most}>{t("mine.most")}</label>
      <InputNumber id={ids.most} min={0} max={10_000} value={draft.most_per_hour} onChange={(most) => change({ most_per_hour: most ?? 0 })} />
      <Button type="primary" htmlType="submit" disabled={!differs} loading={save.isPending} data-testid="save-preferences">
        {t("mine.save")}
      </Button>
    </form>
  );
}

function SeverityChoice({ chosen, onChange }: { chosen: readonly string[]; onChange: (severities: Severity[]) => void }) {
  const { t } = useTranslation();
  return (
    <Checkbox.Group
      value={[...chosen]}
      onChange={(values) => onChange(SEVERITIES.filter((one) => values.includes(one)))}
      options={SEVERITIES.map((value) => ({ value, label: t(`severity.${value}`) }))}
    />
  );
}

function Toggle({ checked, onChange, label }: { checked: boolean; onChange: (on: boolean) => void; label: string }) {
  const id = useId();
  return (
    <span className="mine-toggle">
      <Switch id={id} checked={checked} onChange={onChange} />
      <label htmlFor={id}>{label}</label>
    </span>
  );
}
