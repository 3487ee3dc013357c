import { useQuery } from "@tanstack/react-query";
import { sessionQuery } from "../api/queries";

/** Whether the viewer may enter, replay and switch rule sets; the API decides, this is what buttons are shown by. */
export function useMayEdit(): boolean {
  const { data: me } = useQuery(sessionQuery);
  return me?.rights.includes("edit_rules") ?? false;
}
