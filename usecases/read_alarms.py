"""Alarms: pages of the list, and one with its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from alerts.silence_reason import knowledge
from diagnosis.rule import Rule
from fleet.data_classes import coarse
from fleet.errors import InvalidInput, NotFound
from fleet.signals import Catalogue
from storage import read_alarms
from storage.alarm_commands import HoldRow, find_hold
from storage.read_alarms import AlarmPosition, AlarmQuery, AlarmRow, AlarmSort, TransitionRow
from storage.read_pool import Connection
from storage.sight import Scope, get_machine_key
from usecases.positions import shown_value
from usecases.read_alarm_limits import AlarmLimit, alarm_limits, rule_signals
from usecases.read_alarm_words import RuleBooks, Words, fault_words
from usecases.read_machine_state import instant


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmFilter:
    """Which alarms; empty or None is no condition. `machine` is a machine's id or alias, times are of raising."""

    states: Sequence[str] = ()
    severities: Sequence[str] = ()
    source_kind: str | None = None
    machine: str | None = None
    machine_kind: str | None = None
    acknowledged: bool | None = None
    lifecycles: Sequence[str] = ()
    held_back: bool | None = None
    inhibited: bool | None = None
    assigned_to: UUID | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None
    organisation: UUID | None = None
    site: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmMachine:
    """The machine an alarm is about."""

    id: str
    pin: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalValue:
    """A signal's value when the rule fired."""

    key: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One alarm; see api.schemas.alarms."""

    id: str
    machine: AlarmMachine
    source_kind: str
    source_key: str
    text: Words
    severity: str
    state: str
    historic: bool
    raised_at: datetime
    cleared_at: datetime | None
    committed_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    lifecycle: str
    asks: str
    suppression: str | None
    inhibited_by: str | None
    chattering: bool
    fleeting: bool
    escalation: int
    assigned_to: str | None
    investigating_since: datetime | None
    investigated_by: str | None
    finding_id: str
    values: list[SignalValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmPage:
    """A page; `end` is the place of its last entry when there are more."""

    items: list[Alarm]
    end: tuple[int, int, str] | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


async def list_alarms(
    conn: Connection,
    scope: Scope,
    wanted: AlarmFilter,
    *,
    sort: AlarmSort,
    after: Sequence[str | int | None] | None,
    limit: int,
    catalogue: Catalogue,
) -> AlarmPage:
    """A page of alarms that the scope sees. Raises NotFound when it asks for a machine that the scope does not see, and
    InvalidInput for a time that ends before it begins."""
    if wanted.from_at is not None and wanted.to_at is not None and wanted.from_at >= wanted.to_at:
        raise InvalidInput("span_backwards", where="from")
    machine = None if wanted.machine is None else await get_machine_key(conn, scope, wanted.machine)
    query = AlarmQuery(
        states=wanted.states,
        severities=wanted.severities,
        source_kind=wanted.source_kind,
        machine_id=machine.machine_id if machine else None,
        machine_kind=wanted.machine_kind,
        acknowledged=wanted.acknowledged,
        lifecycles=wanted.lifecycles,
        held_back=wanted.held_back,
        inhibited=wanted.inhibited,
        assigned_to=wanted.assigned_to,
        from_at=wanted.from_at,
        to_at=wanted.to_at,
        organisation=wanted.organisation,
        site=wanted.site,
    )
    rows = await read_alarms.list_alarms(conn, scope, query, sort=sort, after=_place(after), limit=limit + 1)
    shown = rows[:limit]
    end = _end(shown[-1], sort) if len(rows) > limit else None
    books = await RuleBooks.load(conn, [row.version for row in shown], catalogue)
    return AlarmPage(items=[alarm_of(row, books) for row in shown], end=end)


def _end(row: AlarmRow, sort: AlarmSort) -> tuple[int, int, str]:
    at = row.committed_at if sort == "-committed_at" else row.raised_at
    return (row.severity_weight, round((at - instant(0)) / timedelta(microseconds=1)), str(row.alarm_id))


def _place(after: Sequence[str | int | None] | None) -> AlarmPosition | None:
    if after is None:
        return None
    match list(after):
        case [int(weight), int(us), str(alarm_id)] if 0 <= weight < 100 and 0 <= us < 2**53:
            try:
                return AlarmPosition(weight=weight, at=instant(us), alarm_id=UUID(alarm_id))
            except ValueError as error:
                raise InvalidInput("cursor_foreign", where="cursor") from error
    raise InvalidInput("cursor_foreign", where="cursor")


def alarm_of(row: AlarmRow, books: RuleBooks) -> Alarm:
    """A stored alarm as the API shows it."""
    name = row.machine_name if row.machine_is_seen else row.machine_pin
    return Alarm(
        id=str(row.alarm_id),
        machine=AlarmMachine(id=str(row.machine_public_id), pin=row.machine_pin, name=name, kind=row.machine_kind),
        source_kind=row.source_kind,
        source_key=row.source_key,
        text=books.words(row.source_kind, row.source_key, row.version, _cascade(row)),
        severity=row.severity,
        state=row.state,
        historic=row.historic,
        raised_at=row.raised_at,
        cleared_at=row.cleared_at,
        committed_at=row.committed_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        lifecycle=row.lifecycle,
        asks=row.asks,
        suppression=row.suppression,
        inhibited_by=None if row.inhibited_by is None else str(row.inhibited_by),
        chattering=row.chattering,
        fleeting=row.fleeting,
        escalation=row.escalation,
        assigned_to=row.assigned_to,
        investigating_since=row.investigating_since,
        investigated_by=row.investigated_by,
        finding_id=str(row.finding_id),
        values=signal_values(row.evidence, books.rule(row.source_kind, row.source_key, row.version), books.catalogue),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmCode:
    """One of several fault codes of an alarm; see api.schemas.alarms."""

    source_address: int | None
    spn: int
    fmi: int
    text: Words
    from_at: datetime
    to_at: datetime | None
    has_own_alarm: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Why a machine is silent; see api.schemas.alarms."""

    reason: str
    share: float
    signs: list[Words]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmDetail(Alarm):
    """One alarm with its history; see api.schemas.alarms."""

    advice: Words | None
    from_at: datetime | None
    limits: list[AlarmLimit]
    codes: list[AlarmCode]
    hold: HoldRow | None
    silence: Silence | None
    transitions: list[TransitionRow]


