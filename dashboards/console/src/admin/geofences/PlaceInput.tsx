/** A point for maps: typed, or taken from where the map is clicked. */
import { InputNumber } from "antd";
import "maplibre-gl/dist/maplibre-gl.css";
import { Marker } from "maplibre-gl";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Values } from "../noun";
import { usePreferences } from "../../app/preferences";
import { MAP_COLOURS } from "../../map/style";
import { useFenceMap } from "./useFenceMap";

interface PlaceInputProps {
  readonly id: string;
  readonly values: Values;
  readonly disabled: boolean;
  readonly onChange: (change: Values) => void;
}

export function PlaceInput({ id, values, disabled, onChange }: PlaceInputProps) {
  const { t } = useTranslation();
  const { appearance } = usePreferences();
  const { place, map, broken } = useFenceMap();
  const latitude = typeof values["latitude_deg"] === "number" ? values["latitude_deg"] : null;
  const longitude = typeof values["longitude_deg"] === "number" ? values["longitude_deg"] : null;
  const first = useRef({ latitude, longitude });
  const latest = useRef({ disabled, onChange });
  useEffect(() => {
    latest.current = { disabled, onChange };
  });
  useEffect(() => {
    if (map === null) return;
    const { latitude: lat, longitude: lon } = first.current;
    if (lat !== null && lon !== null) map.goTo([lon, lat]);
    const clicked = map.map.on("click", ({ lngLat }) => {
      if (latest.current.disabled) return;
      latest.current.onChange({ latitude_deg: Number(lngLat.lat.toFixed(6)), longitude_deg: Number(lngLat.lng.toFixed(6)) });
    });
    return () => clicked.unsubscribe();
  }, [map]);
  useEffect(() => {
    if (map === null || latitude === null || longitude === null) return;
    const marker = new Marker({ color: MAP_COLOURS[appearance].ring }).setLngLat([longitude, latitude]).addTo(map.map);
    return () => void marker.remove();
  }, [map, latitude, longitude, appearance]);
  return (
    <div className="fence-input">
      <div className="fence-figures">
        <label htmlFor={`${id}-latitude`}>
          {t("admin.field.latitude_deg")}
          <InputNumber id={`${id}-latitude`} min={-90} max={90} suffix="°" value={latitude} disabled={disabled} onChange={(next) => onChange({ latitude_deg: next })} />
        </label>
        <label htmlFor={`${id}-longitude`}>
          {t("admin.field.longitude_deg")}
          <InputNumber id={`${id}-longitude`} min={-180} max={180} suffix="°" value={longitude} disabled={disabled} onChange={(next) => onChange({ longitude_deg: next })} />
        </label>
      </div>
      {!broken && <div ref={place} className="fence-map fence-map-low" role="application" aria-label={t("admin.placeMap")} />}
    </div>
  );
}
