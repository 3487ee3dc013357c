/** ECharts with the pieces that the console draws with, in its colours. */
import { BarChart, LineChart, ScatterChart, HeatmapChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { usePreferences } from "../app/preferences";

use([BarChart, LineChart, ScatterChart, HeatmapChart, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent, VisualMapComponent, CanvasRenderer]);

export type PlotOption = EChartsCoreOption;

export function EChart({ option, onPick }: { option: PlotOption; onPick: ((name: string) => void) | undefined }) {
  const place = useRef<HTMLDivElement>(null);
  const { appearance } = usePreferences();
  const chart = useRef<ReturnType<typeof init> | null>(null);
  const pick = useRef(onPick);
  pick.current = onPick;

  useEffect(() => {
    const made = init(place.current, appearance === "dark" ? "dark" : null);
    chart.current = made;
    made.on("click", (event) => pick.current?.(event.name));
    const watch = new ResizeObserver(() => made.resize());
    watch.observe(place.current!);
    return () => {
      watch.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, [appearance]);

  useEffect(() => {
    // No animation: a plot that is asked anew every half minute must not draw the eye each time.
    chart.current?.setOption({ backgroundColor: "transparent", animation: false, ...option }, { notMerge: true });
  }, [option, appearance]);

  return <div ref={place} style={{ width: "100%", height: "100%" }} />;
}
