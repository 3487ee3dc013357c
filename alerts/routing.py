"""Who is told of what, by which channel and when: one pure function from transitions, people and the time to notices.

A transition is planned at most once for a person and channel. Told at once or held for one message with others: in
quiet hours until they end, of a severity that is digested until the digest, several reminders of service for a minute,
beyond the hour's limit until the next summary, what chatters until it has been quiet. What rings through, and
escalations, are told at once. What is not critical waits until it cannot be fleeting any more: its end may join it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fleet.findings import Severity
from fleet.wall_clock import first_instant

Source = Literal["alarm", "reminder"]
Reason = Literal["quiet_hours", "digest", "rate_limit", "rate_limit_critical", "service", "chattering"]
Digest = Literal["off", "hourly", "daily"]
ENDING = frozenset({"cleared", "withdrawn"})
ESCALATED, REMINDER, BACK = "escalated", "reminder", "revised"  # of what is revised: that it is back,
CORRECTED = "corrected"  # and that its reason is another, or that it is graver
SUMMARY_AFTER = {
    "rate_limit": timedelta(minutes=15),
    "rate_limit_critical": timedelta(minutes=1),
    "service": timedelta(minutes=1),
    "chattering": timedelta(minutes=10),  # of quiet
}
RANK: Mapping[str, int] = {severity: rank for rank, severity in enumerate(Severity)}  # 0: the gravest
_NEVER_TOLD = frozenset({"auditor", "integrator"})  # roles


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """How somebody is told. Minutes are of the day, on the person's own clocks; `most_per_hour` 0: any number."""

    channels: Mapping[str, frozenset[str]]  # channel -> severities
    quiet: tuple[int, int] | None = None  # from, to
    through_quiet: frozenset[str] = frozenset({"critical"})
    digest: Digest = "off"
    digest_severities: frozenset[str] = frozenset()
    digest_at: int = 8 * 60
    most_per_hour: int = 30
    cleared: bool = True
    services: bool = True


def _by_email(*severities: str) -> Preference:
    return Preference(channels={"email": frozenset(severities)})


