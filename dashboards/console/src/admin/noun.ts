/** Nouns of the API: each is listed, read, made, changed, removed and has a history in one way (docs/api.md). */
import { answered, api } from "../api/client";

/** One thing of a list; what has a version can be changed. */
export interface Row {
  readonly id: string;
  readonly version?: number | null;
}

export interface PageOf<R> {
  readonly items: readonly R[];
  readonly next_cursor: string | null;
}

export type Filters = Readonly<Record<string, string | number | boolean | undefined>>;
export type Values = Readonly<Record<string, unknown>>;

interface Asking {
  readonly query?: Filters;
  readonly body?: unknown;
  readonly version?: number | null | undefined;
  readonly once?: string;
  /** What `body` is when it is no JSON; it is then text or bytes. */
  readonly type?: string;
  readonly signal?: AbortSignal;
}

type Method = "GET" | "POST" | "PATCH" | "DELETE";
interface Init {
  readonly params: { readonly query: Record<string, unknown>; readonly header: Record<string, string> };
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly bodySerializer?: (body: unknown) => BodyInit;
  readonly signal?: AbortSignal;
}
type Client = Record<Method, (path: string, init: Init) => Promise<{ data?: unknown; error?: unknown; response: Response }>>;

/** The typed client knows each path by itself; nouns are asked by what their paths have in common. */
const client = api as unknown as Client;

/** Asks the API below /api/v1. Raises ApiError. */
export function ask<T>(method: Method, path: string, { query, body, version, once, type, signal }: Asking = {}): Promise<T> {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== "");
  const header: Record<string, string> = {};
  if (version != null) header["If-Match"] = `"${version}"`;
  if (once !== undefined) header["Idempotency-Key"] = once;
  const asked = client[method](`/api/v1${path}`, {
    params: { query: Object.fromEntries(given), header },
    ...(body === undefined ? {} : { body }),
    ...(type === undefined ? {} : { headers: { "Content-Type": type }, bodySerializer: (given: unknown) => given as BodyInit }),
    ...(signal === undefined ? {} : { signal }),
  });
  return answered(asked as Promise<{ data?: T; error?: unknown; response: Response }>);
}

/** A key that makes a POST happen once, however often it is sent. */
export function onceKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export interface Noun<R extends Row> {
  readonly path: string;
  list(filters: Filters, signal: AbortSignal): Promise<PageOf<R>>;
  one(id: string, signal?: AbortSignal): Promise<R>;
  create(body: Values, once: string): Promise<R>;
  change(id: string, version: number | null | undefined, body: Values): Promise<R>;
  remove(id: string, version: number | null | undefined): Promise<unknown>;
}

export function noun<R extends Row>(path: string): Noun<R> {
  return {
    path,
    list: (query, signal) => ask("GET", `/${path}`, { query, signal }),
    one: (id, signal) => ask("GET", `/${path}/${id}`, signal === undefined ? {} : { signal }),
    create: (body, once) => ask("POST", `/${path}`, { body, once }),
    change: (id, version, body) => ask("PATCH", `/${path}/${id}`, { body, version }),
    remove: (id, version) => ask("DELETE", `/${path}/${id}`, { version }),
  };
}
