/** A note of an instant or a span, in the viewer's own time. */
import { useMutation } from "@tanstack/react-query";
import { Alert, Button, Input } from "antd";
import { useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { answered, api } from "../api/client";
import { queryClient } from "../api/queries";
import { shownZone } from "../format/time";
import { refusalWords } from "../session/problemWords";
import { useDialogGuard, useUnsaved } from "../app/unsaved";
import { instantOf, wallOf } from "./wallTime";

const MOST_LETTERS = 2_000;

/** Milliseconds; `to` null: an instant. */
export interface NoteTime {
  readonly from: number;
  readonly to: number | null;
}

interface NoteFormProps {
  readonly machine: string;
  readonly time: NoteTime;
  readonly onDone: () => void;
}

export function NoteForm({ onDone, ...given }: NoteFormProps) {
  const { Frame, leave } = useDialogGuard();
  return (
    <Frame>
      <Fields {...given} onDone={onDone} onLeave={() => leave(onDone)} />
    </Frame>
  );
}

function Fields({ machine, time, onDone, onLeave }: NoteFormProps & { onLeave: () => void }) {
  const { t } = useTranslation();
  const zone = shownZone();
  const [text, setText] = useState("");
  const [from, setFrom] = useState(wallOf(time.from, zone));
  const [to, setTo] = useState(time.to === null ? "" : wallOf(time.to, zone));
  useEffect(() => {
    setFrom(wallOf(time.from, zone));
    setTo(time.to === null ? "" : wallOf(time.to, zone));
  }, [time, zone]);
  const id = useId();
  const key = useRef(crypto.randomUUID());
  const write = useMutation({
    mutationFn: () => {
      const span = to === "" ? {} : { to_at: new Date(instantOf(to, zone)).toISOString() };
      const body = { from_at: new Date(instantOf(from, zone)).toISOString(), ...span, text: text.trim() };
      return answered(api.POST("/api/v1/machines/{machine}/notes", { params: { path: { machine }, header: { "Idempotency-Key": key.current } }, body }));
    },
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["machine", machine, "notes"] });
      onDone();
    },
    onError: () => (key.current = crypto.randomUUID()),
  });
  useUnsaved(text.trim() !== "" && !write.isPending);
  const endsBefore = from !== "" && to !== "" && instantOf(to, zone) <= instantOf(from, zone);
  const ready = text.trim() !== "" && from !== "" && !endsBefore && !write.isPending;
  return (
    <form
      className="note-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) write.mutate();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation(); // the question that it opens would take it as its own
        onLeave();
      }}
    >
      <label htmlFor={`${id}-text`}>
        {t("machinePage.noteText")}
        <Input.TextArea id={`${id}-text`} autoFocus value={text} maxLength={MOST_LETTERS} autoSize={{ minRows: 2, maxRows: 6 }} placeholder={t("machinePage.noteHelp")} onChange={(event) => setText(event.target.value)} />
      </label>
      <label htmlFor={`${id}-from`}>
        {t("machinePage.noteFrom")}
        <input id={`${id}-from`} className="plain-input" type="datetime-local" step="1" value={from} required onChange={(event) => setFrom(event.target.value)} />
      </label>
      <label htmlFor={`${id}-to`}>
        {t("machinePage.noteTo")}
        <input id={`${id}-to`} className="plain-input" type="datetime-local" step="1" value={to} onChange={(event) => setTo(event.target.value)} />
      </label>
      <span className="form-buttons">
        <Button type="primary" htmlType="submit" disabled={!ready} loading={write.isPending} data-testid="note-save">
          {t("machinePage.save")}
        </Button>
        <Button onClick={onLeave}>{t("machinePage.cancel")}</Button>
      </span>
      {endsBefore && <Alert type="warning" showIcon title={t("machinePage.noteEndsBefore")} />}
      {write.error !== null && <Alert type="error" showIcon title={refusalWords(write.error, t)} />}
    </form>
  );
}
