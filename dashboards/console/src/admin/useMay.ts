/** What the viewer may do, as the API says it. */
import { useQuery } from "@tanstack/react-query";
import { sessionQuery } from "../api/queries";

export function useMay(): (right: string) => boolean {
  const { data: me } = useQuery(sessionQuery);
  return (right) => right === "" || (me?.rights ?? []).includes(right);
}