async def get_alarm(conn: Connection, scope: Scope, alarm_id: UUID, *, catalogue: Catalogue) -> AlarmDetail:
    """One alarm with its transitions and the values that drove it. Raises NotFound."""
    rows = await read_alarms.find_alarms(conn, scope, [alarm_id])
    if not rows:
        raise NotFound
    row = rows[0]
    books = await RuleBooks.load(conn, [row.version], catalogue)
    alarm = alarm_of(row, books)
    return AlarmDetail(
        **{name: getattr(alarm, name) for name in Alarm.__dataclass_fields__},
        advice=books.advice(row.source_kind, row.source_key, row.version, _cascade(row)),
        from_at=await read_alarms.find_finding_start(conn, row.finding_id),
        limits=alarm_limits(books.rule(row.source_kind, row.source_key, row.version), catalogue),
        codes=_codes(row, catalogue),
        hold=await find_hold(conn, alarm_id),
        silence=None if row.reason is None else _silence(row.reason),
        transitions=await read_alarms.list_transitions(conn, alarm_id),
    )


def _cascade(row: AlarmRow) -> str:
    if row.code_case is None:
        return "" if row.reason is None else str(row.reason["key"])
    return str(row.code_case["cascade"])


def _silence(told: Mapping[str, Any]) -> Silence:
    signs = knowledge().signs
    said = [signs[key].says for key in told["spoke_for"] if key in signs]
    return Silence(reason=told["key"], share=told["share"], signs=[Words(zh=sign.zh, en=sign.en) for sign in said])


def _codes(row: AlarmRow, catalogue: Catalogue) -> list[AlarmCode]:
    codes = [] if row.code_case is None else row.code_case["codes"]
    return [
        AlarmCode(
            source_address=None if address < 0 else address,
            spn=spn,
            fmi=fmi,
            text=fault_words(spn, fmi, catalogue),
            from_at=instant(from_us),
            to_at=None if to_us is None else instant(to_us),
            has_own_alarm=apart,
        )
        for address, spn, fmi, from_us, to_us, apart in codes
    ]


def signal_values(evidence: Mapping[str, Any], rule: Rule | None, catalogue: Catalogue) -> list[SignalValue]:
    """A finding's values, in the order in which its rule names the signals."""
    order = rule_signals(rule)
    place = {key: i for i, key in enumerate(order)}
    return [
        SignalValue(key=key, value=_shown(value, key, catalogue), unit=catalogue[key].unit if key in catalogue else "")
        for key, value in sorted(evidence.items(), key=lambda item: (place.get(item[0], len(order)), item[0]))
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]


def _shown(value: float, key: str, catalogue: Catalogue) -> float:
    """An alarm may be seen by those who have no right to positions, so a place in it is coarse for all."""
    return coarse(catalogue[key], shown_value(catalogue[key], value)) if key in catalogue else float(value)
