/** What the workshop asks and does. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answered, api } from "../api/client";
import { queryClient } from "../api/queries";
import type {
  CheckedEdits, Detector, EnteredRuleSet, FindingQuality, ReplayFindingPage, RuleDifference, RuleReplay, RuleSet, RuleSetDetail, RuleSetSwitchPage, ShadowFindingPage, Tuning, WholeRule,
} from "../api/types";
import type { Change } from "./words";

const PAGE = 500;
const LIST = 50;

async function all<T>(ask: (cursor: string | undefined) => Promise<{ items: T[]; next_cursor: string | null }>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask(cursor);
    items.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}

const after = (cursor: string | undefined): { cursor?: string } => (cursor === undefined ? {} : { cursor });

/** One set with its rules and texts: its number, `live`, `shadow` or `base`. */
export const ruleSetQuery = (reference: string) =>
  queryOptions({
    queryKey: ["rules", "set", reference],
    queryFn: ({ signal }): Promise<RuleSetDetail> => answered(api.GET("/api/v1/rule-sets/{rule_set}", { params: { path: { rule_set: reference } }, signal })),
    staleTime: 20_000,
  });

/** All sets, the newest first. */
export const ruleSetsQuery = queryOptions({
  queryKey: ["rules", "sets"],
  queryFn: ({ signal }): Promise<RuleSet[]> => all<RuleSet>((cursor) => answered(api.GET("/api/v1/rule-sets", { params: { query: { limit: PAGE, ...after(cursor) } }, signal }))),
  staleTime: 20_000,
});

/** Who switched what of late, and where a way back leads. */
export const switchesQuery = queryOptions({
  queryKey: ["rules", "switches"],
  queryFn: ({ signal }): Promise<RuleSetSwitchPage> => answered(api.GET("/api/v1/rule-sets/switches", { params: { query: { limit: LIST } }, signal })),
  staleTime: 20_000,
});

/** One rule of a set with its tests. */
export const ruleQuery = (reference: string, rule: string) =>
  queryOptions({
    queryKey: ["rules", "rule", reference, rule],
    queryFn: ({ signal }): Promise<WholeRule> => answered(api.GET("/api/v1/rule-sets/{rule_set}/rules/{rule}", { params: { path: { rule_set: reference, rule } }, signal })),
    staleTime: 60_000,
  });

/** How findings of the last `days` turned out, version by version; of one source if named. */
export const qualityQuery = (days: number, rule?: string) =>
  queryOptions({
    queryKey: ["rules", "quality", days, rule ?? ""],
    queryFn: ({ signal }): Promise<FindingQuality[]> => {
      const from = new Date(Math.floor(Date.now() / 60_000) * 60_000 - days * 86_400_000).toISOString();
      const query = { from, limit: PAGE, source_kind: "rule" as const, ...(rule === undefined ? {} : { source_key: rule }) };
      return all<FindingQuality>((cursor) => answered(api.GET("/api/v1/finding-quality", { params: { query: { ...query, ...after(cursor) } }, signal })));
    },
    staleTime: 60_000,
  });

/** What differs between two sets, rule by rule. */
export const differencesQuery = (here: string, there: string) =>
  queryOptions({
    queryKey: ["rules", "differences", here, there],
    queryFn: async ({ signal }): Promise<RuleDifference[]> =>
      (await answered(api.GET("/api/v1/rule-sets/{rule_set}/differences", { params: { path: { rule_set: here }, query: { against: there } }, signal }))).items,
    staleTime: 20_000,
  });

/** The edits as the compiler reads them; `rule`: whose tests are run, all when undefined. What was answered before stays until the next answer is there. */
export const checkQuery = (text: string, rule: string | undefined) =>
  queryOptions({
    queryKey: ["rules", "check", text, rule ?? ""],
    queryFn: ({ signal }): Promise<CheckedEdits> => answered(api.POST("/api/v1/rule-sets/check", { body: { text, base: "base", rule: rule ?? null }, signal })),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 30_000,
  });

/** A page of what a set found in shadow. */
export const shadowQuery = (reference: string, rule: string, cursor: string | undefined) =>
  queryOptions({
    queryKey: ["rules", "shadow", reference, rule, cursor ?? ""],
    queryFn: ({ signal }): Promise<ShadowFindingPage> =>
      answered(api.GET("/api/v1/rule-sets/{rule_set}/shadow-findings", { params: { path: { rule_set: reference }, query: { limit: LIST, ...(rule === "" ? {} : { rule }), ...after(cursor) } }, signal })),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });

const isUnderWay = (one: { state: string } | undefined): boolean => one?.state === "queued" || one?.state === "running";
const ASK_AGAIN_MS = 1_000;

/** Replays, the newest first; asked again while one is under way. */
export const replaysQuery = (ruleSet: number | undefined) =>
  queryOptions({
    queryKey: ["rules", "replays", ruleSet ?? 0],
    queryFn: async ({ signal }): Promise<RuleReplay[]> =>
      (await answered(api.GET("/api/v1/rule-replays", { params: { query: { limit: LIST, ...(ruleSet === undefined ? {} : { rule_set: ruleSet }) } }, signal }))).items,
    refetchInterval: ({ state }) => (state.data?.some(isUnderWay) ? 3 * ASK_AGAIN_MS : false),
    staleTime: 5_000,
  });

/** One replay, asked again every second until it is over. */
export const replayQuery = (id: number) =>
  queryOptions({
    queryKey: ["rules", "replay", id],
    queryFn: ({ signal }): Promise<RuleReplay> => answered(api.GET("/api/v1/rule-replays/{replay_id}", { params: { path: { replay_id: id } }, signal })),
    refetchInterval: ({ state }) => (isUnderWay(state.data) ? ASK_AGAIN_MS : false),
    staleTime: 0,
  });

