/** Where the viewer is signed in, and how to end that elsewhere. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { App, Button, Popconfirm } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { OwnSession } from "../api/types";
import { Panel } from "../app/Panel";
import { Time } from "../app/Time";
import { Answer } from "../machine_page/Answer";
import { refusalWords } from "../session/problemWords";
import { programOf } from "./program";
import { endSessions, sessionsQuery } from "./queries";

const FIRST = 10; // programs that sign in anew for each of their runs leave many

export function SessionsPanel() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const sessions = useQuery(sessionsQuery);
  const [showsAll, setShowsAll] = useState(false);
  const list = useRef<HTMLUListElement>(null);
  const end = useMutation({
    mutationFn: endSessions,
    onSuccess: () => list.current?.focus({ preventScroll: true }), // the button that was pressed is gone
    onError: (error) => void message.error(refusalWords(error, t)),
  });
  const others = (sessions.data ?? []).filter((one) => !one.is_this).map((one) => one.id);
  return (
    <Panel
      id="account-sessions"
      title={t("account.sessions")}
      tools={
        others.length > 0 && (
          <Popconfirm title={t("account.endOthersAsk", { count: others.length })} okText={t("account.endOthers")} onConfirm={() => end.mutateAsync(others).catch(() => undefined)}>
            <Button size="small" danger data-testid="end-others">
              {t("account.endOthers")}
            </Button>
          </Popconfirm>
        )
      }
    >
      <Answer query={sessions} rows={3}>
        {(items) => (
          <>
            <ul ref={list} className="account-sessions" tabIndex={-1} aria-label={t("account.sessions")}>
              {items.slice(0, showsAll ? items.length : FIRST).map((one) => (
                <Session key={one.id} session={one} isEnding={end.isPending && end.variables.includes(one.id)} onEnd={() => end.mutateAsync([one.id]).catch(() => undefined)} />
              ))}
            </ul>
            {others.length === 0 && <p className="account-note quiet">{t("account.onlyHere")}</p>}
            {!showsAll && items.length > FIRST && (
              <Button className="account-more" onClick={() => setShowsAll(true)}>
                {t("alarms.more", { count: items.length - FIRST })}
              </Button>
            )}
          </>
        )}
      </Answer>
    </Panel>
  );
}

function Session({ session, isEnding, onEnd }: { session: OwnSession; isEnding: boolean; onEnd: () => Promise<void> }) {
  const { t } = useTranslation();
  const program = programOf(session.browser) ?? t("account.noProgram");
  return (
    <li data-session={session.id} data-this={session.is_this}>
      <span className="account-where">
        <span>
          <b title={session.browser ?? undefined}>{program}</b> {session.is_this && <span className="account-here">{t("account.here")}</span>}
        </span>
        <small>
          {session.address ?? t("account.noAddress")}
          {session.company_login !== null && ` · ${t("account.came", { name: session.company_login })}`}
        </small>
      </span>
      <dl className="account-when">
        <div>
          <dt>{t("account.begun")}</dt>
          <dd>
            <Time at={session.created_at} />
          </dd>
        </div>
        <div>
          <dt>{t("account.used")}</dt>
          <dd>
            <Time at={session.last_used_at} />
          </dd>
        </div>
        <div>
          <dt>{t("account.ends")}</dt>
          <dd>
            <Time at={session.expires_at} />
          </dd>
        </div>
      </dl>
      {session.is_this ? (
        <span />
      ) : (
        <Popconfirm title={t("account.endOthersAsk", { count: 1 })} okText={t("header.leave")} onConfirm={onEnd}>
          <Button loading={isEnding} aria-label={t("account.endThis", { program })}>
            {t("header.leave")}
          </Button>
        </Popconfirm>
      )}
    </li>
  );
}
