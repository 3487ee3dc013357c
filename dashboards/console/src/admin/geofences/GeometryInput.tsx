/** Drawing a geofence: a polygon, a circle or a corridor on the map, its corners dragged; or its positions typed. */
import { UploadOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { App, Button, Input, InputNumber, Segmented, Upload } from "antd";
import "maplibre-gl/dist/maplibre-gl.css";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Site } from "../../api/types";
import { usePreferences } from "../../app/preferences";
import { EmptyNotice } from "../../app/Notice";
import { MAP_COLOURS } from "../../map/style";
import { noun, type Values } from "../noun";
import { oneQuery } from "../useRows";
import { type Drawing, startDrawing } from "./drawing";
import { boundsOf, type Fence, type FenceGeometry, fenceIn, geometryOf, positionsText, type Shape, shapeOf } from "./shapes";
import { useFenceMap } from "./useFenceMap";

interface GeometryInputProps {
  readonly values: Values;
  readonly disabled: boolean;
  readonly onChange: (change: Values) => void;
}

const sites = noun<Site>("sites");
const SHAPES = ["polygon", "circle", "corridor"] as const;

function fenceOf(values: Values): Fence {
  return { geometry: (values["geometry"] as FenceGeometry | null) ?? null, radius_m: (values["radius_m"] as number | null) ?? null, width_m: (values["width_m"] as number | null) ?? null };
}

export function GeometryInput({ values, disabled, onChange }: GeometryInputProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { appearance } = usePreferences();
  const { place, map, broken } = useFenceMap();
  const fence = fenceOf(values);
  const [shape, setShape] = useState<Shape>(shapeOf(fence) ?? "polygon");
  const drawing = useRef<Drawing | null>(null);
  const latest = useRef({ fence, shape, disabled, onChange });
  useEffect(() => {
    latest.current = { fence, shape, disabled, onChange };
  });

  useEffect(() => {
    if (map === null) return;
    const now = latest.current;
    if (now.disabled || (now.fence.geometry?.type === "Polygon" && now.fence.geometry.coordinates.length > 1)) {
      map.showFences([{ ...now.fence, id: "own", name: "" }]);
      return map.fit(boundsOf([now.fence]));
    }
    const made = startDrawing(map.map, MAP_COLOURS[appearance].ring, (drawn) => {
      const { fence: before } = latest.current;
      latest.current.onChange({ ...drawn, width_m: drawn.geometry?.type === "LineString" ? (before.width_m ?? 20) : null });
    });
    drawing.current = made;
    if (now.fence.geometry === null) made.draw(now.shape);
    else made.show(now.fence);
    map.fit(boundsOf([now.fence]));
    return () => {
      drawing.current = null;
      made.end();
    };
  }, [map, appearance]);

  const siteId = typeof values["site_id"] === "string" ? values["site_id"] : "";
  const empty = fence.geometry === null;
  const { data: site } = useQuery({ ...oneQuery(sites, siteId), enabled: siteId !== "" && empty });
  useEffect(() => {
    if (map !== null && empty && site?.latitude_deg != null && site.longitude_deg != null) map.goTo([site.longitude_deg, site.latitude_deg]);
  }, [map, empty, site]);

  const put = (next: Fence): void => {
    onChange({ ...next });
    drawing.current?.show(next);
    map?.fit(boundsOf([next]));
  };
  if (broken) return <EmptyNotice title={t("map.broken")} help={t("map.brokenHelp")} />;
  return (
    <div className="fence-input">
      {!disabled && (
        <div className="fence-tools">
          <Segmented
            value={shape}
            aria-label={t("admin.shape")}
            options={SHAPES.map((value) => ({ value, label: t(`admin.shapes.${value}`) }))}
            onChange={(next) => {
              setShape(next);
              onChange({ geometry: null, radius_m: null, width_m: null });
              drawing.current?.draw(next);
            }}
          />
          <span className="quiet">{fence.geometry === null ? t(`admin.drawHelp.${shape}`) : t("admin.dragHelp")}</span>
          {fence.geometry !== null && (
            <Button
              size="small"
              onClick={() => {
                onChange({ geometry: null, radius_m: null, width_m: null });
                drawing.current?.draw(shape);
              }}
            >
              {t("admin.drawAnew")}
            </Button>
          )}
          <Upload
            accept=".json,.geojson,application/geo+json"
            showUploadList={false}
            beforeUpload={(file) => {
              void file.text().then((text) => {
                const found = fenceIn(text);
                if (found === null) return void message.warning(t("admin.noFenceInFile", { name: file.name }));
                setShape(shapeOf(found) ?? "polygon");
                put(found);
              });
              return false;
            }}
          >
            <Button size="small" icon={<UploadOutlined />}>
              GeoJSON
            </Button>
          </Upload>
        </div>
      )}
      <div ref={place} className="fence-map" data-testid="fence-map" role="application" aria-label={t("admin.fenceMap")} />
      <div className="fence-figures">
        {shape === "circle" && (
          <label>
            {t("admin.field.radius_m")}
            <InputNumber min={1} max={100_000} suffix="m" value={fence.radius_m} disabled={disabled || fence.geometry === null} onChange={(radius) => radius !== null && put({ ...fence, radius_m: radius })} />
          </label>
        )}
        {shape === "corridor" && (
          <label>
            {t("admin.field.width_m")}
            <InputNumber min={1} max={10_000} suffix="m" value={fence.width_m} disabled={disabled || fence.geometry === null} onChange={(width) => width !== null && onChange({ width_m: width })} />
          </label>
        )}
      </div>
      <Positions key={shape} fence={fence} shape={shape} disabled={disabled} onChange={put} />
    </div>
  );
}

/** The same without a pointer: a line a position. */
function Positions({ fence, shape, disabled, onChange }: { fence: Fence; shape: Shape; disabled: boolean; onChange: (fence: Fence) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState<string | null>(null);
  const wrong = typed !== null && geometryOf(typed, shape) === null;
  return (
    <details className="value-more">
      <summary>{t("admin.positions")}</summary>
      <Input.TextArea
        aria-label={t("admin.positions")}
        className="code-input"
        autoSize={{ minRows: 3, maxRows: 12 }}
        value={typed ?? positionsText(fence)}
        disabled={disabled}
        {...(wrong ? { status: "error" as const } : {})}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={() => {
          const geometry = typed === null ? null : geometryOf(typed, shape);
          if (geometry === null) return;
          setTyped(null);
          onChange({ geometry, radius_m: shape === "circle" ? (fence.radius_m ?? 100) : null, width_m: shape === "corridor" ? (fence.width_m ?? 20) : null });
        }}
      />
      <p className="field-help">{t("admin.help.positions")}</p>
    </details>
  );
}
