/** The alarm desk: what is to be answered, the most urgent first, by keyboard; the chosen alarm beside it. */
import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton, type InputRef } from "antd";
import { memo, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "react-router";
import { useSearchParams } from "../app/search";
import { ShelveDialog } from "../alarms/ShelveDialog";
import { SoundSwitch } from "../alarms/SoundSwitch";
import { useAlarmWork } from "../alarms/useAlarmWork";
import { VerdictDialog } from "../alarms/VerdictDialog";
import "../alarms/alarms.css";
import "../alarms/alarm-detail.css";
import { sessionQuery } from "../api/queries";
import type { Alarm } from "../api/types";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { rememberDesk, type TO_ROW } from "../app/deskPath";
import { useTitle } from "../app/title";
import { useHold } from "../app/useHold";
import { useMedia } from "../app/useMedia";
import "../live_page/live-page.css";
import { SeverityMark } from "../severity/SeverityMark";
import { worstOf } from "../severity/severity";
import "../table/table.css";
import { BulkBar } from "./BulkBar";
import { DeskFilters } from "./DeskFilters";
import { DeskList, type DeskListHandle, type RowActions } from "./DeskList";
import { DeskPreview } from "./DeskPreview";
import { FloodBanner } from "./FloodBanner";
import { HelpStrip } from "./HelpStrip";
import { KeysDialog } from "./KeysDialog";
import type { DeskEntry } from "./triage";
import { useChosen } from "./useChosen";
import { useDesk } from "./useDesk";
import { useDeskCommands, type Asking } from "./useDeskCommands";
import { useDeskRows } from "./useDeskRows";
import { usePicks } from "./usePicks";
import { isNarrowed, viewOf, withoutFilters, withPart } from "./view";
import "./desk.css";

export function DeskPage() {
  const { t } = useTranslation();
  useTitle(t("desk.title"));
  const isPhone = useMedia("(max-width: 899px)");
  const [search, setSearch] = useSearchParams();
  const asked = withPart(search, "alarm", null).toString();
  const view = useMemo(() => viewOf(new URLSearchParams(asked)), [asked]); // the same while only the chosen alarm changes
  const [chosenId, choose] = useChosen();
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const openGroup = useCallback((id: string) => setOpened((before) => (before.has(id) ? new Set([...before].filter((one) => one !== id)) : new Set([...before, id]))), []);
  const desk = useDesk(view, opened);
  const hold = useHold();
  const question = `${asked} ${[...opened].join()}`;
  const { rows, waiting } = useDeskRows(desk.entries, hold.holding, question, desk.isComing);
  const picks = usePicks();
  const work = useAlarmWork();
  const { data: me } = useQuery(sessionQuery);
  const may = me?.may_acknowledge === true;
  const list = useRef<DeskListHandle>(null);
  const words = useRef<InputRef>(null);
  const [asking, setAsking] = useState<Asking>(null);
  const showNew = (): void => {
    hold.release();
    list.current?.toTop();
  };
  useDeskCommands({ rows, chosenId, choose, picks, work, may, mayJudge: may || me?.role === "service_engineer", list, words, setAsking, openGroup, showNew });
  const { run } = work;
  const { toggle } = picks;
  const actions = useMemo<RowActions>(
    () => ({
      onChoose: choose,
      onPick: (entry) => toggle(entry, opened.has(entry.id)),
      onOpenGroup: openGroup,
      onAcknowledge: may ? (id) => void run([id], { does: "acknowledge" }) : null,
      onShelve: may ? (id) => setAsking({ about: "shelve", ids: [id] }) : null,
    }),
    [choose, toggle, opened, openGroup, may, run],
  );
  useEffect(() => rememberDesk(search), [search]);
  const { state } = useLocation() as { state: typeof TO_ROW | null };
  const place = rows.findIndex((row) => row.id === chosenId);
  const toRow = useRef(state?.toRow === true);
  useEffect(() => {
    if (!toRow.current || place < 0) return;
    toRow.current = false;
    list.current?.focus(place);
  }, [place]);
  useFocusBack(asking !== null, () => list.current?.focus(place));
  const many = [...picks.picked];
  const doAll = async (does: "acknowledge" | "assignToMe"): Promise<void> => {
    await run(many, { does });
    picks.clear();
  };
  // Below the list where there is a pointer: what comes and goes above it would move the rows under it.
  const strips = (
    <>
      <FloodBanner onChoose={choose} />
      <HelpStrip />
      {may && many.length > 0 && (
        <BulkBar
          count={many.length}
          busy={work.pending.size > 0}
          onAcknowledge={() => void doAll("acknowledge")}
          onAssign={() => void doAll("assignToMe")}
          onShelve={() => setAsking({ about: "shelve", ids: many })}
          onClear={picks.clear}
        />
      )}
    </>
  );
  return (
    <div className={chosenId === null ? "desk" : "desk desk-chosen"}>
      <div className="desk-head">
        <h1>{t("desk.title")}</h1>
        <span className="quiet" data-testid="desk-count">
          {t("desk.shown", { count: desk.count })}
          {desk.isComing && ` · ${t("desk.coming")}`}
        </span>
        {waiting.length > 0 && <Waiting entries={waiting} onShow={showNew} />}
        <Tools setAsking={setAsking} />
        <DeskFilters searchRef={words} />
      </div>
      {isPhone && strips}
      <div className="desk-body">
        <section className="panel desk-queue" aria-label={t("desk.queue")} {...hold.handlers}>
          {desk.isPending ? (
            <Skeleton active title={false} paragraph={{ rows: 10 }} className="panel-skeleton" />
          ) : desk.error !== null ? (
            <ErrorNotice error={desk.error} retry={desk.retry} />
          ) : rows.length === 0 ? (
            <Nothing isNarrowed={isNarrowed(view)} onAll={() => setSearch(withoutFilters, { replace: true })} />
          ) : (
            <DeskList
              ref={list}
              entries={rows}
              byId={desk.byId}
              places={desk.places}
              hits={desk.hits}
              chosenId={chosenId}
              picked={picks.picked}
              opened={opened}
              pending={work.pending}
              actions={actions}
              isPhone={isPhone}
              onPickAll={() => picks.pickAll(rows)}
              more={desk.more}
            />
          )}
        </section>
        <DeskPreview alarmId={chosenId} isPhone={isPhone} />
      </div>
      {!isPhone && strips}
      <Dialogs asking={asking} byId={desk.byId} onClose={() => setAsking(null)} onShelve={(ids, reason, until) => void run(ids, { does: "shelve", reason, until }).then(picks.clear)} />
    </div>
  );
}

/** Whoever closes a dialog is where they were before it. */
function useFocusBack(isOpen: boolean, back: () => void): void {
  const was = useRef(false);
  useEffect(() => {
    if (was.current && !isOpen) back();
    was.current = isOpen;
  }, [isOpen]); // eslint-disable-line -- when it closes
}

const Tools = memo(function Tools({ setAsking }: { setAsking: (asking: Asking) => void }) {
  const { t } = useTranslation();
  return (
    <span className="desk-tools">
      <SoundSwitch />
      <Button size="small" className="desk-keys-button" onClick={() => setAsking({ about: "keys" })} title={t("desk.keys.title")}>
        <kbd>?</kbd> {t("desk.keys.button")}
      </Button>
    </span>
  );
});

/** Stands in the heading, where it pushes nothing aside: what has come while the list is held. */
function Waiting({ entries, onShow }: { entries: readonly DeskEntry[]; onShow: () => void }) {
  const { t } = useTranslation();
  const worst = worstOf(entries.map((entry) => entry.alarm.severity));
  return (
    <button type="button" className="alarm-waiting" data-testid="desk-waiting" onClick={onShow}>
      {worst !== null && <SeverityMark severity={worst} />}
      <span>{t("alarms.waiting", { count: entries.length })}</span>
    </button>
  );
}

function Nothing({ isNarrowed, onAll }: { isNarrowed: boolean; onAll: () => void }) {
  const { t } = useTranslation();
  if (!isNarrowed) return <EmptyNotice title={t("alarms.none")} help={t("alarms.noneHelp")} />;
  return (
    <EmptyNotice title={t("desk.none")} help={t("desk.noneHelp")}>
      <Button onClick={onAll}>{t("alarms.all")}</Button>
    </EmptyNotice>
  );
}

interface DialogsProps {
  readonly asking: Asking;
  readonly byId: ReadonlyMap<string, Alarm>;
  readonly onClose: () => void;
  readonly onShelve: (ids: readonly string[], reason: string, until: number) => void;
}

function Dialogs({ asking, byId, onClose, onShelve }: DialogsProps) {
  if (asking === null) return null;
  if (asking.about === "keys") return <KeysDialog onClose={onClose} />;
  if (asking.about === "shelve")
    return <ShelveDialog count={asking.ids.length} onClose={onClose} onShelve={(reason, until) => onShelve(asking.ids, reason, until)} />;
  const alarm = byId.get(asking.id);
  return alarm === undefined ? null : <VerdictDialog alarm={alarm} onClose={onClose} />;
}
