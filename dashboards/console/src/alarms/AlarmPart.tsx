import type { ReactNode } from "react";

/** One part of the panel under its heading. */
export function AlarmPart({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <section className="alarm-part" aria-labelledby={`alarm-${id}-title`} data-testid={`alarm-${id}`}>
      <h3 id={`alarm-${id}-title`}>{title}</h3>
      {children}
    </section>
  );
}
