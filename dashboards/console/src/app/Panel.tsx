import type { ReactNode } from "react";

/** One part of a page: a heading, its tools, its content. */
export function Panel({ id, title, aside, tools, children }: { id: string; title: ReactNode; aside?: ReactNode; tools?: ReactNode; children: ReactNode }) {
  return (
    <section className={`panel panel-${id}`} aria-labelledby={`${id}-title`} data-testid={id}>
      <div className="panel-head">
        <h2 id={`${id}-title`}>{title}</h2>
        {aside !== undefined && <div className="panel-aside">{aside}</div>}
        {tools !== undefined && <div className="panel-tools">{tools}</div>}
      </div>
      <div className="panel-body">{children}</div>
    </section>
  );
}
