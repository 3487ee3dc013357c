/** A path of this console; `/` for everything that would lead elsewhere. */
export function ownPath(wanted: unknown): string {
  return typeof wanted === "string" && /^\/(?![/\\])/.test(wanted) ? wanted : "/";
}
