/** What people ask of their own account, and the changes that they make there. */
import { queryOptions } from "@tanstack/react-query";
import { answered, api, ApiError, freshness } from "../api/client";
import { queryClient, sessionQuery } from "../api/queries";
import type { Me, OwnSession } from "../api/types";

/** Where the viewer is signed in: this browser first, then what was used last. */
export const sessionsQuery = queryOptions({
  queryKey: ["account", "sessions"],
  queryFn: async ({ signal }): Promise<OwnSession[]> => {
    const { items } = await answered(api.GET("/api/v1/auth/sessions", { signal }));
    return [...items.filter((one) => one.is_this), ...items.filter((one) => !one.is_this)];
  },
  staleTime: 0,
});

/** The viewer's full name, which only those who may read people are told. */
export const ownNameQuery = (me: Me) =>
  queryOptions({
    queryKey: ["account", "name", me.id],
    enabled: me.rights.includes("read_people"),
    queryFn: async ({ signal }): Promise<string | null> =>
      (await answered(api.GET("/api/v1/people/{person_id}", { params: { path: { person_id: me.id } }, signal }))).name,
  });

/** Takes a new password. Every session ends; this browser goes on in the one that the answer begins. */
export async function changePassword(current: string, wanted: string): Promise<void> {
  const signed = await answered(api.POST("/api/v1/auth/password", { body: { current_password: current, new_password: wanted } }));
  freshness.note(signed.expires_at);
  queryClient.setQueryData(sessionQuery.queryKey, signed.user);
}

/** Ends sessions; one that is over already is as good as ended. The list is read anew, whatever came of it. */
export async function endSessions(ids: readonly string[]): Promise<void> {
  try {
    for (const id of ids) await endSession(id);
  } finally {
    await queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey });
  }
}

async function endSession(id: string): Promise<void> {
  try {
    await answered(api.DELETE("/api/v1/auth/sessions/{session_id}", { params: { path: { session_id: id } } }));
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
}
