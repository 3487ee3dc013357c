/** What is made of a finding about a second after it: asked for only once the finding says that it is there. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { answered, api } from "../api/client";
import type { Alarm, Evidence, FindingDetail, Guide } from "../api/types";
import { evidenceQuery, guideQuery } from "./queries";

const UNTIL_MADE_MS = 1_500;

type Known = Pick<Alarm, "id" | "finding_id">;

export interface Made<T> {
  readonly data: T | undefined;
  /** It is being made, or on its way. */
  readonly isComing: boolean;
  /** The platform could not make it yet; it tries again. */
  readonly isFailed: boolean;
  readonly error: unknown;
  readonly retry: () => void;
}

/** The finding itself; it says whether its evidence is there. */
const findingQuery = (alarm: Known) =>
  queryOptions({
    queryKey: ["alarm", alarm.id, "finding"],
    queryFn: ({ signal }): Promise<FindingDetail> => answered(api.GET("/api/v1/findings/{finding_id}", { params: { path: { finding_id: alarm.finding_id } }, signal })),
    refetchInterval: ({ state: { data } }) => (data?.evidence === "waiting" && data.withdrawn_at === null ? UNTIL_MADE_MS : false),
    staleTime: 10_000,
  });

/** What the finding stands on. */
export function useEvidence(alarm: Known): Made<Evidence> {
  const finding = useQuery(findingQuery(alarm));
  return made(finding, useQuery({ ...evidenceQuery(alarm), enabled: finding.data?.evidence === "made" }));
}

/** The guided checks with the causes as they stand. */
export function useGuide(alarm: Known): Made<Guide> {
  const finding = useQuery(findingQuery(alarm));
  return made(finding, useQuery({ ...guideQuery(alarm), enabled: finding.data?.diagnosis != null }));
}

interface Asked<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  readonly refetch: () => unknown;
}

function made<T>(finding: Asked<FindingDetail>, of: Asked<T>): Made<T> {
  const error = of.data === undefined ? (finding.data === undefined ? finding.error : of.error) : null;
  const isFailed = finding.data !== undefined && finding.data.evidence !== "made" && (finding.data.evidence === "failed" || finding.data.withdrawn_at !== null);
  return { data: of.data, isComing: of.data === undefined && error === null && !isFailed, isFailed, error, retry: () => void (finding.data === undefined ? finding : of).refetch() };
}
