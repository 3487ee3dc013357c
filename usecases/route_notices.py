"""From what nobody has been told of yet to notices: one portion a transaction, until nothing is due."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from alerts.routing import BACK, CORRECTED, ESCALATED, RANK, REMINDER, Happening, Person, Planned, Preference, route
from fleet.duty import on_duty
from fleet.wall_clock import get_zone
from storage import notice_routing
from storage.notice_routing import NewNotice, PersonRow, ReminderRow, TransitionRow
from storage.read_pool import Connection
from usecases.roster_shifts import parse_shift

REMINDED = {"soon": "medium", "due": "high", "overdue": "high"}  # a reminder's state as a severity
SIDES = {"owner": "customer", "dealer": "dealer"}


async def route_due(conn: Connection, *, now: datetime, served: frozenset[str], scale: float = 1.0) -> int:
    """Route one portion of what is due, in the caller's transaction; returns how much it was, 0 when nothing is due.

    `served`: the channels by which this platform can send; `scale` shortens the wait for an end, for tests.
    """
    transitions, reminders = await notice_routing.take_due(conn)
    if not transitions and not reminders:
        return 0
    told = await notice_routing.list_transitions(conn, transitions) if transitions else []
    asked = await notice_routing.list_reminders(conn, reminders) if reminders else []
    owned = [*(row.owners for row in told), *(row.owners for row in asked)]
    owners = sorted({owner for owners in owned for owner in owners})
    above = await notice_routing.list_above(conn, owners)
    happenings = [*(_transition(row, above, scale, now) for row in told), *(_reminder(row, above) for row in asked)]
    organisations = sorted(set[int]().union(*above.values()))
    rows = await notice_routing.list_people(
        conn,
        organisations=organisations,
        people=sorted({person for one in happenings for person in one.people}),
        machines=sorted({one.machine_id for one in happenings}),
        alarms=sorted(
            {alarm for one in happenings if one.alarm_id for alarm in (one.alarm_id, *one.twins, *one.before)}
        ),
        now=now,
    )
    duty = duty_of(await notice_routing.list_seats(conn, organisations), now)
    planned = route(happenings, [_person(row, duty, served) for row in rows], now)
    if planned:
        await notice_routing.insert_notices(conn, [_new(one) for one in planned], now=now)
    return len(transitions) + len(reminders)


def _seeing(owners: Sequence[int], above: Mapping[int, frozenset[int]]) -> frozenset[int]:
    return frozenset[int]().union(*(above.get(owner, frozenset()) for owner in owners))


def _transition(row: TransitionRow, above: Mapping[int, frozenset[int]], scale: float, now: datetime) -> Happening:
    fleeting = timedelta(seconds=row.fleeting_s)
    named = row.detail.get("people", []) if row.kind == ESCALATED else []
    is_corrected = row.kind == BACK and not row.detail.get("back")
    before, after = row.detail.get("severity_before"), row.detail.get("severity")
    return Happening(
        source="alarm",
        source_id=row.transition_id,
        kind=CORRECTED if is_corrected else row.kind,
        severity=row.severity,
        machine_id=row.machine_id,
        organisations=_seeing(row.owners, above),
        alarm_id=row.alarm_id,
        standing=row.standing,
        active=row.active,
        twins=frozenset(row.twins),
        goes_on=row.twin_active or (row.kind == "withdrawn" and row.detail.get("to") is not None),
        people=frozenset(UUID(person) for person in named),
        chattering=row.chattering,
        before=frozenset(row.before),
        calls=row.calls,
        rises=is_corrected and before is not None and RANK[str(after)] < RANK[before],
        of_outage=row.of_outage,
        settles_at=now + min(fleeting, row.raised_at + fleeting - now) * scale,
    )


def _reminder(row: ReminderRow, above: Mapping[int, frozenset[int]]) -> Happening:
    return Happening(
        source="reminder",
        source_id=row.reminder_id,
        kind=REMINDER,
        severity=REMINDED[row.state],
        machine_id=row.machine_id,
        organisations=_seeing(row.owners, above),
        sides=frozenset(SIDES[side] for side in row.tell),
    )


def duty_of(seats: Sequence[Mapping[str, Any]], now: datetime) -> dict[str, bool]:
    """Public id of whoever stands on a roster -> whether they are on duty."""
    found: dict[str, bool] = {}
    for seat in seats:
        shifts = [parse_shift(dict(entry)) for entry in seat["shifts"]]
        exceptions = {date.fromisoformat(entry["date"]) for entry in seat["exceptions"]}
        turn = on_duty(shifts, exceptions, get_zone(seat["time_zone"]), now).now
        found = {person: False for shift in shifts for person in shift.people} | found
        found |= dict.fromkeys(turn.people if turn else (), True)
    return found


def _person(row: PersonRow, duty: Mapping[str, bool], served: frozenset[str]) -> Person:
    told = [entry.split(" ") for entry in row.told]
    waiting = [entry.split(" ") for entry in row.waiting]
    return Person(
        user_id=row.user_id,
        public_id=row.public_id,
        organisation_id=row.organisation_id,
        organisation_kind=row.organisation_kind,
        role=row.role,
        language=row.language,
        zone=get_zone(row.time_zone),
        reached_by=frozenset(row.reached_by) & served,
        preference=preference_of(row),
        on_duty=duty.get(str(row.public_id)),
        muted={int(machine): datetime.fromtimestamp(until, UTC) for machine, until in (row.muted or {}).items()},
        made=row.made or {},
        told=frozenset((UUID(alarm), channel) for alarm, channel in told),
        waiting={(channel, UUID(alarm)): int(notice_id) for channel, alarm, notice_id in waiting},
    )


def preference_of(row: PersonRow) -> Preference | None:
    """What the person chose; None: nothing yet."""
    if row.channels is None:
        return None
    return Preference(
        channels={channel: frozenset(severities) for channel, severities in row.channels.items()},
        quiet=None if row.quiet_from is None or row.quiet_to is None else (row.quiet_from, row.quiet_to),
        through_quiet=frozenset(row.through_quiet or ()),
        digest=row.digest or "off",  # type: ignore[arg-type]  # the table's CHECK has these words
        digest_severities=frozenset(row.digest_severities or ()),
        digest_at=row.digest_at or 0,
        most_per_hour=row.most_per_hour or 0,
        cleared=bool(row.cleared),
        services=bool(row.services),
    )


def _new(one: Planned) -> NewNotice:
    return NewNotice(
        user_id=one.user_id,
        channel=one.channel,
        language=one.language,
        kind=one.kind,
        severity=one.severity,
        due_at=one.due_at,
        alarm_id=one.alarm_id,
        reason=one.reason,
        joins=one.joins,
        told=one.told,
    )
