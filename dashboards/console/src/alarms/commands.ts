/** What people do with an alarm: one request each, which answers with the alarm as it is then. */
import { answered, api } from "../api/client";
import { alarmsQuery, queryClient } from "../api/queries";
import type { Alarm, NewVerdict, Verdict } from "../api/types";
import { asksAnswer, mergeAlarms } from "../live/merge";

/** Puts an alarm, as an answer brought it, in the lists. */
export function takeAlarm(alarm: Alarm): void {
  const update = new Map([[alarm.id, alarm]]);
  queryClient.setQueryData<Alarm[]>(alarmsQuery("active").queryKey, (held) => held && mergeAlarms(held, update));
  queryClient.setQueryData<Alarm[]>(alarmsQuery("waiting").queryKey, (held) => held && mergeAlarms(held, update, asksAnswer));
  if (alarm.state !== "active") void queryClient.invalidateQueries({ queryKey: alarmsQuery("cleared").queryKey });
}

/** Acknowledges an alarm; the answer is the alarm as it is then. */
export function acknowledge(alarmId: string): Promise<Alarm> {
  return answered(api.POST("/api/v1/alarms/{alarm_id}/acknowledge", { params: { path: { alarm_id: alarmId } } }));
}

/** Resets an alarm that latches. */
export function resetAlarm(alarmId: string): Promise<Alarm> {
  return answered(api.POST("/api/v1/alarms/{alarm_id}/reset", { params: { path: { alarm_id: alarmId } } }));
}

/** Says whose an alarm is that is nobody's. */
export function assignAlarm(alarmId: string, personId: string): Promise<Alarm> {
  return answered(api.POST("/api/v1/alarms/{alarm_id}/assign", { params: { path: { alarm_id: alarmId } }, body: { to: personId } }));
}

/** Shelves what an alarm's source raises on its machine, until a time (ms). */
export function shelveAlarm(alarmId: string, reason: string, until: number): Promise<Alarm> {
  const body = { reason, until: new Date(until).toISOString() };
  return answered(api.POST("/api/v1/alarms/{alarm_id}/shelve", { params: { path: { alarm_id: alarmId } }, body }));
}

/** Ends the shelving before its time. */
export function unshelveAlarm(alarmId: string): Promise<Alarm> {
  return answered(api.POST("/api/v1/alarms/{alarm_id}/unshelve", { params: { path: { alarm_id: alarmId } } }));
}

/** Says what turned out to be the matter with a finding. */
export function giveVerdict(findingId: string, verdict: NewVerdict): Promise<Verdict> {
  return answered(api.POST("/api/v1/findings/{finding_id}/verdicts", { params: { path: { finding_id: findingId } }, body: verdict }));
}

/** Adds a comment to an alarm, whatever its state. */
export function commentOn(alarmId: string, text: string): Promise<Alarm> {
  return answered(api.POST("/api/v1/alarms/{alarm_id}/comments", { params: { path: { alarm_id: alarmId } }, body: { text } }));
}
