/** A week's picture of a roster: who holds which seat when, on the roster's own clocks. */
import { LeftOutlined, RightOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CodeWord } from "../../alarms/CodeWord";
import { serverNow } from "../../api/client";
import type { Roster, RosterDuty } from "../../api/types";
import { EmptyNotice, ErrorNotice } from "../../app/Notice";
import { PageLoading } from "../../app/PageLoading";
import { usePreferences } from "../../app/preferences";
import { ask } from "../noun";
import { wallOf } from "../wall";
import { readWeek, type Turn, type Week, weekOf } from "./week";

const DAY_MS = 86_400_000;

export function WeekPart({ roster }: { roster: Roster }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const [offset, setOffset] = useState(0);
  const [now] = useState(serverNow);
  const span = weekOf(now, offset, roster.time_zone);
  const { data, error, refetch, isPending } = useQuery({
    queryKey: ["admin", "rosters", "week", roster.id, roster.version, span.from],
    queryFn: ({ signal }) => readWeek(span, (at) => ask<RosterDuty>("GET", `/rosters/${roster.id}/on-duty`, { query: { at }, signal })),
    staleTime: 60_000,
  });
  const days = Array.from({ length: 7 }, (_, day) => span.from + day * DAY_MS);
  const dayName = new Intl.DateTimeFormat(language, { timeZone: roster.time_zone, weekday: "short", month: "numeric", day: "numeric" });
  return (
    <div className="part">
      <div className="admin-commands">
        <Button icon={<LeftOutlined />} aria-label={t("admin.weekBefore")} onClick={() => setOffset(offset - 1)} />
        <Button onClick={() => setOffset(0)} disabled={offset === 0}>
          {t("admin.thisWeek")}
        </Button>
        <Button icon={<RightOutlined />} aria-label={t("admin.weekAfter")} onClick={() => setOffset(offset + 1)} />
        <span className="quiet">{roster.time_zone}</span>
      </div>
      {error ? (
        <ErrorNotice error={error} retry={() => void refetch()} />
      ) : isPending ? (
        <PageLoading />
      ) : data.seats.length === 0 ? (
        <EmptyNotice title={t("admin.noSeats")} help={t("admin.noSeatsHelp")} />
      ) : (
        <div className="duty" tabIndex={0} role="region" aria-label={t("admin.part.duty")}>
          <div className="duty-grid">
            <span />
            <div className="duty-days">
              {days.map((day) => (
                <span key={day}>{dayName.format(day)}</span>
              ))}
            </div>
            {data.seats.map((seat) => (
              <Seat key={seat.id} week={data} name={seat.name} role={seat.role} turns={seat.turns} zone={roster.time_zone} now={now} />
            ))}
          </div>
        </div>
      )}
    </div>
  );
}

function Seat({ week, name, role, turns, zone, now }: { week: Week; name: string; role: string; turns: readonly Turn[]; zone: string; now: number }) {
  const { t } = useTranslation();
  const share = (at: number): string => `${((at - week.from) / (week.to - week.from)) * 100}%`;
  const clock = (at: number): string => wallOf(new Date(at).toISOString(), zone).slice(11);
  return (
    <>
      <span className="duty-seat">
        {name} <small className="quiet"><CodeWord list="roles" code={role} /></small>
      </span>
      <ol className="duty-turns">
        {turns.map((turn) => (
          <li key={turn.from} style={{ left: share(turn.from), width: share(week.from + turn.to - turn.from) }} title={`${clock(turn.from)}–${clock(turn.to)} ${turn.people.join(", ")}`}>
            {turn.people.length === 0 ? t("admin.nobody") : turn.people.join(", ")}
          </li>
        ))}
        {now > week.from && now < week.to && <li className="duty-now" style={{ left: share(now) }} aria-hidden="true" />}
      </ol>
    </>
  );
}
