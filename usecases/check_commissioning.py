"""The commissioning check of a new machine: is data arriving, are units plausible, is the clock right, is it on its
site, and what is missing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np

from fleet.batch import Reason
from fleet.data_classes import DataClass
from fleet.errors import NotFound
from fleet.identifiers import pin_doubt
from fleet.reasons import Code
from fleet.signals import Catalogue
from storage import commissioning, installations
from storage.commissioning import Expectation, Refused
from storage.installations import Installation
from storage.read_events import list_ledger
from storage.read_pool import Connection
from storage.read_state import StateRow, find_state
from storage.sight import MachineKey, Period, Scope, get_machine_key
from usecases.check_position import PlaceFinding, judge_place
from usecases.clock_doubts import judge_clock
from usecases.commissioning_words import Item, Sentence, Verdict, item
from usecases.read_ledger import gaps_of
from usecases.unit_doubts import RUNNING_RPM, RecentRows, as_facts, doubts
from usecases.unit_words import doubt_words

LOOK_BACK = timedelta(days=8)  # a clock that is days behind must still be seen
QUARANTINE_DAYS = timedelta(days=7)
ROWS = 2000
_NEWLY = timedelta(minutes=15)
_SILENT = timedelta(minutes=15)
_DEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commissioning:
    """The whole check; see api.schemas.commissioning."""

    machine_id: UUID
    pin: str
    name: str
    at: datetime
    verdict: Verdict
    items: list[Item]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Everything that the check looks at, of the time since the caller sees the machine."""

    now: datetime
    is_platform: bool
    expected: Expectation
    there: list[Installation]
    heard: dict[str, datetime]
    state: StateRow | None
    rows: RecentRows
    sensor_errors: dict[str, int]
    refused: dict[str, Refused]
    foreign_keys: dict[str, int]
    numbered: int
    missing: int
    place: PlaceFinding
    values: dict[str, float] = field(default_factory=dict)


async def check_commissioning(
    conn: Connection, scope: Scope, reference: str, *, catalogue: Catalogue, now: datetime
) -> Commissioning:
    """Check a machine whose readings the scope sees now. Raises NotFound."""
    key = await get_machine_key(conn, scope, reference)
    current = next((p for p in key.periods(DataClass.READINGS) if p.covers(now)), None)
    if current is None:
        raise NotFound
    seen = await _look(conn, scope, key, current, catalogue=catalogue, now=now)
    items = [judge(seen, catalogue) for judge in JUDGES]
    return Commissioning(
        machine_id=key.public_id,
        pin=seen.expected.pin,
        name=seen.expected.name,
        at=now,
        verdict=_worst(items),
        items=items,
    )


async def _look(
    conn: Connection, scope: Scope, key: MachineKey, current: Period, *, catalogue: Catalogue, now: datetime
) -> Seen:
    number, seen = key.machine_id, [current]
    since = now - LOOK_BACK
    state = await find_state(conn, number)
    if state is not None and not current.covers(state.measured_at or state.received_at):
        state = None
    reported = [s for s in catalogue if state is not None and s.id in state.signal_ids]
    measured, received, values = await commissioning.list_newest(conn, number, reported, seen, since=since, limit=ROWS)
    rows = RecentRows(measured_us=measured, received_us=received, keys=tuple(s.key for s in reported), values=values)
    errors = await commissioning.count_sensor_errors(conn, number, seen, since=since)
    ledger = await list_ledger(conn, number, seen, sees_all=scope.sees_all, limit=50)
    kept = [(row, [(int(r.lower or 0), int(r.upper or 0) - 1) for r in row.ranges]) for row in ledger]
    gaps = [gap for row, stretches in kept for gap in gaps_of(row.through, stretches)]
    there = [i for i in await installations.list_open(conn, number, at=now) if i.from_at is None or i.from_at <= now]
    expected = await commissioning.get_expectation(conn, scope, number)
    place = await judge_place(conn, scope, key, expected, rows, systems=there, catalogue=catalogue, now=now)
    return Seen(
        now=now,
        is_platform=scope.sees_all,
        expected=expected,
        there=there,
        heard=await commissioning.list_heard(conn, number, since=current.from_at, now=now),
        state=state,
        rows=rows,
        sensor_errors={s.key: errors[s.id] for s in catalogue if s.id in errors},
        refused=await commissioning.count_refused(
            conn, number, since=max(now - QUARANTINE_DAYS, current.from_at or now - QUARANTINE_DAYS)
        ),
        foreign_keys=await commissioning.count_foreign_keys(conn, number, seen, since=since),
        numbered=sum(row.messages for row in ledger),
        missing=sum(last - first + 1 for first, last in gaps),
        place=place,
    )


