import { Modal } from "antd";
import { useTranslation } from "react-i18next";
import { KEYS } from "./useDeskKeys";

/** Which key does what, and in which order the alarms stand. */
export function KeysDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal open centered title={t("desk.keys.title")} footer={null} onCancel={onClose} data-testid="keys-dialog">
      <dl className="desk-keys">
        {KEYS.map((key) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(`desk.keys.does.${key}`)}</dd>
          </div>
        ))}
      </dl>
      <p className="quiet">{t("desk.keys.order")}</p>
    </Modal>
  );
}
