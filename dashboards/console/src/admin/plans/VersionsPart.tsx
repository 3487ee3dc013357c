/** Every version of a plan: who entered it when, and its items. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import type { MaintenancePlan, PlanVersion } from "../../api/types";
import { ErrorNotice } from "../../app/Notice";
import { usePreferences } from "../../app/preferences";
import { Time } from "../../app/Time";
import { ask, type PageOf } from "../noun";

export function VersionsPart({ plan }: { plan: MaintenancePlan }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const versions = useInfiniteQuery({
    queryKey: ["admin", "maintenance-plans", "versions", plan.id],
    queryFn: ({ pageParam, signal }) => ask<PageOf<PlanVersion>>("GET", `/maintenance-plans/${plan.id}/versions`, { query: { cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: PageOf<PlanVersion>) => page.next_cursor ?? undefined,
  });
  if (versions.isError) return <ErrorNotice error={versions.error} retry={() => void versions.refetch()} />;
  return (
    <div className="history">
      <ol>
        {versions.data?.pages
          .flatMap((page) => page.items)
          .map((one) => (
            <li key={one.version}>
              <p className="history-head">
                <b>{t("admin.versionNo", { version: one.version })}</b> <span>{one.entered_by}</span>
                <span className="quiet"><Time at={one.entered_at} whole /></span>
              </p>
              <details className="value-more">
                <summary>{t("admin.entries", { count: one.plan.items.length })}</summary>
                <ul>
                  {one.plan.items.map((item) => (
                    <li key={item.code}>
                      {language === "zh-CN" ? item.zh : item.en}{" "}
                      <small className="quiet">
                        {[item.every_h != null && `${item.every_h} h`, item.every_months != null && t("admin.months", { count: item.every_months }), item.every_km != null && `${item.every_km} km`, item.wear]
                          .filter(Boolean)
                          .join(" · ")}
                      </small>
                    </li>
                  ))}
                </ul>
              </details>
            </li>
          ))}
      </ol>
      {versions.hasNextPage && <Button onClick={() => void versions.fetchNextPage()}>{t("admin.showMore")}</Button>}
    </div>
  );
}
