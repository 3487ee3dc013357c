import type { ReactNode } from "react";
import { useTitle } from "./title";

/** A page that scrolls: its heading, what stands beside it, its content. `name`: what the browser's tab calls it, where the heading is no text. */
export function Page({ title, name, aside, tools, children }: { title: ReactNode; name?: string; aside?: ReactNode; tools?: ReactNode; children: ReactNode }) {
  useTitle(name ?? (typeof title === "string" ? title : ""));
  return (
    <div className="page">
      <div className="page-head">
        <h1>{title}</h1>
        {aside !== undefined && <div className="page-aside">{aside}</div>}
        {tools !== undefined && <div className="page-tools">{tools}</div>}
      </div>
      <div className="page-body">{children}</div>
    </div>
  );
}
