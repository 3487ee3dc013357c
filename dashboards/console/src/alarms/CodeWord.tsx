import { useQuery } from "@tanstack/react-query";
import { codesQuery } from "../api/queries";
import { usePreferences } from "../app/preferences";

/** A code's word of one of the API's lists, in the viewer's language; the code itself where the list has none. */
export function CodeWord({ list, code }: { list: string; code: string }) {
  const { language } = usePreferences();
  const { data: words } = useQuery(codesQuery(list));
  const found = words?.get(code);
  if (found === undefined) return code.replaceAll("_", " ");
  return language === "zh-CN" ? found.zh : found.en;
}
