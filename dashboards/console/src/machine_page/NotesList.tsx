/** The notes of the shown span in words, with the way to their time and to take one's own back. */
import { useMutation, type UseQueryResult } from "@tanstack/react-query";
import { App, Button, Popconfirm } from "antd";
import { useTranslation } from "react-i18next";
import { answered, api } from "../api/client";
import { queryClient } from "../api/queries";
import type { MachineNote } from "../api/types";
import type { ChartSpan } from "../chart/span";
import { When } from "../machines/When";
import { refusalWords } from "../session/problemWords";
import { Answer } from "./Answer";
import { around } from "./NotesLane";

interface NotesListProps {
  readonly machine: string;
  readonly query: UseQueryResult<MachineNote[]>;
  readonly onShow: (span: ChartSpan) => void;
}

export function NotesList({ machine, query, onShow }: NotesListProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const withdraw = useMutation({
    mutationFn: (note: MachineNote) =>
      answered(api.POST("/api/v1/machines/{machine}/notes/{note_id}/withdraw", { params: { path: { machine, note_id: note.id } } })),
    onError: (error) => void message.error(refusalWords(error, t)),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["machine", machine, "notes"] }),
  });
  return (
    <Answer query={query} rows={2}>
      {(notes) =>
        notes.length === 0 ? (
          <p className="plain-empty">{t("machinePage.noNotes")}</p>
        ) : (
          <ul className="notes-list">
            {notes.map((note) => (
              <li key={note.id} data-note={note.id}>
                <button type="button" className="note-time" title={t("machinePage.showTime")} onClick={() => onShow(around(note))}>
                  <When at={note.from_at} />
                  {note.to_at !== null && (
                    <>
                      {" – "}
                      <When at={note.to_at} />
                    </>
                  )}
                </button>
                <p>{note.text}</p>
                <span className="quiet">
                  {note.written_by}, <When at={note.written_at} />
                </span>
                {note.may_withdraw && (
                  <Popconfirm title={t("machinePage.withdrawSure")} okText={t("machinePage.withdraw")} cancelText={t("machinePage.cancel")} onConfirm={() => withdraw.mutate(note)}>
                    <Button size="small" type="text" loading={withdraw.isPending && withdraw.variables?.id === note.id}>
                      {t("machinePage.withdraw")}
                    </Button>
                  </Popconfirm>
                )}
              </li>
            ))}
          </ul>
        )
      }
    </Answer>
  );
}
