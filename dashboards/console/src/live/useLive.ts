/** Connects the live line to the query cache for as long as the page is shown. */
import { useEffect, useState } from "react";
import { alarmsQuery, LIVE_SIGNALS, machinesQuery, queryClient, sessionQuery } from "../api/queries";
import type { Alarm, LiveAlarm, LiveMachines, Machine } from "../api/types";
import { freshness } from "../api/client";
import { UpdateBuffer } from "./buffer";
import { hear } from "./heard";
import { LiveLine, type LineState } from "./line";
import { asksAnswer, mergeAlarms, mergeMachines } from "./merge";

const SILENCE_MS = 7_500; // two heartbeats of the server, one every 3 s, did not come
const MANY = 1_000; // machines
const MACHINES = machinesQuery.queryKey;
const OPEN_ALARMS = alarmsQuery("active").queryKey;
const WAITING_ALARMS = alarmsQuery("waiting").queryKey;

function askAgain(): void {
  void queryClient.invalidateQueries({ queryKey: MACHINES });
  void queryClient.invalidateQueries({ queryKey: ["alarms"] });
  void queryClient.invalidateQueries({ queryKey: ["alarm"] });
}

function newBuffer(): UpdateBuffer {
  return new UpdateBuffer({
    machinesEveryMs: () => ((queryClient.getQueryData<Machine[]>(MACHINES)?.length ?? 0) > MANY ? 1_000 : 500),
    alarmsAfterMs: 30,
    onMachines: (updates) => {
      let isStale = false;
      queryClient.setQueryData<Machine[]>(MACHINES, (held) => {
        if (held === undefined) return undefined;
        const result = mergeMachines(held, updates);
        isStale = result.unknown.length > 0;
        // a list that is on its way may still hold what has gone
        if ([...updates.values()].includes(null)) isStale ||= queryClient.isFetching({ queryKey: MACHINES }) > 0;
        return result.machines;
      });
      if (isStale) void queryClient.invalidateQueries({ queryKey: MACHINES });
    },
    onAlarms: (updates) => {
      queryClient.setQueryData<Alarm[]>(OPEN_ALARMS, (held) => held && mergeAlarms(held, updates));
      queryClient.setQueryData<Alarm[]>(WAITING_ALARMS, (held) => held && mergeAlarms(held, updates, asksAnswer));
      for (const id of updates.keys()) void queryClient.invalidateQueries({ queryKey: ["alarm", id] });
      if ([...updates.values()].some((alarm) => alarm.state !== "active"))
        void queryClient.invalidateQueries({ queryKey: alarmsQuery("cleared").queryKey });
    },
  });
}

/** The line's state; machines and open alarms in the query cache move with it. */
export function useLive(): LineState {
  const [state, setState] = useState<LineState>({ phase: "connecting", since: Date.now() });
  useEffect(() => {
    const buffer = newBuffer();
    const line = new LiveLine({
      url: `/api/v1/live?signals=${LIVE_SIGNALS.join(",")}`,
      silenceMs: SILENCE_MS,
      fetch: freshness.fetch,
      onState: (next) => {
        setState(next);
        if (next.phase === "refused") void queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey });
      },
      onCatchUp: askAgain,
      onEvent: ({ event, data }) => {
        if (event === "machines") {
          const { items, gone } = data as LiveMachines;
          buffer.addMachines(items, gone);
        }
        if (event === "alarm") {
          const { alarm } = data as LiveAlarm;
          hear(alarm, Date.now());
          buffer.addAlarm(alarm);
        }
        if (event === "reset") askAgain();
      },
    });
    line.start();
    return () => {
      line.stop();
      buffer.stop();
    };
  }, []);
  return state;
}
