/** The browser tab's title: how many critical alarms stand, what nobody has noticed yet, the page, the product. */
import { useEffect } from "react";

const parts = { brand: "", page: "", critical: 0, unnoticed: 0 };

/** "● (2) Overview · ECC Telematics": the dot as long as a new critical alarm was not noticed. */
export function titleOf({ brand, page, critical, unnoticed }: typeof parts): string {
  const name = page === "" ? brand : `${page} · ${brand}`;
  return `${unnoticed > 0 ? "● " : ""}${critical > 0 ? `(${critical}) ` : ""}${name}`;
}

/** Changes parts of the title. */
export function tellTitle(change: Partial<typeof parts>): void {
  Object.assign(parts, change);
  document.title = titleOf(parts);
}

/** Names the page in the title for as long as it is shown. */
export function useTitle(page: string): void {
  useEffect(() => {
    tellTitle({ page });
    return () => tellTitle({ page: "" });
  }, [page]);
}
