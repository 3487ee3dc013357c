/** The typed API client, the one error it throws, and the server's clock. */
import createClient from "openapi-fetch";
import { startFreshness } from "../session/freshness";
import type { paths } from "./schema.gen";
import type { Problem } from "./types";

/** An answer that was no success. `status` 0: the server was not reached at all. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  /** What is wrong, part by part, in the viewer's language. */
  readonly errors: readonly NonNullable<Problem["errors"]>[number][];

  constructor(status: number, problem: Partial<Problem> | undefined) {
    super(problem?.title ?? `HTTP ${status}`);
    this.name = "ApiError";
    this.status = status;
    this.code = problem?.code ?? (status === 0 ? "unreachable" : "unknown");
    this.detail = problem?.detail ?? "";
    this.errors = problem?.errors ?? [];
  }
}

let clockOffsetMs = 0;

/** Now by the server's clock, as its Date headers tell it: a viewer's wrong clock must not make data look old. */
export function serverNow(): number {
  return Date.now() + clockOffsetMs;
}

function learnClock(answer: Response): void {
  const said = Date.parse(answer.headers.get("Date") ?? "");
  if (Number.isNaN(said)) return;
  const offset = said + 500 - Date.now();
  clockOffsetMs = Math.abs(offset) < 2_000 ? 0 : offset;
}

/** The session's tokens of this page. */
export const freshness = startFreshness(serverNow);

export const api = createClient<paths, "application/json">({ baseUrl: "/", fetch: (request) => freshness.fetch(request) });
api.use({
  onRequest: ({ request }) => {
    request.headers.set("Accept-Language", document.documentElement.lang || "en-US");
    if (request.method !== "GET") request.headers.set("X-ECC-Request", "console"); // what another site cannot send
    return request;
  },
  onResponse: ({ response }) => learnClock(response),
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of an answer. Raises ApiError for every answer that is no success, and when there was none. */
export async function answered<T>(asked: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await asked;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError(0, undefined);
  }
  if (!answer.response.ok) throw new ApiError(answer.response.status, answer.error as Partial<Problem> | undefined);
  return answer.data as T;
}
