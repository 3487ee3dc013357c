/** A site's geofences on the map, each a link; and a new one of this site. */
import { PlusOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import "maplibre-gl/dist/maplibre-gl.css";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { CodeWord } from "../../alarms/CodeWord";
import type { Geofence, Site } from "../../api/types";
import { EmptyNotice, ErrorNotice } from "../../app/Notice";
import { ask, type PageOf } from "../noun";
import { useMay } from "../useMay";
import { boundsOf, type Fence } from "./shapes";
import { useFenceMap } from "./useFenceMap";

export function SiteFences({ site }: { site: Site }) {
  const { t } = useTranslation();
  const may = useMay();
  const { place, map, broken } = useFenceMap();
  const { data, error, refetch } = useQuery({
    queryKey: ["admin", "geofences", "of-site", site.id],
    queryFn: ({ signal }) => ask<PageOf<Geofence>>("GET", "/geofences", { query: { site: site.id, limit: 200 }, signal }),
  });
  const fences = data?.items as readonly (Geofence & Fence)[] | undefined;
  useEffect(() => {
    if (map === null || fences === undefined) return;
    map.showFences(fences);
    const around = boundsOf(fences);
    if (around !== null) map.fit(around);
    else if (site.latitude_deg !== null && site.longitude_deg !== null) map.goTo([site.longitude_deg, site.latitude_deg]);
  }, [map, fences, site.latitude_deg, site.longitude_deg]);
  if (error) return <ErrorNotice error={error} retry={() => void refetch()} />;
  return (
    <div className="part">
      {may("edit_sites") && (
        <div className="admin-commands">
          <Link className="link-button" to={`/admin/geofences/new?site_id=${site.id}`}>
            <PlusOutlined /> {t("admin.newFence")}
          </Link>
        </div>
      )}
      {!broken && <div ref={place} className="fence-map" role="application" aria-label={t("admin.fenceMap")} />}
      {fences?.length === 0 && <EmptyNotice title={t("admin.noFences")} help={t("admin.noFencesHelp")} />}
      <ul className="plain-list">
        {fences?.map((fence) => (
          <li key={fence.id}>
            <Link to={`/admin/geofences/${fence.id}`}>{fence.name}</Link>
            <small className="quiet"><CodeWord list="geofence_purposes" code={fence.purpose} /></small>
          </li>
        ))}
      </ul>
    </div>
  );
}
