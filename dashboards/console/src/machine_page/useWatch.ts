/** A machine's readings as they come: each stored one, asked for from the last one received on. */
import { useEffect, useState } from "react";
import { latestReadings } from "./queries";
import { NOTHING, withAnswer, type Watch } from "./watch";

const FIRST = 300;
const MOST = 200;
/** Half a second between an answer and the next question, so that a reading is on the page within a second of its commit. */
const WATCHED_MS = 500;
const UNWATCHED_MS = 5_000;
const FAILED_MS = 3_000;

export interface Watching {
  readonly watch: Watch;
  /** When the last answer came (ms, this browser's clock); null: none yet. */
  readonly answeredAt: number | null;
  readonly error: unknown;
}

export function useWatch(machine: string, isWatched: boolean): Watching {
  const [state, setState] = useState<Watching>({ watch: NOTHING, answeredAt: null, error: null });
  useEffect(() => setState({ watch: NOTHING, answeredAt: null, error: null }), [machine]);
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let after: string | null = null;
    const ask = async (): Promise<void> => {
      let wait = isWatched ? WATCHED_MS : UNWATCHED_MS;
      try {
        const isFirst = after === null;
        const answer = await latestReadings(machine, after, isFirst ? FIRST : MOST, stop.signal);
        setState((before) => {
          const watch = withAnswer(before.watch, isFirst ? { ...answer, truncated: false } : answer);
          after = watch.after;
          return { watch, answeredAt: Date.now(), error: null };
        });
      } catch (error) {
        if (stop.signal.aborted) return;
        wait = FAILED_MS;
        setState((before) => ({ ...before, error }));
      }
      if (!stop.signal.aborted) timer = setTimeout(() => void ask(), wait);
    };
    void ask();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [machine, isWatched]);
  return state;
}
