/** What the diagnosis page asks and says. Keys begin with ["alarm", id], so that what the live line tells of the alarm asks all of it again. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answered, api } from "../api/client";
import { queryClient } from "../api/queries";
import type { Alarm, AlarmDetail, CheckAnswer, Evidence, Guide, MachineEvent, MachineFault, NewVisitHandOver, Peers, VisitHandOver } from "../api/types";

type Known = Pick<Alarm, "id" | "finding_id">;
/** Colleagues answer, too; there is no event of an answer. */
const ANSWERS_EVERY_MS = 5_000;

/** The guided checks with the causes as they stand; see `useGuide`. */
export const guideQuery = (alarm: Known) =>
  queryOptions({
    queryKey: ["alarm", alarm.id, "guide"],
    queryFn: ({ signal }): Promise<Guide> => answered(api.GET("/api/v1/findings/{finding_id}/guide", { params: { path: { finding_id: alarm.finding_id } }, signal })),
    refetchInterval: ANSWERS_EVERY_MS,
    staleTime: 1_000,
  });

/** What the finding stands on; see `useEvidence`. */
export const evidenceQuery = (alarm: Known) =>
  queryOptions({
    queryKey: ["alarm", alarm.id, "evidence"],
    queryFn: ({ signal }): Promise<Evidence> =>
      answered(api.GET("/api/v1/findings/{finding_id}/evidence", { params: { path: { finding_id: alarm.finding_id } }, signal })),
    staleTime: 10_000,
  });

/** The alarm's hand-overs for a visit, the newest first. */
export const visitsQuery = (alarmId: string) =>
  queryOptions({
    queryKey: ["alarm", alarmId, "visits"],
    queryFn: async ({ signal }): Promise<VisitHandOver[]> =>
      (await answered(api.GET("/api/v1/alarms/{alarm_id}/visit-hand-overs", { params: { path: { alarm_id: alarmId } }, signal }))).items,
    staleTime: 10_000,
  });

/** Where the other machines of the model stood; `from` and `to` in milliseconds. */
export const peersQuery = (machineId: string, keys: readonly string[], from: number, to: number) =>
  queryOptions({
    queryKey: ["peers", machineId, keys.join(), from, to],
    enabled: keys.length > 0,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }): Promise<Peers> => {
      const query = { signals: keys.join(","), from: new Date(from).toISOString(), to: new Date(to).toISOString(), max_points: 240 };
      return answered(api.GET("/api/v1/machines/{machine}/peers", { params: { path: { machine: machineId }, query }, signal }));
    },
    staleTime: 60_000,
  });

export interface Codes {
  readonly faults: readonly MachineFault[];
  /** What was reported in the window, the newest first. */
  readonly events: readonly MachineEvent[];
}

/** The machine's fault codes, and what it reported of them between two times. */
export const codesOfQuery = (alarmId: string, machineId: string, from: string, to: string) =>
  queryOptions({
    queryKey: ["alarm", alarmId, "codes", from, to],
    queryFn: async ({ signal }): Promise<Codes> => {
      const path = { machine: machineId };
      const [faults, events] = await Promise.all([
        answered(api.GET("/api/v1/machines/{machine}/faults", { params: { path }, signal })),
        answered(api.GET("/api/v1/machines/{machine}/events", { params: { path, query: { kind: "fault", from, to, limit: 500 } }, signal })),
      ]);
      return { faults: faults.items, events: events.items };
    },
    staleTime: 30_000,
  });

/** Says what a check showed; the guide is the answer's. */
export async function answerCheck(alarm: Known, answer: CheckAnswer): Promise<void> {
  const guide = await answered(api.POST("/api/v1/findings/{finding_id}/answers", { params: { path: { finding_id: alarm.finding_id } }, body: answer }));
  queryClient.setQueryData(guideQuery(alarm).queryKey, guide);
}

/** Hands the alarm over for a visit. */
export async function handOver(alarm: Known, given: NewVisitHandOver): Promise<VisitHandOver> {
  const made = await answered(api.POST("/api/v1/alarms/{alarm_id}/visit-hand-overs", { params: { path: { alarm_id: alarm.id } }, body: given }));
  await queryClient.invalidateQueries({ queryKey: ["alarm", alarm.id] });
  return made;
}

/** Begins or ends looking into an alarm. */
export function investigate(alarmId: string, begins: boolean): Promise<AlarmDetail> {
  return answered(api.POST("/api/v1/alarms/{alarm_id}/investigate", { params: { path: { alarm_id: alarmId } }, body: { begins } }));
}
