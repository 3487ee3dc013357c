import { useSearchParams } from "../app/search";

/** One of some choices, the first unless the address names another; kept in the address. */
export function useChoice<T extends string>(name: string, choices: readonly [T, ...T[]]): [T, (next: T) => void] {
  const [search, setSearch] = useSearchParams();
  const chosen = choices.find((one) => one === search.get(name)) ?? choices[0];
  const choose = (next: T): void =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        if (next === choices[0]) after.delete(name);
        else after.set(name, next);
        return after;
      },
      { replace: true },
    );
  return [chosen, choose];
}

/** A text of the address; "" unless it names one. */
export function useText(name: string): [string, (next: string) => void] {
  const [search, setSearch] = useSearchParams();
  const set = (next: string): void =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        if (next === "") after.delete(name);
        else after.set(name, next);
        return after;
      },
      { replace: true },
    );
  return [search.get(name) ?? "", set];
}
