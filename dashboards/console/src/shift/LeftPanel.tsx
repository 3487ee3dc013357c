/** What a shift leaves open: what stands, what waits for an answer, what is held back, and what was said and done. */
import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { actorWords } from "../alarms/actor";
import { alarmName } from "../alarms/alarmName";
import { CodeWord } from "../alarms/CodeWord";
import type { Alarm, HandOver } from "../api/types";
import { ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { Time } from "../app/Time";
import { SeverityMark } from "../severity/SeverityMark";
import { Figure } from "./Figure";
import { handOverQuery } from "./queries";
import { lookedBack, type Span } from "./span";

const LISTED = 20;
const MOST = 100;

export function LeftPanel({ span, now }: { span: Span; now: number }) {
  const { t } = useTranslation();
  const left = useQuery(handOverQuery(lookedBack(span, now)));
  return (
    <Panel id="left" title={t("shift.left.title")}>
      {left.isPending ? (
        <Skeleton active title={false} paragraph={{ rows: 6 }} className="panel-skeleton" />
      ) : left.data === undefined ? (
        <ErrorNotice error={left.error} retry={() => void left.refetch()} />
      ) : (
        <Left left={left.data} />
      )}
    </Panel>
  );
}

function Left({ left }: { left: HandOver }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { standing, done } = left;
  return (
    <div className="shift-left">
      <div className="shift-figures">
        <Figure name={t("shift.left.active")} value={standing.active} to="/alarms" />
        <Figure name={t("shift.left.unacknowledged")} value={standing.unacknowledged} to="/alarms?standing=unanswered" testId="left-unacknowledged" />
        <Figure name={t("shift.left.investigating")} value={standing.investigating} />
        <Figure name={t("shift.left.held")} value={left.held.length} to="/alarms?standing=held" />
        <Figure name={t("shift.left.stale")} value={standing.stale} />
        <Figure name={t("shift.left.raised")} value={done["raised"] ?? 0} limit={t("shift.left.inSpan")} />
        <Figure name={t("shift.left.acknowledged")} value={done["acknowledged"] ?? 0} limit={t("shift.left.inSpan")} />
        <Figure name={t("shift.left.escalated")} value={done["escalated"] ?? 0} limit={t("shift.left.inSpan")} />
      </div>
      <div className="shift-columns">
        <Part title={t("shift.left.stands")} all={left.active.length} to="/alarms">
          {left.active.slice(0, LISTED).map((alarm) => (
            <Line key={alarm.id} alarm={alarm} />
          ))}
        </Part>
        <Part title={t("shift.left.toAnswer")} all={left.to_answer.length} to="/alarms?standing=gone">
          {left.to_answer.slice(0, LISTED).map((alarm) => (
            <Line key={alarm.id} alarm={alarm} />
          ))}
        </Part>
        <Part title={t("shift.left.heldBack")} all={left.held.length} to="/alarms?standing=held">
          {left.held.slice(0, LISTED).map((held) => (
            <li key={`${held.machine_id} ${held.source_kind} ${held.source_key}`}>
              <Link to={`/alarms/${held.alarm_id}`}>{alarmName(held, language)}</Link>
              <small className="quiet">
                {held.machine_name} · <CodeWord list="alarm_suppressions" code={held.hold} /> · {held.by} · {held.reason}
                {held.until !== null && (
                  <>
                    {" "}
                    · <Time at={held.until} machine={held.machine_id} />
                  </>
                )}
              </small>
            </li>
          ))}
        </Part>
        <Part title={t("shift.left.told")} all={left.told.length} to={null}>
          {left.told.slice(0, LISTED).map((said, i) => (
            <li key={`${said.alarm_id} ${said.at} ${i}`}>
              <Link to={`/alarms/${said.alarm_id}`}>
                <CodeWord list="alarm_transitions" code={said.kind} />
              </Link>{" "}
              {typeof said.detail["text"] === "string" && said.detail["text"]}
              {typeof said.detail["verdict"] === "string" && <CodeWord list="finding_verdicts" code={said.detail["verdict"]} />}
              <small className="quiet">
                {actorWords(said.actor, t)} · <Time at={said.at} />
              </small>
            </li>
          ))}
        </Part>
      </div>
    </div>
  );
}

function Line({ alarm }: { alarm: Alarm }) {
  const { language } = usePreferences();
  return (
    <li className="shift-alarm">
      <SeverityMark severity={alarm.severity} quiet={alarm.acknowledged_at !== null || alarm.state !== "active"} />
      <span>
        <Link to={`/alarms/${alarm.id}`}>{alarmName(alarm, language)}</Link>
        <small className="quiet">
          {alarm.machine.name} · <Time at={alarm.raised_at} machine={alarm.machine.id} />
          {alarm.assigned_to !== null && ` · ${alarm.assigned_to}`}
        </small>
      </span>
    </li>
  );
}

function Part({ title, all, to, children }: { title: string; all: number; to: string | null; children: ReactNode }) {
  const { t } = useTranslation();
  const more = all - LISTED;
  const isCut = all >= MOST; // the API lists no more
  return (
    <section>
      <h3>
        {title} <span className="quiet">{isCut ? `${all}+` : all}</span>
      </h3>
      {all === 0 ? <p className="quiet">{t("shift.left.nothing")}</p> : <ol className="shift-list">{children}</ol>}
      {more > 0 && (to === null ? <p className="quiet">{t("shift.left.more", { count: more })}</p> : <Link to={to}>{t("shift.left.more", { count: more })}</Link>)}
    </section>
  );
}
