/** Above the rules: what was begun in this browser and is no set yet, since when, and what to do with it. */
import { App, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Time } from "../app/Time";
import { type Draft, dropDraft, keptDraft } from "./draft";
import { LinkButton } from "./parts";

export function DraftNotice({ onDiscard }: { onDiscard: () => void }) {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const [draft, setDraft] = useState<Draft | null>(keptDraft);
  if (draft === null) return null;
  const discard = (): void => {
    dropDraft();
    setDraft(null);
    onDiscard();
  };
  return (
    <p className="rules-draft" role="note" data-testid="draft">
      <span>
        {t("rules.draftKept")} <Time at={draft.since} whole />
        {t("rules.draftKeptHelp")}
      </span>
      <LinkButton size="small" type="primary" to="/rules/edit">
        {t("rules.goOn")}
      </LinkButton>
      <Button size="small" onClick={() => void modal.confirm({ title: t("rules.discardAsk"), content: t("rules.draftGone"), okText: t("rules.discard"), okButtonProps: { danger: true }, cancelText: t("rules.cancel"), onOk: discard })}>
        {t("rules.discard")}
      </Button>
    </p>
  );
}
