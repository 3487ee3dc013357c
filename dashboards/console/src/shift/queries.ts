/** What the shift page asks. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answered, api } from "../api/client";
import type { AlarmLoad, AlarmSeries, HandOver, HandOverNote, NewHandOverNote, RemoteResolution, Roster, RosterDuty } from "../api/types";
import type { Every, Span } from "./span";

const AGAIN_MS = 60_000;
const FRESH_MS = 15_000;

function written({ from, to }: Span): { from: string; to?: string } {
  return { from: new Date(from).toISOString(), ...(to === null ? {} : { to: new Date(to).toISOString() }) };
}

/** Rosters of the control centre and of those below it. */
export const rostersQuery = queryOptions({
  queryKey: ["shift", "rosters"],
  queryFn: async ({ signal }): Promise<readonly Roster[]> => (await answered(api.GET("/api/v1/rosters", { params: { query: { limit: 100 } }, signal }))).items,
  staleTime: 300_000,
});

/** Who is on duty now. */
export const dutyQuery = (rosterId: string) =>
  queryOptions({
    queryKey: ["shift", "duty", rosterId],
    queryFn: ({ signal }): Promise<RosterDuty> => answered(api.GET("/api/v1/rosters/{roster_id}/on-duty", { params: { path: { roster_id: rosterId } }, signal })),
    refetchInterval: AGAIN_MS,
    staleTime: FRESH_MS,
  });

/** What is open now, and what was done since `from` (ms). */
export const handOverQuery = (from: number) =>
  queryOptions({
    queryKey: ["shift", "hand-over", from],
    placeholderData: keepPreviousData, // a span that ends now moves on every minute
    queryFn: ({ signal }): Promise<HandOver> => answered(api.GET("/api/v1/alarm-hand-over", { params: { query: written({ from, to: null }) }, signal })),
    refetchInterval: AGAIN_MS,
    staleTime: FRESH_MS,
  });

/** The load of a span beside ISA-18.2's limits. */
export const loadQuery = (span: Span) =>
  queryOptions({
    queryKey: ["shift", "load", span.from, span.to],
    placeholderData: keepPreviousData, // a span that ends now moves on every minute
    queryFn: ({ signal }): Promise<AlarmLoad> => answered(api.GET("/api/v1/alarm-load", { params: { query: written(span) }, signal })),
    refetchInterval: span.to === null ? AGAIN_MS : false,
    staleTime: FRESH_MS,
  });

/** The same, stretch by stretch. */
export const seriesQuery = (span: Span, every: Every) =>
  queryOptions({
    queryKey: ["shift", "series", span.from, span.to, every],
    placeholderData: keepPreviousData, // a span that ends now moves on every minute
    queryFn: ({ signal }): Promise<AlarmSeries> => answered(api.GET("/api/v1/alarm-load/series", { params: { query: { ...written(span), every } }, signal })),
    refetchInterval: span.to === null ? AGAIN_MS : false,
    staleTime: FRESH_MS,
  });

/** How many problems were solved without a visit, by the verdicts of the span. */
export const remoteQuery = (span: Span) =>
  queryOptions({
    queryKey: ["shift", "remote", span.from, span.to],
    placeholderData: keepPreviousData, // a span that ends now moves on every minute
    queryFn: ({ signal }): Promise<RemoteResolution> => answered(api.GET("/api/v1/remote-resolution", { params: { query: written(span) }, signal })),
    refetchInterval: span.to === null ? AGAIN_MS : false,
    staleTime: FRESH_MS,
  });

const NOTES = 10;

/** The newest hand-over notes. */
export const notesQuery = queryOptions({
  queryKey: ["shift", "notes"],
  queryFn: async ({ signal }): Promise<readonly HandOverNote[]> => (await answered(api.GET("/api/v1/hand-over-notes", { params: { query: { limit: NOTES } }, signal }))).items,
  refetchInterval: AGAIN_MS,
  staleTime: FRESH_MS,
});

/** Writes a note, once: `key` is the same for whoever sends it again. */
export function writeNote(note: NewHandOverNote, key: string): Promise<HandOverNote> {
  return answered(api.POST("/api/v1/hand-over-notes", { params: { header: { "Idempotency-Key": key } }, body: note }));
}

/** Takes over: confirms a note that somebody else wrote. */
export function confirmNote(noteId: string): Promise<HandOverNote> {
  return answered(api.POST("/api/v1/hand-over-notes/{note_id}/confirm", { params: { path: { note_id: noteId } } }));
}
