/** The notes under the chart, each where its time is; dragging along the lane begins a note of that time. */
import { useRef, type PointerEvent } from "react";
import { useTranslation } from "react-i18next";
import type { MachineNote } from "../api/types";
import type { ChartSpan } from "../chart/span";
import { usePreferences } from "../app/preferences";
import { clockOrDay } from "../format/time";
import type { NoteTime } from "./NoteForm";

const SPAN_FROM_PX = 8; // a shorter drag is a click: an instant

interface NotesLaneProps {
  readonly notes: readonly MachineNote[];
  readonly stretch: { readonly from: number; readonly to: number };
  readonly draft: NoteTime | null;
  /** null: the viewer writes none. */
  readonly onDraft: ((time: NoteTime) => void) | null;
  readonly onShow: (span: ChartSpan) => void;
}

/** The stretch around a note in which it is well seen. */
export function around(note: Pick<MachineNote, "from_at" | "to_at">): ChartSpan {
  const from = Date.parse(note.from_at);
  const to = note.to_at === null ? from : Date.parse(note.to_at);
  const air = Math.max(600_000, (to - from) / 2);
  return { kind: "fixed", from: from - air, to: Math.min(to + air, Date.now()) };
}

export function NotesLane({ notes, stretch, draft, onDraft, onShow }: NotesLaneProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const lane = useRef<HTMLDivElement>(null);
  const begun = useRef<number | null>(null);
  const share = (at: number): number => Math.min(1, Math.max(0, (at - stretch.from) / (stretch.to - stretch.from)));
  const place = (from: number, to: number | null) => ({ left: `${share(from) * 100}%`, width: to === null ? undefined : `${(share(to) - share(from)) * 100}%` });
  const instantOf = (event: PointerEvent): number => {
    const box = lane.current!.getBoundingClientRect();
    const at = stretch.from + ((event.clientX - box.left) / box.width) * (stretch.to - stretch.from);
    return Math.floor(Math.min(stretch.to, Math.max(stretch.from, at)) / 1000) * 1000;
  };
  const end = (event: PointerEvent): void => {
    const from = begun.current;
    begun.current = null;
    if (from === null || onDraft === null) return;
    const to = instantOf(event);
    const [first, last] = from <= to ? [from, to] : [to, from];
    const isSpan = ((last - first) / (stretch.to - stretch.from)) * lane.current!.clientWidth >= SPAN_FROM_PX;
    onDraft({ from: first, to: isSpan ? last : null });
  };
  const seen = notes.filter((note) => Date.parse(note.from_at) < stretch.to && Date.parse(note.to_at ?? note.from_at) >= stretch.from);
  return (
    <div
      ref={lane}
      className={onDraft === null ? "notes-lane" : "notes-lane notes-lane-open"}
      title={onDraft === null ? undefined : t("machinePage.laneHelp")}
      data-testid="notes-lane"
      onPointerDown={(event) => {
        if (event.target === lane.current) begun.current = instantOf(event);
      }}
      onPointerUp={end}
    >
      {seen.length === 0 && draft === null && <span className="notes-none quiet">{onDraft === null ? t("machinePage.noNotesHere") : t("machinePage.laneHelp")}</span>}
      {seen.map((note) => (
        <button
          key={note.id}
          type="button"
          className={note.to_at === null ? "note-mark" : "note-mark note-span"}
          style={place(Date.parse(note.from_at), note.to_at === null ? null : Date.parse(note.to_at))}
          title={`${clockOrDay(Date.parse(note.from_at), Date.now(), language)} · ${note.written_by}\n${note.text}`}
          onClick={() => onShow(around(note))}
        >
          <span>{note.text}</span>
        </button>
      ))}
      {draft !== null && <i className="note-mark note-draft" style={place(draft.from, draft.to)} aria-hidden="true" />}
    </div>
  );
}
