/** The form of something new; when it is made the address goes to it. */
import { useMutation } from "@tanstack/react-query";
import { App } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DetailFrame } from "./DetailFrame";
import { filled } from "./fields";
import { onceKey, type Values } from "./noun";
import type { Section } from "./section";
import { thingWord } from "./thingWord";
import { SecretNotice } from "./SecretNotice";
import { ThingForm } from "./ThingForm";
import { useAddress } from "./useAddress";
import { changedNoun } from "./useRows";

export function NewPanel({ section }: { section: Section }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { open, filters } = useAddress();
  const [blank] = useState(() => ({ ...section.blank, ...Object.fromEntries(section.fields.flatMap(({ name }) => (filters[name] === undefined ? [] : [[name, filters[name]]]))) }));
  const [once] = useState(onceKey);
  const [told, setTold] = useState<{ id: string; words: string } | null>(null);
  const making = useMutation({
    mutationFn: (values: Values) => section.noun.create(filled(section.toBody?.(values) ?? values), once),
    onSuccess: async (made) => {
      await changedNoun(section.noun.path);
      const words = section.told?.(made) ?? null;
      if (words !== null) return setTold({ id: made.id, words });
      void message.success(t("admin.made", { name: section.nameOf(made) }));
      open(made.id);
    },
  });
  return (
    <DetailFrame title={t("admin.newOf", { thing: thingWord(section, t) })} onClose={() => open("")}>
      {told === null ? (
        <ThingForm fields={section.fields} row={null} blank={blank} error={making.error} pending={making.isPending} onSave={(values) => making.mutate(values)} onCancel={() => open("")} />
      ) : (
        <SecretNotice words={told.words} onDone={() => open(told.id)} />
      )}
    </DetailFrame>
  );
}
