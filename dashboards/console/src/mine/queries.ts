/** What owners and operators ask of their own machines, notices and reports. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import { useTranslation } from "react-i18next";
import { answered, api } from "../api/client";
import type {
  DueItem,
  HelpRequest,
  NewHelpRequest,
  NewNoticeAddress,
  NewReportSubscription,
  Notice,
  NoticeAddress,
  NoticeMute,
  NoticePreference,
  NoticePreferenceChange,
  ReportSubscription,
} from "../api/types";
import { refusalWords } from "../session/problemWords";

const AGAIN_MS = 30_000;
const NOTICES_SHOWN = 50;

/** Services that are overdue or due, and those that come near. */
export const dueQuery = queryOptions({
  queryKey: ["mine", "due"],
  queryFn: async ({ signal }): Promise<DueItem[]> =>
    (await answered(api.GET("/api/v1/maintenance", { params: { query: { limit: 200 } }, signal }))).items.filter((item) => item.state !== "ok"),
  staleTime: AGAIN_MS,
  refetchInterval: 5 * 60_000,
});

/** Requests for help of one's own side, the newest first. */
export const helpQuery = queryOptions({
  queryKey: ["mine", "help"],
  queryFn: async ({ signal }): Promise<HelpRequest[]> => (await answered(api.GET("/api/v1/help-requests", { params: { query: { limit: 50 } }, signal }))).items,
  refetchInterval: AGAIN_MS,
});

/** What the viewer was told, the newest first. */
export const noticesQuery = queryOptions({
  queryKey: ["mine", "notices"],
  queryFn: async ({ signal }): Promise<Notice[]> => (await answered(api.GET("/api/v1/notices", { params: { query: { limit: NOTICES_SHOWN } }, signal }))).items,
  refetchInterval: AGAIN_MS,
});

export const preferencesQuery = queryOptions({
  queryKey: ["mine", "preferences"],
  queryFn: ({ signal }): Promise<NoticePreference> => answered(api.GET("/api/v1/notices/preferences", { signal })),
});

export const addressesQuery = queryOptions({
  queryKey: ["mine", "addresses"],
  queryFn: async ({ signal }): Promise<NoticeAddress[]> => (await answered(api.GET("/api/v1/notices/addresses", { signal }))).items,
});

export const mutesQuery = queryOptions({
  queryKey: ["mine", "mutes"],
  queryFn: async ({ signal }): Promise<NoticeMute[]> => (await answered(api.GET("/api/v1/notices/mutes", { signal }))).items,
});

export const subscriptionsQuery = queryOptions({
  queryKey: ["mine", "subscriptions"],
  queryFn: async ({ signal }): Promise<ReportSubscription[]> => (await answered(api.GET("/api/v1/report-subscriptions", { signal }))).items,
});

export const changePreferences = (change: NoticePreferenceChange, version: number): Promise<NoticePreference> =>
  answered(api.PATCH("/api/v1/notices/preferences", { params: { header: { "If-Match": `"${version}"` } }, body: change }));

export const askForHelp = (machine: string, body: NewHelpRequest): Promise<HelpRequest> =>
  answered(api.POST("/api/v1/machines/{machine}/help-requests", { params: { path: { machine } }, body }));

export const addAddress = (body: NewNoticeAddress): Promise<NoticeAddress> => answered(api.POST("/api/v1/notices/addresses", { body }));

export const verifyAddress = (address: string, code: string): Promise<unknown> =>
  answered(api.POST("/api/v1/notices/addresses/{address_id}/verify", { params: { path: { address_id: address } }, body: { code } }));

export const removeAddress = (address: string): Promise<unknown> => answered(api.DELETE("/api/v1/notices/addresses/{address_id}", { params: { path: { address_id: address } } }));

export const sendTest = (channel: NoticeAddress["channel"]): Promise<unknown> => answered(api.POST("/api/v1/notices/test", { body: { channel } }));

export const mute = (machine: string, until: string | null): Promise<unknown> => answered(api.POST("/api/v1/notices/mutes", { body: { machine, until } }));

export const unmute = (machine: string): Promise<unknown> => answered(api.DELETE("/api/v1/notices/mutes/{machine}", { params: { path: { machine } } }));

export const subscribe = (body: NewReportSubscription): Promise<ReportSubscription> => answered(api.POST("/api/v1/report-subscriptions", { body }));

export const unsubscribe = (id: string): Promise<unknown> =>
  answered(api.DELETE("/api/v1/report-subscriptions/{subscription_id}", { params: { path: { subscription_id: id } } }));

/** A command whose success is said in words, and after which what it changed is asked again; a refusal is told. */
export function useCommand<A>(act: (given: A) => Promise<unknown>, asksAgain: readonly string[], said?: string) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const { t } = useTranslation();
  return useMutation({
    mutationFn: act,
    onSuccess: async () => {
      await Promise.all(asksAgain.map((name) => client.invalidateQueries({ queryKey: ["mine", name] })));
      if (said !== undefined) void message.success(said);
    },
    onError: (error) => void message.error(refusalWords(error, t)),
  });
}
