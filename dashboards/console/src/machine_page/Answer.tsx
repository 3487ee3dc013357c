/** What a question's answer looks like while it is on its way, and when it cannot be had. */
import type { UseQueryResult } from "@tanstack/react-query";
import { Skeleton } from "antd";
import type { ReactNode } from "react";
import { ErrorNotice } from "../app/Notice";

export function Answer<T>({ query, rows = 4, children }: { query: UseQueryResult<T>; rows?: number; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return <div className={query.isPlaceholderData ? "answer-outdated" : undefined}>{children(query.data)}</div>;
  if (query.error !== null) return <ErrorNotice error={query.error} retry={() => void query.refetch()} />;
  return <Skeleton active title={false} paragraph={{ rows }} className="panel-skeleton" />;
}
