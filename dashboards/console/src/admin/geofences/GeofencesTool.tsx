/** Many geofences at once, from a GeoJSON file: to the imports. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "../useMay";

export function GeofencesTool() {
  const { t } = useTranslation();
  const may = useMay();
  if (!may("edit_sites")) return null;
  return <Link to="/admin/imports?noun=geofences">{t("admin.importGeoJson")}</Link>;
}
