/** Searches machines, alarms and pages; all by keyboard: type, arrows, Enter, Escape. */
import { SearchOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Input, Modal } from "antd";
import { useDeferredValue, useEffect, useMemo, useState, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { alarmName } from "../alarms/alarmName";
import { alarmsQuery, machinesQuery, sessionQuery } from "../api/queries";
import { StateMark } from "../machines/StateMark";
import { shownState } from "../machines/words";
import { SeverityMark } from "../severity/SeverityMark";
import { Age } from "./Age";
import { foundFor } from "./found";
import { PAGE_ICONS } from "./Nav";
import { alarmPath, pagesOf } from "./pages";
import { usePreferences } from "./preferences";
import "./search.css";

interface Entry {
  readonly key: string;
  readonly path: string;
  readonly content: ReactNode;
}

interface Group {
  readonly name: string;
  readonly entries: readonly Entry[];
}

export function SearchDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal open={open} onCancel={onClose} footer={null} closable={false} destroyOnHidden width={620} title={<span className="unseen">{t("search.open")}</span>} className="search" style={{ top: 72 }} transitionName="" maskTransitionName="">
      <Search onClose={onClose} />
    </Modal>
  );
}

function Search({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const [typed, setTyped] = useState("");
  const [place, setPlace] = useState(0);
  const asked = useDeferredValue(typed);
  const groups = useGroups(asked);
  const entries = groups.flatMap((group) => group.entries);
  const at = Math.min(place, entries.length - 1);
  const open = (entry: Entry | undefined): void => {
    if (entry === undefined) return;
    onClose();
    void go(entry.path);
  };
  const press = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && entries.length > 0) {
      event.preventDefault();
      setPlace((at + step + entries.length) % entries.length);
    }
    if (event.key === "Enter" && !event.nativeEvent.isComposing) open(entries[at]);
  };
  useEffect(() => {
    document.getElementById(`search-${at}`)?.scrollIntoView({ block: "nearest" });
  }, [at]);
  return (
    <div onKeyDown={press}>
      <Input
        autoFocus
        size="large"
        variant="borderless"
        prefix={<SearchOutlined />}
        placeholder={t("search.hint")}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setPlace(0);
        }}
        role="combobox"
        aria-label={t("search.hint")}
        aria-expanded={entries.length > 0}
        aria-controls="search-found"
        aria-activedescendant={entries.length > 0 ? `search-${at}` : undefined}
        data-testid="search-input"
      />
      <div id="search-found" role="listbox" aria-label={t("search.found")} className="search-found">
        {groups.map((group) => (
          <div key={group.name} role="group" aria-label={group.name}>
            <p className="search-group" aria-hidden="true">
              {group.name}
            </p>
            {group.entries.map((entry) => {
              const number = entries.indexOf(entry);
              return (
                <div key={entry.key} id={`search-${number}`} role="option" aria-selected={number === at} className="search-entry" onMouseMove={() => number !== at && setPlace(number)} onClick={() => open(entry)}>
                  {entry.content}
                </div>
              );
            })}
          </div>
        ))}
      </div>
      {entries.length === 0 && (
        <p className="search-none" role="status">
          {t("search.none")}
        </p>
      )}
      <p className="search-help" aria-hidden="true">
        {t("search.keys")}
      </p>
    </div>
  );
}

function useGroups(asked: string): readonly Group[] {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { data: me } = useQuery(sessionQuery);
  const { data: machines } = useQuery(machinesQuery);
  const { data: alarms } = useQuery(alarmsQuery("active"));
  return useMemo(() => {
    if (!me) return [];
    const pages = pagesOf(me).map((page) => ({ path: page.path, name: page.name, words: `${t(`nav.${page.name}`)} ${t(`nav.help.${page.name}`)}` }));
    const open = (alarms ?? []).filter((alarm) => alarm.state === "active");
    const found = foundFor(asked, { pages, machines: machines ?? [], alarms: open, title: (alarm) => alarmName(alarm, language) });
    const groups: Group[] = [
      {
        name: t("search.machines"),
        entries: found.machines.map((machine) => ({
          key: machine.id,
          path: `/machines/${machine.id}`,
          content: (
            <>
              <b>{machine.name}</b>
              <span className="quiet search-detail">{[machine.pin, machine.site].filter(Boolean).join(" · ")}</span>
              <StateMark state={shownState(machine)} />
              {machine.open_alarms.severity !== null && <SeverityMark severity={machine.open_alarms.severity} quiet />}
            </>
          ),
        })),
      },
      {
        name: t("search.alarms"),
        entries: found.alarms.map((alarm) => ({
          key: alarm.id,
          path: alarmPath(me.role, alarm.id),
          content: (
            <>
              <SeverityMark severity={alarm.severity} quiet />
              <b>{alarmName(alarm, language)}</b>
              <span className="quiet search-detail">{alarm.machine.name}</span>
              <Age at={alarm.raised_at} />
            </>
          ),
        })),
      },
      {
        name: t("search.pages"),
        entries: pages
          .filter((page) => found.pages.some((one) => one.path === page.path))
          .map((page) => ({
            key: page.path,
            path: page.path,
            content: (
              <>
                <span aria-hidden="true">{PAGE_ICONS[page.path]}</span>
                <b>{t(`nav.${page.name}`)}</b>
                <span className="quiet search-detail">{t(`nav.help.${page.name}`)}</span>
              </>
            ),
          })),
      },
    ];
    return groups.filter((group) => group.entries.length > 0);
  }, [asked, me, machines, alarms, language, t]);
}
