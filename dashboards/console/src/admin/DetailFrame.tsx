/** The frame beside a list: what is open, and a way back to the list alone (Esc). */
import { CloseOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Panel } from "../app/Panel";

export function DetailFrame({ title, aside, onClose, children }: { title: ReactNode; aside?: ReactNode; onClose: () => void; children: ReactNode }) {
  const { t } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    place.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div
      ref={place}
      className="admin-detail"
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !event.defaultPrevented && event.target === place.current) onClose();
      }}
    >
      <Panel id="admin-detail" title={title} aside={aside} tools={<Button type="text" icon={<CloseOutlined />} aria-label={t("admin.close")} onClick={onClose} />}>
        <div className="admin-scroll admin-detail-body">{children}</div>
      </Panel>
    </div>
  );
}
