/** A fence map in a component, made anew when the look changes. */
import { useQuery } from "@tanstack/react-query";
import { type RefObject, useEffect, useRef, useState } from "react";
import { machinesQuery } from "../../api/queries";
import { usePreferences } from "../../app/preferences";
import { type FenceMap, fenceMap } from "./fenceMap";

export interface FenceMapState {
  readonly place: RefObject<HTMLDivElement | null>;
  /** null: not there yet. */
  readonly map: FenceMap | null;
  readonly broken: boolean;
}

export function useFenceMap(): FenceMapState {
  const place = useRef<HTMLDivElement>(null);
  const { appearance } = usePreferences();
  const { data: machines } = useQuery(machinesQuery);
  const [map, setMap] = useState<FenceMap | null>(null);
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    let gone = false;
    let made: FenceMap | null = null;
    if (place.current === null) return;
    void fenceMap(place.current, appearance).then((found) => {
      if (found === null) return setBroken(true);
      made = found;
      if (gone) return found.map.remove();
      place.current?.setAttribute("data-drawn", "true");
      setMap(found);
    });
    return () => {
      gone = true;
      setMap(null);
      queueMicrotask(() => made?.map.remove()); // after whoever draws on it has ended
    };
  }, [appearance]);
  useEffect(() => {
    if (map !== null && machines !== undefined) map.showMachines(machines);
  }, [map, machines]);
  return { place, map, broken };
}
