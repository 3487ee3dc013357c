/** One thing: its form, what else belongs to it, its history. Somebody else's change meanwhile is told, never overwritten unseen. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { App, Button, Popconfirm, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/client";
import { queryClient } from "../api/queries";
import { ErrorNotice } from "../app/Notice";
import { PageLoading } from "../app/PageLoading";
import { forgetUnsaved } from "../app/unsaved";
import { refusalWords } from "../session/problemWords";
import { Conflict } from "./Conflict";
import { DetailFrame } from "./DetailFrame";
import { changed, valuesOf } from "./fields";
import { History } from "./History";
import type { Row, Values } from "./noun";
import type { Section } from "./section";
import { ThingForm } from "./ThingForm";
import { useAddress } from "./useAddress";
import { useMay } from "./useMay";
import { changedNoun, oneQuery } from "./useRows";

export function ThingPanel({ section, id }: { section: Section; id: string }) {
  const { t } = useTranslation();
  const { open, part, turn } = useAddress();
  const may = useMay();
  const thing = useQuery(oneQuery(section.noun, id));
  const row = thing.data;
  const parts = (section.parts ?? []).filter((one) => one.right === undefined || may(one.right));
  const turns = [{ value: "", label: t("admin.part.form") }, ...parts.map((one) => ({ value: one.key as string, label: t(`admin.part.${one.key}`) }))];
  if (section.history !== false) turns.push({ value: "history", label: t("admin.part.history") });
  const shown = parts.find((one) => one.key === part);
  return (
    <DetailFrame title={row === undefined ? "…" : section.nameOf(row)} onClose={() => open("")}>
      {thing.isError ? (
        <ErrorNotice error={thing.error} retry={() => void thing.refetch()} />
      ) : row === undefined ? (
        <PageLoading />
      ) : (
        <>
          {turns.length > 1 && <Segmented className="admin-parts" options={turns} value={turns.some((one) => one.value === part) ? part : ""} onChange={turn} aria-label={t("admin.parts")} />}
          {part === "history" ? <History path={section.noun.path} id={id} /> : shown !== undefined ? <shown.show row={row} /> : <Editing section={section} row={row} />}
        </>
      )}
    </DetailFrame>
  );
}

/** The form of one thing that is there. */
export function Editing({ section, row }: { section: Section; row: Row }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { open } = useAddress();
  const may = useMay();
  const editable = may(section.edit) && row.version !== null && (section.mayEdit?.(row) ?? true);
  const [base, setBase] = useState(row); // what the form was filled from: an answer that comes meanwhile changes nothing under the hands
  const [mine, setMine] = useState<Values | null>(null);
  const [theirs, setTheirs] = useState<Row | null>(null);
  const saved = (next: Row): void => {
    queryClient.setQueryData(oneQuery(section.noun, row.id).queryKey, next);
    setBase(next);
    setMine(null);
    setTheirs(null);
  };
  const saving = useMutation({
    mutationFn: ({ values, from }: { values: Values; from: Row }) => {
      const before = valuesOf(section.fields, shownAs(section, from));
      const body = section.toBody === undefined ? changed(before, values) : changed(section.toBody(before), section.toBody(values));
      return section.noun.change(row.id, from.version, body);
    },
    onSuccess: async (next) => {
      saved(next);
      void message.success(t("admin.saved"));
      await changedNoun(section.noun.path);
    },
    onError: async (error, { values }) => {
      if (!(error instanceof ApiError && error.status === 412)) return;
      setMine(values);
      setTheirs(await section.noun.one(row.id));
    },
  });
  if (theirs !== null && mine !== null)
    return (
      <Conflict
        fields={section.fields}
        before={shownAs(section, base)}
        theirs={shownAs(section, theirs)}
        mine={mine}
        pending={saving.isPending}
        onTheirs={() => saved(theirs)}
        onMine={(values) => {
          setBase(theirs);
          saving.mutate({ values, from: theirs });
        }}
      />
    );
  return (
    <>
      {section.commands !== undefined && <div className="admin-commands"><section.commands row={row} /></div>}
      <ThingForm
        key={base.version}
        fields={section.fields}
        row={base}
        shown={shownAs(section, base)}
        blank={{}}
        error={saving.error}
        pending={saving.isPending}
        readOnly={!editable}
        onSave={(values) => saving.mutate({ values, from: base })}
        onCancel={() => open("")}
        extra={section.remove === true && editable ? <Remove section={section} row={base} /> : null}
      />
    </>
  );
}

function Remove({ section, row }: { section: Section; row: Row }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { open } = useAddress();
  const removing = useMutation({
    mutationFn: () => section.noun.remove(row.id, row.version),
    onSuccess: async () => {
      void message.success(t("admin.removed", { name: section.nameOf(row) }));
      forgetUnsaved();
      open("");
      await changedNoun(section.noun.path);
    },
    onError: (error) => void message.error(refusalWords(error, t)),
  });
  return (
    <Popconfirm title={t("admin.removeSure", { name: section.nameOf(row) })} okText={t("admin.remove")} cancelText={t("admin.cancel")} onConfirm={() => removing.mutate()}>
      <Button danger loading={removing.isPending}>
        {t("admin.remove")}
      </Button>
    </Popconfirm>
  );
}

/** A thing as its form shows it. */
function shownAs(section: Section, row: Row): Values {
  return section.toValues?.(row) ?? (row as unknown as Values);
}
