/** The chosen alarm: in the address, and at once for the next key, which does not wait for the address to follow. */
import { useCallback, useEffect, useRef, useState } from "react";
import { useSearchParams } from "../app/search";
import { withPart } from "./view";

export function useChosen(): [string | null, (alarmId: string | null) => void] {
  const [search, setSearch] = useSearchParams();
  const inAddress = search.get("alarm") || null;
  const [chosen, setChosen] = useState(inAddress);
  const own = useRef(new Set<string | null>());
  const choose = useCallback(
    (alarmId: string | null) => {
      own.current.add(alarmId);
      setChosen(alarmId);
      setSearch((before) => withPart(before, "alarm", alarmId), { replace: true });
    },
    [setSearch],
  );
  // Addresses of choices of before arrive late; any other one (a link, "back", closing the preview) is followed.
  useEffect(() => {
    setChosen((now) => {
      if (own.current.has(inAddress) && inAddress !== now) return now;
      own.current.clear();
      return inAddress;
    });
  }, [inAddress]);
  return [chosen, choose];
}
