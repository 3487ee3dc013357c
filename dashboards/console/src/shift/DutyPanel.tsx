/** Who is on duty now and who comes next, seat by seat. */
import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import type { RosterDuty } from "../api/types";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { Time } from "../app/Time";
import { clockOrDay } from "../format/time";
import { serverNow } from "../api/client";
import { dutyQuery, rostersQuery } from "./queries";

export function DutyPanel() {
  const { t } = useTranslation();
  const rosters = useQuery(rostersQuery);
  return (
    <Panel id="duty" title={t("shift.duty.title")}>
      {rosters.isPending ? (
        <Skeleton active title={false} paragraph={{ rows: 3 }} className="panel-skeleton" />
      ) : rosters.data === undefined ? (
        <ErrorNotice error={rosters.error} retry={() => void rosters.refetch()} />
      ) : rosters.data.length === 0 ? (
        <EmptyNotice title={t("shift.duty.none")} help={t("shift.duty.noneHelp")} />
      ) : (
        <div className="shift-table-frame" tabIndex={0} role="group" aria-label={t("shift.duty.title")}>
          <table className="shift-table">
            <thead>
              <tr>
                <th scope="col">{t("shift.duty.seat")}</th>
                <th scope="col">{t("shift.duty.now")}</th>
                <th scope="col">{t("shift.duty.next")}</th>
              </tr>
            </thead>
            <tbody>
              {rosters.data.map((roster) => (
                <RosterRows key={roster.id} rosterId={roster.id} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function RosterRows({ rosterId }: { rosterId: string }) {
  const { data: duty } = useQuery(dutyQuery(rosterId));
  return duty?.seats.map((seat) => <SeatRow key={seat.seat_id} roster={duty.name} seat={seat} />);
}

type Seat = RosterDuty["seats"][number];

function SeatRow({ roster, seat }: { roster: string; seat: Seat }) {
  const { t } = useTranslation();
  return (
    <tr data-seat={seat.seat_id}>
      <th scope="row">
        {seat.name}
        <small className="quiet">
          {roster} · {t(`role.${seat.role}`)}
        </small>
      </th>
      <td>{seat.now === null ? <span className="shift-nobody">{t("shift.duty.nobody")}</span> : <Turn turn={seat.now} isNext={false} />}</td>
      <td>{seat.next === null ? <span className="quiet">–</span> : <Turn turn={seat.next} isNext />}</td>
    </tr>
  );
}

function Turn({ turn, isNext }: { turn: NonNullable<Seat["now"]>; isNext: boolean }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const at = isNext ? turn.from_at : turn.until;
  const when = at === null ? "" : clockOrDay(Date.parse(at), serverNow(), language);
  return (
    <>
      {turn.people.map((person) => (
        <span key={person.id} className="shift-person">
          {person.name || person.login}
          {person.phone !== null && <a href={`tel:${person.phone}`}>{person.phone}</a>}
        </span>
      ))}
      {at !== null && (
        <small className="quiet">
          <Time at={at}>{isNext ? t("shift.duty.from", { time: when }) : t("shift.duty.until", { time: when })}</Time>
        </small>
      )}
    </>
  );
}