def _terminal(seen: Seen, _: Catalogue) -> Item:
    if not seen.there:
        return item("terminal", "failed", "none")
    online = seen.state is not None and seen.state.online
    names = ", ".join(i.terminal for i in seen.there)
    if not online and _sends_refused(seen):
        return item("terminal", "warning", "refused", terminal=names, list=_refused_words(seen))
    if not online:
        return item("terminal", "warning", "offline", terminal=names)
    return item("terminal", "ok", "online", terminal=names) if len(seen.there) == 1 else _several_terminals(seen)


def _several_terminals(seen: Seen) -> Item:
    """Which of the terminals of a machine that is online send, as far as they number their messages."""
    names = sorted(i.terminal for i in seen.there)
    heard = {name: seen.heard.get(name) for name in names}
    sending = [name for name, at in heard.items() if at is not None and seen.now - at <= _SILENT]
    silent = [name for name in names if name not in sending]
    facts = {"heard": heard}
    if not sending:
        return item("terminal", "unknown", "untold", facts=facts, list=names)
    if silent:
        return item("terminal", "warning", "partly", facts=facts, terminal=sending, list=silent, span=_SILENT)
    return item("terminal", "ok", "online", facts=facts, terminal=names)


def _sends_refused(seen: Seen) -> bool:
    """True while what the terminal sends goes into quarantine."""
    return any(seen.now - refused.newest <= _SILENT for refused in seen.refused.values())


def _refused_words(seen: Seen) -> list[Sentence]:
    return [
        Sentence(
            zh=f"{Code('quarantine_reasons', why).in_language('zh')} {refused.entries}", en=f"{refused.entries} {why}"
        )
        for why, refused in seen.refused.items()
    ]


def _arriving(seen: Seen, _: Catalogue) -> Item:
    is_empty = seen.state is None or seen.state.measured_at is None
    if seen.refused and is_empty:
        return item("arriving", "failed", "refused", list=_refused_words(seen))
    if seen.state is None or seen.state.measured_at is None:
        return item("arriving", "failed", "never")
    age = seen.now - seen.state.received_at
    speed = seen.rows.of("engine_speed_rpm")
    speed = speed[np.isfinite(speed)]
    newly_us = (seen.now - _NEWLY).timestamp() * 1e6
    newly = int((seen.rows.received_us >= newly_us).sum())
    per_minute = f"{newly / (_NEWLY / timedelta(minutes=1)):.3g}"
    facts = {"received_at": seen.state.received_at, "rows_15_min": newly}
    if age > _SILENT and _sends_refused(seen):
        return item("arriving", "failed", "refused", facts=facts, list=_refused_words(seen))
    if age > _DEAD:
        parked = len(speed) > 0 and speed[-1] < RUNNING_RPM
        return item("arriving", "warning" if parked else "failed", "parked" if parked else "dead", facts=facts, age=age)
    if age > _SILENT:
        return item("arriving", "warning", "silent", facts=facts, age=age)
    return item("arriving", "ok", "ok", facts=facts, age=age, per_minute=per_minute)


def _units(seen: Seen, catalogue: Catalogue) -> Item:
    if not len(seen.rows.measured_us):
        return item("units", "unknown", "none")
    found = doubts(seen.rows, catalogue, seen.sensor_errors)
    if found:
        verdict: Verdict = "failed" if any(doubt.certain for doubt in found) else "warning"
        facts = {"doubts": [as_facts(doubt) for doubt in found]}
        return item("units", verdict, "doubt", facts=facts, list=[doubt_words(d, catalogue) for d in found])
    reported = int(np.isfinite(seen.rows.values).any(axis=0).sum())
    return item("units", "ok", "ok", signals=reported)