/** A page of what a replay found otherwise. */
export const replayFindingsQuery = (id: number, change: Change | undefined, rule: string, cursor: string | undefined) =>
  queryOptions({
    queryKey: ["rules", "replay", id, "findings", change ?? "", rule, cursor ?? ""],
    queryFn: ({ signal }): Promise<ReplayFindingPage> => {
      const query = { limit: LIST, ...(change === undefined ? {} : { change }), ...(rule === "" ? {} : { source_key: rule }), ...after(cursor) };
      return answered(api.GET("/api/v1/rule-replays/{replay_id}/findings", { params: { path: { replay_id: id }, query }, signal }));
    },
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

/** A replay's picture (SVG) in the console's language. */
export const plotQuery = (id: number, language: string) =>
  queryOptions({
    queryKey: ["rules", "replay", id, "plot", language],
    queryFn: async ({ signal }): Promise<string> =>
      (await answered(api.GET("/api/v1/rule-replays/{replay_id}/plot", { params: { path: { replay_id: id } }, headers: { Accept: "image/svg+xml" }, parseAs: "text", signal }))) as string,
    staleTime: Infinity,
  });

/** Tunings, the newest first. */
export const tuningsQuery = (rule: string | undefined) =>
  queryOptions({
    queryKey: ["rules", "tunings", rule ?? ""],
    queryFn: async ({ signal }): Promise<Tuning[]> =>
      (await answered(api.GET("/api/v1/rule-tunings", { params: { query: { limit: LIST, ...(rule === undefined ? {} : { rule }) } }, signal }))).items,
    refetchInterval: ({ state }) => (state.data?.some(isUnderWay) ? 3 * ASK_AGAIN_MS : false),
    staleTime: 5_000,
  });

export const tuningQuery = (id: number) =>
  queryOptions({
    queryKey: ["rules", "tuning", id],
    queryFn: ({ signal }): Promise<Tuning> => answered(api.GET("/api/v1/rule-tunings/{tuning_id}", { params: { path: { tuning_id: id } }, signal })),
    refetchInterval: ({ state }) => (isUnderWay(state.data) ? ASK_AGAIN_MS : false),
    staleTime: 0,
  });

/** Models of machines that learned what is healthy, the newest first. */
export const detectorsQuery = (inForce: boolean) =>
  queryOptions({
    queryKey: ["rules", "detectors", inForce],
    queryFn: ({ signal }): Promise<Detector[]> =>
      all<Detector>((cursor) => answered(api.GET("/api/v1/detectors", { params: { query: { limit: PAGE, ...(inForce ? { in_force: true } : {}), ...after(cursor) } }, signal }))),
    staleTime: 60_000,
  });

/** Everything about rules is asked again: after whatever changes a set, its part or its replays. */
export function forgetRules(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: ["rules"], predicate: (query) => query.queryKey[1] !== "check" });
}

const once = (): { "Idempotency-Key": string } => ({ "Idempotency-Key": crypto.randomUUID() });
const seen = (set: Pick<RuleSet, "revision">): { "If-Match": string } => ({ "If-Match": `"${set.revision}"` });

/** Keeps a site's edits as a set; it is not live yet. */
export function enterEdits(text: string, note: string): Promise<EnteredRuleSet> {
  return answered(api.POST("/api/v1/rule-sets", { params: { header: once() }, body: { text, base: "base", note } }));
}

export type Act = "promote" | "shadow" | "endShadow" | "rollback";

/** Changes which set has which part, as the set was seen. */
export async function switchSet(act: Act, set: RuleSet): Promise<void> {
  const path = { rule_set: String(set.id) };
  if (act === "promote") await answered(api.POST("/api/v1/rule-sets/{rule_set}/promote", { params: { path, header: { ...seen(set), ...once() } } }));
  else if (act === "shadow") await answered(api.POST("/api/v1/rule-sets/{rule_set}/shadow", { params: { path, header: { ...seen(set), ...once() } } }));
  else if (act === "endShadow") await answered(api.DELETE("/api/v1/rule-sets/{rule_set}/shadow", { params: { path, header: seen(set) } }));
  else await answered(api.POST("/api/v1/rule-sets/rollback", { params: { header: { ...seen(set), ...once() } } }));
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

const spanOf = ({ from, to }: Span): { from_at: string; to_at: string } => ({ from_at: new Date(from).toISOString(), to_at: new Date(to).toISOString() });

/** Asks for a replay of a set; machines null: all. */
export function askReplay(ruleSet: number, span: Span, machines: string[] | null): Promise<RuleReplay> {
  return answered(api.POST("/api/v1/rule-replays", { params: { header: once() }, body: { rule_set: String(ruleSet), ...spanOf(span), machines } }));
}

export function cancelReplay(id: number): Promise<RuleReplay> {
  return answered(api.POST("/api/v1/rule-replays/{replay_id}/cancel", { params: { path: { replay_id: id }, header: once() } }));
}

export function askTuning(rule: string, span: Span): Promise<Tuning> {
  return answered(api.POST("/api/v1/rule-tunings", { params: { header: once() }, body: { rule, ...spanOf(span), machines: null } }));
}

export function cancelTuning(id: number): Promise<Tuning> {
  return answered(api.POST("/api/v1/rule-tunings/{tuning_id}/cancel", { params: { path: { tuning_id: id }, header: once() } }));
}
