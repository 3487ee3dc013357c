import type { NoticePreference } from "../api/types";

/** Of the draft what is not as it was kept. */
export function changed(kept: NoticePreference, draft: NoticePreference): Partial<NoticePreference> {
  const members = (Object.keys(draft) as (keyof NoticePreference)[]).filter((name) => name !== "version" && JSON.stringify(draft[name]) !== JSON.stringify(kept[name]));
  return Object.fromEntries(members.map((name) => [name, draft[name]]));
}
