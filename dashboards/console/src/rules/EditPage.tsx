/** The editor's page: finds the text to begin with. What was typed before and is no set yet comes first. */
import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "../app/search";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { dropDraft, keptDraft } from "./draft";
import { editsOf, withRule } from "./edits";
import { ruleQuery, ruleSetQuery } from "./queries";
import { useMayEdit } from "./useMayEdit";
import { Workshop } from "./Workshop";

export function EditPage() {
  const { t } = useTranslation();
  const mayEdit = useMayEdit();
  if (!mayEdit) return <EmptyNotice title={t("rules.readOnly")} help={t("rules.readOnlyHelp")} />;
  return <Begin />;
}

function Begin() {
  const [search] = useSearchParams();
  const [asked] = useState(() => ({ rule: search.get("rule") ?? "", from: search.get("from") ?? "live" })); // where the cursor goes later changes the address, not the beginning
  const set = useQuery(ruleSetQuery(asked.from));
  const rule = useQuery({ ...ruleQuery("live", asked.rule), enabled: asked.rule !== "" });
  const [anew, setAnew] = useState(0);
  const wait = set.isPending || (asked.rule !== "" && rule.isPending);
  const begun = useMemo(() => {
    if (wait || set.data === undefined) return null;
    const kept = keptDraft();
    const origin = kept?.origin ?? editsOf(set.data);
    const text = kept?.text ?? origin;
    return { origin, kept: kept?.since ?? null, text: rule.data === undefined ? text : withRule(text, asked.rule, rule.data.text), turn: anew };
  }, [wait, set.data === undefined, anew]); // once: what is fetched again later must not replace what is being typed
  if (set.isError) return <ErrorNotice error={set.error} retry={() => void set.refetch()} />;
  if (begun === null) return <Skeleton active className="panel-skeleton" />;
  const discard = (): void => {
    dropDraft();
    setAnew(anew + 1);
  };
  return <Workshop key={begun.turn} begun={begun} rule={asked.rule} onDiscard={discard} />;
}
