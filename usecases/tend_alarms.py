"""What time does to alarms: shelving ends, machines rest and wake, nobody acknowledged in time, floods begin and end.

Done by the housekeeping process every few seconds; each step is a transaction that may be done twice or beside another
one, and changes what it finds once.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from alerts.lifecycle import HOLDS, HoldInput
from fleet.duty import Duty, on_duty
from fleet.wall_clock import get_zone
from storage import alarm_tending as tending
from storage.alarm_tending import DutyRoster, OverdueAlarm
from storage.pool import Connection
from usecases.edit_rosters import people_of
from usecases.hold_alarm import hold_change
from usecases.roster_shifts import parse_shift


def tend_alarms(conn: Connection, *, now: datetime) -> Counter[str]:
    """Do all that is due at `now`, each step in a transaction of its own; returns the transitions and floods by kind.
    `conn` commits by itself."""
    steps: tuple[Callable[[Connection, datetime], Sequence[str]], ...] = (_rest, _wake, _escalate, _flood)
    done: Counter[str] = Counter()
    is_more = True
    while is_more:
        with conn.transaction():
            ended = _expire(conn, now) or _sold(conn, now)
        done.update(ended)
        is_more = bool(ended)
    for step in steps:
        with conn.transaction():
            done.update(step(conn, now))
    return done


def _expire(conn: Connection, now: datetime) -> Sequence[str]:
    change = hold_change(HoldInput.EXPIRE)
    return tending.expire_hold(conn, before=change.before, kind=change.kind, at=now)


def _sold(conn: Connection, now: datetime) -> Sequence[str]:
    for line in HOLDS:
        if line.given is HoldInput.SELL and line.before is not None:
            ended = tending.end_sold_hold(conn, before=[line.before], kind=line.kind, at=now)
            if ended:
                return ended
    return ()


def _rest(conn: Connection, now: datetime) -> Sequence[str]:
    return tending.suppress_resting(conn, at=now)


def _wake(conn: Connection, now: datetime) -> Sequence[str]:
    return tending.wake_resting(conn, at=now)


def _escalate(conn: Connection, now: datetime) -> Sequence[str]:
    overdue = tending.list_overdue(conn, at=now)
    if not overdue:
        return ()
    chains = Chains.read(conn, now)
    return tending.escalate(conn, [_step(alarm, chains.of(alarm.organisations)) for alarm in overdue], at=now)


def _step(alarm: OverdueAlarm, chain: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    level = alarm.escalation + 1
    told: Mapping[str, Any] = chain[level - 1] if level <= len(chain) else {"people": []}
    return {
        "alarm_id": str(alarm.alarm_id),
        "escalation": alarm.escalation,
        "is_last": level >= len(chain),
        "detail": {"level": level, **told},
    }


@dataclass(frozen=True, slots=True)
class Chains:
    """Who is told after whom, by organisation: the first roster of an organisation decides, the control centre's for
    all without one. Where nobody is next by either the control centre's leads are: no escalation is told to nobody."""

    by_organisation: Mapping[int, Sequence[Mapping[str, Any]]]
    platform: Sequence[Mapping[str, Any]]

    @classmethod
    def read(cls, conn: Connection, now: datetime) -> "Chains":
        """The chains at an instant."""
        rosters = tending.list_duty_rosters(conn)
        active = tending.find_active(conn, sorted({p for roster in rosters for p in people_of(roster.seats)}))
        chains: dict[int, Sequence[Mapping[str, Any]]] = {}
        platform: Sequence[Mapping[str, Any]] = ()
        for roster in rosters:
            if roster.organisation_id not in chains:
                chains[roster.organisation_id] = chain_of(roster, active, now)
                platform = platform or (chains[roster.organisation_id] if roster.is_platform else ())
        leads = {"people": tending.list_leads(conn)}
        return cls({o: chain or [leads] for o, chain in chains.items()}, platform or [leads])

    def of(self, organisations: Sequence[int]) -> Sequence[Mapping[str, Any]]:
        """The chain of the nearest of a machine's owner and those above it that has a roster."""
        return next((self.by_organisation[o] for o in organisations if o in self.by_organisation), self.platform)


def chain_of(roster: DutyRoster, active: set[str], now: datetime) -> list[dict[str, Any]]:
    """Whom a roster has told next, after whoever holds its first seat: the next seats with somebody on duty now, then
    the next turn of the first one. People who are not active hold no seat."""
    zone = get_zone(roster.time_zone)
    off = {date.fromisoformat(entry["date"]) for entry in roster.exceptions}

    def duty(seat: Mapping[str, Any]) -> Duty:
        shifts = [dict(s) | {"people": [p for p in s["people"] if p in active]} for s in seat["shifts"]]
        return on_duty([parse_shift(shift) for shift in shifts], off, zone, now)

    duties = [(seat, duty(seat)) for seat in roster.seats]
    manned = [(seat, found.now.people) for seat, found in duties if found.now is not None]
    turns = [(seat, found.next.people) for seat, found in duties if found.next is not None]
    return [
        {"roster_id": str(roster.roster_id), "seat_id": str(seat["id"]), "people": list(people)}
        for seat, people in [*manned[1:], *turns[:1]]
    ]


def _flood(conn: Connection, now: datetime) -> Sequence[str]:
    watch = tending.watch_flood(conn, at=now)
    if watch.flood_id is None and watch.alarms <= watch.flood_begins:
        return ()  # below one seat's limit: nobody need be counted
    seats = seats_manned(tending.list_duty_rosters(conn), now)
    if watch.flood_id is not None:
        is_over = watch.alarms < watch.flood_ends * seats
        return ("flood ended",) if tending.go_on_with_flood(conn, watch, is_over=is_over, at=now) else ()
    if watch.alarms <= watch.flood_begins * seats:
        return ()
    return ("flood began",) if tending.begin_flood(conn, watch, seats=seats, at=now) else ()


def seats_manned(rosters: Sequence[DutyRoster], now: datetime) -> int:
    """How many seats of the control centre have somebody on duty, who share its alarms; at least one."""
    manned = 0
    for roster in rosters:
        if roster.is_platform:
            zone = get_zone(roster.time_zone)
            off = {date.fromisoformat(entry["date"]) for entry in roster.exceptions}
            shifts = [[parse_shift(shift) for shift in seat["shifts"]] for seat in roster.seats]
            manned += sum(on_duty(one, off, zone, now).now is not None for one in shifts)
    return max(1, manned)
