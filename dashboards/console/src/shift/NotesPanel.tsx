/** The note of the leaving shift, which the coming one confirms; and the form to write it. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { App, Button, Input, Skeleton } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { queryClient, sessionQuery } from "../api/queries";
import type { HandOverNote } from "../api/types";
import { ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { Time } from "../app/Time";
import { useUnsaved } from "../app/unsaved";
import { instant } from "../format/time";
import { refusalWords } from "../session/problemWords";
import { confirmNote, notesQuery, writeNote } from "./queries";
import type { Span } from "./span";
import { SpanWords } from "./SpanWords";

const MOST_LETTERS = 5_000;
const WRITERS: readonly string[] = ["expert", "lead", "administrator"];

function useMay(): { login: string | undefined; may: boolean } {
  const { data: me } = useQuery(sessionQuery);
  return { login: me?.login, may: me != null && me.organisation.kind === "ecc" && WRITERS.includes(me.role) };
}

export function NotesPanel({ span, rosterId, seatId }: { span: Span; rosterId: string | null; seatId: string | null }) {
  const { t } = useTranslation();
  const { may } = useMay();
  const notes = useQuery(notesQuery);
  return (
    <Panel id="notes" title={t("shift.notes.title")}>
      <div className="shift-notes">
        {may && <NoteForm span={span} rosterId={rosterId} seatId={seatId} />}
        {notes.isPending ? (
          <Skeleton active title={false} paragraph={{ rows: 3 }} />
        ) : notes.data === undefined ? (
          <ErrorNotice error={notes.error} retry={() => void notes.refetch()} />
        ) : notes.data.length === 0 ? (
          <p className="quiet">{t("shift.notes.none")}</p>
        ) : (
          <ol className="shift-note-list">
            {notes.data.map((note) => (
              <Note key={note.id} note={note} />
            ))}
          </ol>
        )}
      </div>
    </Panel>
  );
}

function NoteForm({ span, rosterId, seatId }: { span: Span; rosterId: string | null; seatId: string | null }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [text, setText] = useState("");
  const [key, setKey] = useState(() => crypto.randomUUID());
  const id = useId();
  const said = text.trim();
  const written = useMutation({
    mutationFn: () => writeNote({ note: said, from_at: new Date(span.from).toISOString(), to_at: span.to === null ? null : new Date(span.to).toISOString(), roster_id: rosterId, seat_id: seatId }, key),
    onSuccess: () => {
      setText("");
      setKey(crypto.randomUUID());
      return queryClient.invalidateQueries({ queryKey: notesQuery.queryKey });
    },
    onError: (error) => void message.error(refusalWords(error, t)),
  });
  useUnsaved(said !== "" && !written.isPending);
  return (
    <form
      className="shift-note-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (said !== "" && !written.isPending) written.mutate();
      }}
    >
      <label htmlFor={id}>{t("shift.notes.write")}</label>
      <Input.TextArea id={id} value={text} maxLength={MOST_LETTERS} autoSize={{ minRows: 3, maxRows: 12 }} placeholder={t("shift.notes.writeHelp")} onChange={(event) => setText(event.target.value)} />
      <Button type="primary" htmlType="submit" disabled={said === ""} loading={written.isPending} data-testid="write-note">
        {t("shift.notes.handOver")}
      </Button>
    </form>
  );
}

function Note({ note }: { note: HandOverNote }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { standing } = note;
  return (
    <li data-note={note.id} data-confirmed={note.confirmed_at !== null}>
      <p className="shift-note-head">
        <b>{note.written_by}</b>
        {note.place !== null && <span>{note.place}</span>}
        <span className="quiet">
          <Time at={note.written_at} />
        </span>
      </p>
      <p className="quiet">
        <SpanWords from={note.from_at} to={note.to_at} />
      </p>
      <p className="shift-note-text">{note.note}</p>
      <p className="quiet">{t("shift.notes.left", { active: standing.active, unacknowledged: standing.unacknowledged, stale: standing.stale })}</p>
      {note.confirmed_at === null ? (
        <Confirm note={note} />
      ) : (
        <p className="shift-note-confirmed">
          ✓ <Time at={note.confirmed_at}>{t("shift.notes.confirmed", { by: note.confirmed_by, at: instant(Date.parse(note.confirmed_at), language) })}</Time>
        </p>
      )}
    </li>
  );
}

function Confirm({ note }: { note: HandOverNote }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { login, may } = useMay();
  const confirmed = useMutation({
    mutationFn: () => confirmNote(note.id),
    onError: (error) => void message.error(refusalWords(error, t)),
    onSettled: () => queryClient.invalidateQueries({ queryKey: notesQuery.queryKey }),
  });
  if (!may || note.written_by === login) return <p className="shift-note-waiting">{t("shift.notes.waits")}</p>;
  return (
    <Button size="small" type="primary" loading={confirmed.isPending} onClick={() => confirmed.mutate()} data-testid="confirm-note">
      {t("shift.notes.takeOver")}
    </Button>
  );
}