# Who has not chosen, by the kind of their organisation; of service they are told at every stage. A maker's and the
# control centre's people are told when they are on duty or have chosen.
UNCHOSEN: Mapping[str, Preference] = {
    "customer": _by_email("critical", "high"),
    "dealer": _by_email("critical"),
    "ecc": _by_email("critical", "high"),
    "maker": _by_email("critical"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """A transition of an alarm, or a reminder, with what decides who is told.

    `organisations`: the machine's owner then, those above it and those it was shared with. `standing`: neither found
    late nor suppressed nor explained by another alarm. `people`: whom an escalation names. `sides`: the kinds of
    organisations that a reminder is for. `twins`: alarms that late data made one with this one: those that have the
    time of one that is withdrawn, those that were withdrawn for one that is new or back. `goes_on`: whoever knows the
    twins of one that is withdrawn knows how it stands. `chattering`: it came too often; `before`: those of the last
    hour that chattered before it. `settles_at`: until then its end would make it fleeting. `calls`: it went by
    itself and waits for somebody to acknowledge it. `rises`: corrected, it is graver than it was. `of_outage`: one of
    many silences of which another one calls.
    """

    source: Source
    source_id: int
    kind: str
    severity: str
    machine_id: int
    organisations: frozenset[int]
    alarm_id: UUID | None = None
    standing: bool = True
    active: bool = True
    people: frozenset[UUID] = frozenset()
    sides: frozenset[str] = frozenset()
    twins: frozenset[UUID] = frozenset()
    goes_on: bool = False
    chattering: bool = False
    before: frozenset[UUID] = frozenset()
    settles_at: datetime | None = None
    calls: bool = False
    rises: bool = False
    of_outage: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may be told. `reached_by`: channels with an address; `on_duty` None: stands on no roster.

    `muted`: machine -> until when; `made`: channel -> single notices of the last hour; `told`: what they were told of;
    `waiting`: channel and alarm -> the notice of it that no attempt was made to send yet.
    """

    user_id: int
    public_id: UUID
    organisation_id: int
    organisation_kind: str
    role: str
    language: str
    zone: ZoneInfo
    reached_by: frozenset[str]
    preference: Preference | None = None
    on_duty: bool | None = None
    muted: Mapping[int, datetime] = field(default_factory=dict)
    made: Mapping[str, int] = field(default_factory=dict)
    told: frozenset[tuple[UUID, str]] = frozenset()  # alarm, channel
    waiting: Mapping[tuple[str, UUID], int] = field(default_factory=dict)

    @property
    def wish(self) -> Preference:
        """Their own choice, or that of their organisation's kind."""
        return self.preference or UNCHOSEN[self.organisation_kind]


@dataclass(slots=True, kw_only=True)
class Planned:
    """One notice to be: `told` grows while it is planned. `reason` None: by itself; `joins`: one that is there."""

    user_id: int
    channel: str
    language: str
    kind: Literal["alarm", "reminder", "collected"]
    severity: str
    due_at: datetime
    alarm_id: UUID | None = None
    reason: Reason | None = None
    joins: int | None = None
    told: list[tuple[Source, int]] = field(default_factory=list)


@dataclass(slots=True)
class _Plan:
    now: datetime
    notices: dict[tuple[object, ...], Planned] = field(default_factory=dict)
    told: set[tuple[int, UUID, str]] = field(default_factory=set)  # person, alarm, channel
    made: dict[tuple[int, str], int] = field(default_factory=dict)


def route(happenings: Iterable[Happening], people: Sequence[Person], now: datetime) -> list[Planned]:
    """The notices that these transitions and reminders make, the gravest first.

    Of one alarm a person is told what came together in one notice. O(happenings x people of their organisations).
    """
    plan = _Plan(now)
    by_organisation: dict[int, list[Person]] = {}
    for person in people:
        by_organisation.setdefault(person.organisation_id, []).append(person)
        plan.made |= {(person.user_id, channel): made for channel, made in person.made.items()}
        plan.told |= {(person.user_id, alarm, channel) for alarm, channel in person.told}
    of_all = [person for person in people if person.organisation_kind == "ecc"]
    named = {person.public_id: person for person in people}
    for one in sorted(happenings, key=lambda h: (RANK[h.severity], h.kind == "withdrawn", h.source_id)):
        seeing = [
            p for o in sorted(one.organisations) for p in by_organisation.get(o, ()) if p.organisation_kind != "ecc"
        ]
        escalated = [named[public_id] for public_id in sorted(one.people) if public_id in named]
        for person in escalated if one.kind == ESCALATED else (*seeing, *of_all):
            for channel in _corrected(person, one, plan) if one.kind == CORRECTED else _channels(person, one, plan):
                _add(plan, person, one, channel)
    for planned in plan.notices.values():
        if planned.reason == "service" and len(planned.told) == 1:
            planned.kind, planned.reason, planned.due_at = "reminder", None, now
    return list(plan.notices.values())


def _channels(person: Person, one: Happening, plan: _Plan) -> Iterator[str]:
    """The channels by which a person is told of this."""
    if one.kind == ESCALATED:
        yield from sorted(person.reached_by) if one.standing and (one.active or one.calls) else ()
    elif one.kind in ENDING or one.kind == BACK:
        yield from (channel for channel in sorted(person.reached_by) if _is_news(person, one, channel, plan))
    elif known := [channel for channel in sorted(person.reached_by) if _was_told(plan, person, one.twins, channel)]:
        yield from known  # late data put it in the place of one that they were told of
    elif _listens(person, one, plan.now):
        for channel, severities in sorted(person.wish.channels.items()):
            wanted = person.wish.services if one.kind == REMINDER else one.severity in severities
            if wanted and channel in person.reached_by and not _was_raised(plan, person, one, channel):
                yield channel


def _corrected(person: Person, one: Happening, plan: _Plan) -> Iterator[str]:
    """The channels by which a person is told that more is known: those by which they were told what is not so any
    more; where it is graver than it was, those that they chose for what is so grave as well."""
    assert one.alarm_id is not None
    known = [channel for channel in sorted(person.reached_by) if _was_told(plan, person, [one.alarm_id], channel)]
    yield from known if one.standing and one.active else ()
    if one.rises:
        yield from _channels(person, one, plan)


def _was_told(plan: _Plan, person: Person, alarms: Iterable[UUID], channel: str) -> bool:
    return any((person.user_id, alarm, channel) in plan.told for alarm in alarms)


def _is_news(person: Person, one: Happening, channel: str, plan: _Plan) -> bool:
    """Whether the end, the return or the withdrawal of an alarm changes what this person was told of it.

    What was withdrawn because another alarm has its time now is no news to who knows that one. One that is back is
    news to who was told its end, but not to whom a later alarm said that it stands.
    """
    assert one.alarm_id is not None
    if not _was_told(plan, person, [one.alarm_id], channel):
        return False
    knows = _was_told(plan, person, one.twins, channel)
    if one.kind == "withdrawn":
        return not (knows and one.goes_on)
    if one.kind == BACK:
        return person.wish.cleared and one.standing and one.active and not knows
    return person.wish.cleared


def _was_raised(plan: _Plan, person: Person, one: Happening, channel: str) -> bool:
    """True when the alarm that comes back has been told to this person by this channel."""
    return one.alarm_id is not None and one.kind != "raised" and (person.user_id, one.alarm_id, channel) in plan.told


def _listens(person: Person, one: Happening, now: datetime) -> bool:
    """True for somebody who is to be told of what begins."""
    if not one.standing or one.of_outage or (one.kind != "raised" and not one.active) or person.role in _NEVER_TOLD:
        return False
    if one.sides and person.organisation_kind not in one.sides:
        return False
    if one.machine_id in person.muted and now < person.muted[one.machine_id]:
        return False
    if person.on_duty is None:
        return person.organisation_kind in ("customer", "dealer") or person.preference is not None
    return person.on_duty


def _add(plan: _Plan, person: Person, one: Happening, channel: str) -> None:
    reason, due_at = _held(person, one, channel, plan)
    if one.alarm_id is not None:
        plan.told.add((person.user_id, one.alarm_id, channel))
    place: tuple[object, ...] = (person.user_id, channel, one.alarm_id or one.source_id)
    planned = plan.notices.get(place)
    if planned is None:
        joins = _joined(person, one, channel)
        if joins is not None:
            reason, due_at = None, plan.now
        if reason is not None:
            place = (person.user_id, channel, reason)
            planned = plan.notices.get(place)
        if planned is None:
            planned = plan.notices[place] = Planned(
                user_id=person.user_id,
                channel=channel,
                language=person.language,
                kind="collected" if reason else one.source,
                severity=one.severity,
                due_at=due_at,
                alarm_id=None if reason else one.alarm_id,
                reason=reason,
                joins=joins,
            )
            if reason is None and joins is None:
                plan.made[person.user_id, channel] = plan.made.get((person.user_id, channel), 0) + 1
    planned.told.append((one.source, one.source_id))


def _joined(person: Person, one: Happening, channel: str) -> int | None:
    """The notice of the alarm's beginning, still unsent, that its end, or what is known by now, makes whole."""
    if one.alarm_id is None or one.kind not in (*ENDING, CORRECTED):
        return None
    return person.waiting.get((channel, one.alarm_id))


def _chatters(person: Person, one: Happening, channel: str, plan: _Plan) -> bool:
    """True for what adds nothing to what this person knows: that it keeps coming back."""
    knows = _was_told(plan, person, one.before, channel)
    return one.chattering and not one.rises and (knows or one.kind in (*ENDING, BACK, CORRECTED))


def _held(person: Person, one: Happening, channel: str, plan: _Plan) -> tuple[Reason | None, datetime]:
    """Why this waits, and until when. None: by itself, at once or when it cannot be fleeting any more."""
    if one.kind == ESCALATED:
        return None, plan.now
    held = _wished(person, one, plan.now) or _gathered(person, one, channel, plan)
    if held is not None:
        return held
    may_go = one.kind == "raised" and one.active and one.severity != "critical"
    return None, max(plan.now, one.settles_at) if may_go and one.settles_at is not None else plan.now


def _wished(person: Person, one: Happening, now: datetime) -> tuple[Reason, datetime] | None:
    """What this person wants to be told later."""
    wish = person.wish
    if wish.quiet is not None and one.severity not in wish.through_quiet:
        ends = quiet_until(wish.quiet, person.zone, now)
        if ends is not None:
            return "quiet_hours", ends
    if wish.digest != "off" and one.severity in wish.digest_severities:
        return "digest", next_digest(wish, person.zone, now)
    return None


def _gathered(person: Person, one: Happening, channel: str, plan: _Plan) -> tuple[Reason, datetime] | None:
    """What would be too many messages."""
    most = person.wish.most_per_hour
    reason: Reason | None = None
    if one.kind == REMINDER:
        reason = "service"
    elif _chatters(person, one, channel, plan):
        reason = "chattering"
    elif most and plan.made.get((person.user_id, channel), 0) >= most:
        reason = "rate_limit_critical" if one.severity == "critical" else "rate_limit"
    return None if reason is None else (reason, plan.now + SUMMARY_AFTER[reason])


def quiet_until(quiet: tuple[int, int], zone: ZoneInfo, now: datetime) -> datetime | None:
    """When the quiet hours end in which `now` lies; None outside them. From 22:00 to 06:00 is over midnight."""
    begins, ends = quiet
    local = now.astimezone(zone)
    minute = local.hour * 60 + local.minute
    if begins < ends:
        inside, tomorrow = begins <= minute < ends, False
    else:
        inside, tomorrow = minute >= begins or minute < ends, minute >= begins
    if not inside:
        return None
    return first_instant(local.date() + timedelta(days=tomorrow), ends, zone)


def next_digest(wish: Preference, zone: ZoneInfo, now: datetime) -> datetime:
    """The next full hour, or the next time that the person's clocks show `digest_at`."""
    local = now.astimezone(zone)
    if wish.digest == "hourly":
        begun = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return now + timedelta(hours=1) - begun
    today = first_instant(local.date(), wish.digest_at, zone)
    return today if today > now else first_instant(local.date() + timedelta(days=1), wish.digest_at, zone)
