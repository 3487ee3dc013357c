import { Skeleton } from "antd";
import { Children, type ReactNode } from "react";
import type { Hold } from "../app/useHold";

interface RowsProps {
  readonly pending: boolean;
  /** For how many rows there is room, so that nothing below moves when they come and go. */
  readonly count: number;
  readonly empty: ReactNode;
  readonly handlers?: Hold["handlers"];
  readonly children: ReactNode;
}

/** A short list that keeps its height, whatever is in it. */
export function Rows({ pending, count, empty, handlers, children }: RowsProps) {
  return (
    <div className="overview-rows" style={{ minHeight: `calc(${count} * var(--overview-row))` }} {...handlers}>
      {pending ? <Skeleton active title={false} paragraph={{ rows: count - 1 }} className="panel-skeleton" /> : Children.count(children) === 0 ? empty : <ul>{children}</ul>}
    </div>
  );
}
