/** What can be done with the alarms that are picked. */
import { Button } from "antd";
import { useTranslation } from "react-i18next";

interface BulkBarProps {
  readonly count: number;
  readonly busy: boolean;
  readonly onAcknowledge: () => void;
  readonly onAssign: () => void;
  readonly onShelve: () => void;
  readonly onClear: () => void;
}

export function BulkBar({ count, busy, onAcknowledge, onAssign, onShelve, onClear }: BulkBarProps) {
  const { t } = useTranslation();
  return (
    <div className="desk-bulk" role="group" aria-label={t("desk.picked", { count })} data-testid="bulk">
      <b>{t("desk.picked", { count })}</b>
      <Button size="small" type="primary" loading={busy} onClick={onAcknowledge}>
        {t("alarms.acknowledge")}
      </Button>
      <Button size="small" disabled={busy} onClick={onAssign}>
        {t("desk.act.assignToMe")}
      </Button>
      <Button size="small" disabled={busy} onClick={onShelve}>
        {t("desk.act.shelve")}
      </Button>
      <Button size="small" type="text" onClick={onClear}>
        {t("desk.unpick")}
      </Button>
    </div>
  );
}
