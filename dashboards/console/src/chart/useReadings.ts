/** The chart's readings: a moving span that grows by its tail, or a fixed one that was zoomed to. */
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { serverNow } from "../api/client";
import { readings } from "../api/queries";
import { fromAnswer, withTail, type ChartReadings } from "./series";
import type { ChartSpan } from "./span";

const MOST_POINTS = 1_500;
/** Asked for again with every tail: rows may arrive a little out of order. */
const OVERLAP_MS = 10_000;
/** Machine clocks may run ahead by as much as the platform accepts. */
const AHEAD_MS = 60_000;
const WHOLE_AGAIN_MS = 60_000;
const BUCKETS_EVERY_MS = 10_000;

interface Held extends ChartReadings {
  readonly wholeAt: number;
}

/** Readings of a machine over `span`. `newest`: when its newest reading was measured; a change fetches the tail. */
export function useReadings(machineId: string, keys: readonly string[], span: ChartSpan, newest: string | null) {
  const client = useQueryClient();
  const queryKey = ["readings", machineId, keys.join(), span.kind, span.kind === "follow" ? span.seconds : span.from, span.kind === "follow" ? 0 : span.to];
  const name = queryKey.join("|");

  const query = useQuery({
    queryKey,
    enabled: keys.length > 0,
    placeholderData: keepPreviousData,
    gcTime: 120_000,
    staleTime: span.kind === "follow" ? 0 : 60_000,
    queryFn: async ({ signal }): Promise<Held> => {
      const now = serverNow();
      const ask = async (from: number, to: number) => fromAnswer(await readings(machineId, keys, { from, to }, MOST_POINTS, signal));
      if (span.kind === "fixed") return { ...(await ask(span.from, span.to)), wholeAt: now };
      const begin = now - span.seconds * 1000;
      const held = client.getQueryData<Held>(queryKey);
      const last = held?.at.at(-1);
      if (held && held.bucketS === null && last !== undefined && last > begin && now - held.wholeAt < WHOLE_AGAIN_MS) {
        const tailFrom = last - OVERLAP_MS;
        return { ...withTail(held, await ask(tailFrom, now + AHEAD_MS), tailFrom, begin), wholeAt: held.wholeAt };
      }
      return { ...(await ask(begin, now + AHEAD_MS)), wholeAt: now };
    },
  });

  // The live line says that the machine has a newer reading: fetch it; buckets are fetched less often.
  const asked = useRef(0);
  const bucketed = query.data?.bucketS != null;
  useEffect(() => {
    if (span.kind !== "follow" || newest === null) return;
    const wait = Math.max(0, asked.current + (bucketed ? BUCKETS_EVERY_MS : 900) - Date.now());
    const timer = setTimeout(() => {
      asked.current = Date.now();
      void client.invalidateQueries({ queryKey: name.split("|").slice(0, 2), predicate: (other) => other.queryKey.join("|") === name }, { cancelRefetch: false });
    }, wait);
    return () => clearTimeout(timer);
  }, [client, name, newest, bucketed, span.kind]);

  return query;
}
