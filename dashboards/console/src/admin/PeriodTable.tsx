/** Things that held from one instant to another. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Time } from "../app/Time";

export interface PeriodRow {
  readonly key: string;
  readonly name: ReactNode;
  readonly from_at: string | null;
  readonly to_at: string | null;
  readonly tools?: ReactNode;
}

/** `machine`: the id of the one that it is about. */
export function PeriodTable({ head, machine, rows }: { head: string; machine: string; rows: readonly PeriodRow[] }) {
  const { t } = useTranslation();
  const withTools = rows.some((row) => row.tools !== undefined);
  return (
    <div className="rows-frame" tabIndex={0} role="region" aria-label={head}>
      <table className="rows-table">
        <thead>
          <tr>
            <th scope="col">{head}</th>
            <th scope="col">{t("admin.field.from_at")}</th>
            <th scope="col">{t("admin.field.to_at")}</th>
            {withTools && (
              <th>
                <span className="unseen">{t("admin.tools")}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <td>{row.name}</td>
              <td className="figure">{row.from_at === null ? t("admin.ever") : <Time at={row.from_at} machine={machine} whole />}</td>
              <td className="figure">{row.to_at === null ? t("admin.open") : <Time at={row.to_at} machine={machine} whole />}</td>
              {withTools && <td>{row.tools}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
