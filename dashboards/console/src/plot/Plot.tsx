/** A chart of figures that are no machine series (those are in chart/): bars, lines, bands; the library is loaded when the first is shown. */
import { lazy, Suspense } from "react";
import type { PlotOption } from "./EChart";

const EChart = lazy(async () => ({ default: (await import("./EChart")).EChart }));

/** `label` says in words what is drawn, for who cannot see it; the page has the figures in text as well. `height` in pixels. */
export function Plot({ option, label, height, onPick }: { option: PlotOption; label: string; height: number; onPick?: (name: string) => void }) {
  return (
    <div className="plot" style={{ height }} role="img" aria-label={label}>
      <Suspense fallback={null}>
        <EChart option={option} onPick={onPick} />
      </Suspense>
    </div>
  );
}
