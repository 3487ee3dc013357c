import { useQuery } from "@tanstack/react-query";
import { codesQuery } from "../api/queries";
import { usePreferences } from "../app/preferences";

/** A code's word of one of the API's lists, in the viewer's language; the code itself where the list has none. Nothing is called by its code while the list is on its way. */
export function CodeWord({ list, code }: { list: string; code: string }) {
  const { language } = usePreferences();
  const { data: words, isPending } = useQuery(codesQuery(list));
  if (isPending) return <span aria-busy="true">…</span>;
  const found = words?.get(code);
  if (found === undefined) return code.replaceAll("_", " ");
  return language === "zh-CN" ? found.zh : found.en;
}
