/** What the address says of the administration: section, thing, and the list's search and filters. */
import { useCallback } from "react";
import { useNavigate, useParams } from "react-router";
import { useSearchParams } from "../app/search";
import type { Filters } from "./noun";

export interface Address {
  readonly section: string;
  /** A thing's id, "new", or "" for the list. */
  readonly id: string;
  readonly filters: Filters;
  readonly part: string;
  open(id: string): void;
  filter(name: string, value: string | undefined): void;
  turn(part: string): void;
}

export function useAddress(): Address {
  const [section = "", id = ""] = (useParams()["*"] ?? "").split("/");
  const [parameters, setParameters] = useSearchParams();
  const go = useNavigate();
  const { part = "", ...filters } = Object.fromEntries(parameters);
  const kept = new URLSearchParams(filters as Record<string, string>).toString();
  const open = useCallback(
    (other: string) => void go({ pathname: `/admin/${section}${other === "" ? "" : `/${other}`}`, search: kept }),
    [go, section, kept],
  );
  const set = useCallback(
    (name: string, value: string | undefined) =>
      setParameters(
        (before) => {
          const after = new URLSearchParams(before); // the page may ask to stay: what it shows must not change yet
          if (value === undefined || value === "") after.delete(name);
          else after.set(name, value);
          return after;
        },
        { replace: true },
      ),
    [setParameters],
  );
  return { section, id, filters, part, open, filter: set, turn: (other) => set("part", other) };
}
