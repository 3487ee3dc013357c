/** Links into the boards of Grafana (docs/grafana.md): there only where `ECC_GRAFANA_URL` is set, for people of the control centre. */
import { AreaChartOutlined } from "@ant-design/icons";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answered, api } from "../api/client";
import { sessionQuery } from "../api/queries";
import { boardAddress, type Board } from "./grafana";

const settingsQuery = queryOptions({
  queryKey: ["console-settings"],
  queryFn: ({ signal }) => answered(api.GET("/api/v1/console-settings", { signal })),
  staleTime: Infinity,
});

/** Where the boards are; null: nowhere, or not for the viewer. */
export function useGrafana(): string | null {
  const { data: me } = useQuery(sessionQuery);
  const { data } = useQuery({ ...settingsQuery, enabled: me?.organisation.kind === "ecc" });
  return data?.grafana_url ?? null;
}

interface GrafanaLinkProps extends Board {
  /** What the link says; "Grafana" when left out. */
  readonly words?: string;
  readonly className?: string;
}

/** A machine's board with `machine`, over the span that is looked at with `from` and `to` (ms); else the fleet's. Nothing where there is no Grafana. */
export function GrafanaLink({ words, className, ...board }: GrafanaLinkProps) {
  const { t } = useTranslation();
  const grafana = useGrafana();
  if (grafana === null) return null;
  return (
    <a className={className ?? "grafana-link"} href={boardAddress(grafana, board)} target="_blank" rel="noopener" title={t("grafana.help")} data-testid="grafana">
      <AreaChartOutlined aria-hidden /> <span>{words ?? t("grafana.name")}</span>
    </a>
  );
}
