import { Time } from "./Time";

/** How long ago an instant (RFC 3339) was. */
export function Age({ at, machine }: { at: string | null; machine?: string | null }) {
  return <Time at={at} machine={machine ?? null} asAge />;
}
