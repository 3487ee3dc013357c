/** The chosen alarm beside the list; on a phone over it. */
import { lazy, memo, Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyNotice } from "../app/Notice";
import { PageLoading } from "../app/PageLoading";

const AlarmDetail = lazy(async () => ({ default: (await import("../alarms/AlarmDetail")).AlarmDetail }));
const SETTLED_MS = 120;

/** The alarm once nobody has moved on for a moment: a key that is held down asks the server nothing. */
function useSettled(alarmId: string | null): string | null {
  const [settled, setSettled] = useState(alarmId);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(alarmId), alarmId === null ? 0 : SETTLED_MS);
    return () => clearTimeout(timer);
  }, [alarmId]);
  return settled;
}

export const DeskPreview = memo(function DeskPreview({ alarmId, isPhone }: { alarmId: string | null; isPhone: boolean }) {
  const { t } = useTranslation();
  const shown = useSettled(alarmId);
  const frame = useRef<HTMLDivElement>(null);
  const isOver = isPhone && shown !== null;
  useEffect(() => {
    if (isOver) frame.current?.focus({ preventScroll: true });
  }, [isOver, shown]);
  if (isPhone && shown === null) return null;
  return (
    <div className="desk-preview" ref={frame} tabIndex={-1}>
      {shown === null ? (
        <div className="panel">
          <EmptyNotice title={t("desk.noneChosen")} help={t("desk.noneChosenHelp")} />
        </div>
      ) : (
        <Suspense fallback={<PageLoading />}>
          <AlarmDetail key={shown} alarmId={shown} preview />
        </Suspense>
      )}
    </div>
  );
});