def _clock(seen: Seen, _: Catalogue) -> Item:
    newest = np.argsort(seen.rows.received_us)[-300:]
    found = judge_clock(seen.rows.measured_us[newest], seen.rows.received_us[newest])
    if future := seen.refused.get(Reason.CLOCK_FUTURE):
        judged_from_us = seen.rows.received_us[newest].min(initial=2**62)
        is_over = found.kind == "right" and future.newest.timestamp() * 1e6 < judged_from_us
        finding = "future_before" if is_over else "future"
        return item(
            "clock", "warning" if is_over else "failed", finding, for_platform=seen.is_platform, entries=future.entries
        )
    verdicts: dict[str, Verdict] = {"right": "ok", "unknown": "unknown", "late": "warning", "drifts": "warning"}
    return item(
        "clock",
        verdicts.get(found.kind, "failed"),
        found.kind,
        facts={"delay_s": round(found.delay_s, 3), "spread_s": round(found.spread_s, 3), "drift_ppm": found.drift_ppm},
        delay=timedelta(seconds=abs(found.delay_s)),
        spread=timedelta(seconds=found.spread_s),
        zone=f"{found.zone_h or 0:+g}",
        offset_s=f"{-3600 * (found.zone_h or 0):+.0f}",
        per_day=timedelta(seconds=abs(found.drift_ppm or 0) * 0.0864),
    )


def _position(seen: Seen, _: Catalogue) -> Item:
    place = seen.place
    return item("position", place.verdict, place.kind, facts=place.facts, **place.words)


def _ledger(seen: Seen, _: Catalogue) -> Item:
    if not seen.numbered:
        return item("ledger", "unknown", "none")
    facts = {"messages": seen.numbered, "missing": seen.missing}
    if seen.missing:
        return item("ledger", "warning", "gaps", facts=facts, missing=seen.missing)
    return item("ledger", "ok", "ok", facts=facts)


def _quarantine(seen: Seen, _: Catalogue) -> Item:
    if not seen.refused:
        return item("quarantine", "ok", "ok")
    counts = {reason: refused.entries for reason, refused in seen.refused.items()}
    facts = {"reasons": counts}
    return item("quarantine", "warning", "some", facts=facts, for_platform=seen.is_platform, list=_refused_words(seen))


def _keys(seen: Seen, _: Catalogue) -> Item:
    if not seen.foreign_keys:
        return item("keys", "ok", "ok")
    facts = {"keys": seen.foreign_keys}
    return item(
        "keys",
        "warning",
        "some",
        facts=facts,
        for_platform=seen.is_platform,
        count=len(seen.foreign_keys),
        list=list(seen.foreign_keys),
    )


def _expected(seen: Seen, catalogue: Catalogue) -> Item:
    wanted = [key for key in seen.expected.expected_signals if key in catalogue]
    if not wanted:
        return item("expected", "unknown", "unknown")
    missing = [key for key in wanted if not np.isfinite(seen.rows.of(key)).any()]
    if not missing:
        return item("expected", "ok", "ok", signals=len(wanted))
    verdict: Verdict = "failed" if len(missing) == len(wanted) else "warning"
    named = [Sentence(zh=catalogue[key].zh, en=catalogue[key].en) for key in missing]
    return item("expected", verdict, "missing", facts={"missing": missing}, list=named)


def _identity(seen: Seen, _: Catalogue) -> Item:
    pin, vin = seen.expected.pin, seen.expected.vin
    if vin and len(vin) == len(pin) == 17 and vin.upper() != pin.upper():
        return item("identity", "warning", "vin", vin=vin, pin=pin)
    if doubt := pin_doubt(pin):
        return item("identity", "warning", "doubt", doubt=doubt)
    return item("identity", "ok", "ok")


JUDGES: tuple[Callable[[Seen, Catalogue], Item], ...] = (
    *(_terminal, _arriving, _clock, _units, _position),
    *(_expected, _keys, _ledger, _quarantine, _identity),
)


def _worst(items: list[Item]) -> Verdict:
    """failed before warning before ok; nothing known at all is unknown."""
    order: tuple[Verdict, ...] = ("failed", "warning", "ok", "unknown")
    return next(verdict for verdict in order if verdict in {one.verdict for one in items})
