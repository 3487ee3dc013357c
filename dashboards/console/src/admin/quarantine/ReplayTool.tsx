/** Asking for a replay: the chosen entries, else those of the reason and terminal in view, else everything. */
import { RedoOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import type { QuarantineReplay } from "../../api/types";
import type { Field } from "../fields";
import { FormDialog } from "../FormDialog";
import { ask, type Values } from "../noun";

interface ReplayToolProps {
  readonly ids: readonly string[];
  readonly reason?: string | undefined;
  readonly terminal?: string | undefined;
  readonly onAsked: () => void;
}

export function ReplayTool({ ids, reason, terminal, onAsked }: ReplayToolProps) {
  const { t } = useTranslation();
  const named = ids.length > 0 ? { ids } : reason !== undefined || terminal !== undefined ? { ...(reason === undefined ? {} : { reason }), ...(terminal === undefined ? {} : { terminal }) } : { everything: true };
  const everything = "everything" in named;
  const words = ids.length > 0 ? t("admin.replayChosen", { count: ids.length }) : everything ? t("admin.replayAll") : t("admin.replayShown");
  const fields: readonly Field[] = [...(everything ? [] : [{ name: "offset", kind: "text", help: "offset" } as const]), { name: "again", kind: "switch", help: "again" }];
  return (
    <FormDialog<QuarantineReplay>
      button={words}
      icon={<RedoOutlined />}
      primary={ids.length > 0}
      title={words}
      help={t("admin.replayHelp")}
      fields={fields}
      blank={{ again: false }}
      save={t("admin.replay")}
      changes={["quarantine-replays"]}
      send={async (values: Values, once) => {
        const made = await ask<QuarantineReplay>("POST", "/quarantine-replays", { body: { ...named, again: values["again"] === true, ...(typeof values["offset"] === "string" ? { offset: values["offset"] } : {}) }, once });
        onAsked();
        return made;
      }}
      done={t("admin.replayAsked")}
    />
  );
}
