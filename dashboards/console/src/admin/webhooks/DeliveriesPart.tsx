/** What became of each delivery, the newest first. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { CodeWord } from "../../alarms/CodeWord";
import type { Delivery, Webhook } from "../../api/types";
import { EmptyNotice, ErrorNotice } from "../../app/Notice";
import { Time } from "../../app/Time";
import { ask, type PageOf } from "../noun";

export function DeliveriesPart({ webhook }: { webhook: Webhook }) {
  const { t } = useTranslation();
  const found = useInfiniteQuery({
    queryKey: ["admin", "webhooks", "deliveries", webhook.id],
    queryFn: ({ pageParam, signal }) => ask<PageOf<Delivery>>("GET", `/webhooks/${webhook.id}/deliveries`, { query: { cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: PageOf<Delivery>) => page.next_cursor ?? undefined,
    refetchInterval: 5_000,
  });
  const all = found.data?.pages.flatMap((page) => page.items) ?? [];
  if (found.isError) return <ErrorNotice error={found.error} retry={() => void found.refetch()} />;
  if (all.length === 0) return <EmptyNotice title={t("admin.noDeliveries")} help={t("admin.noDeliveriesHelp")} />;
  return (
    <div className="part">
      <table className="rows-table">
        <thead>
          <tr>
            <th scope="col">{t("admin.field.at")}</th>
            <th scope="col">{t("admin.field.kind")}</th>
            <th scope="col">{t("admin.field.outcome")}</th>
            <th scope="col">{t("admin.field.answer")}</th>
            <th scope="col" className="figure">ms</th>
          </tr>
        </thead>
        <tbody>
          {all.map((one) => (
            <tr key={one.delivery_id}>
              <td className="figure"><Time at={one.at} whole /></td>
              <td>{one.kind}</td>
              <td><CodeWord list="delivery_outcomes" code={one.outcome} /></td>
              <td title={one.answer}>{one.status ?? one.error}</td>
              <td className="figure">{one.latency_ms}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {found.hasNextPage && <Button onClick={() => void found.fetchNextPage()}>{t("admin.showMore")}</Button>}
    </div>
  );
}
