"""Machines: pages of the list, one with its terminals and attributes, and the light list of the whole fleet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import LiteralString
from uuid import UUID

import msgspec
from psycopg.rows import class_row

from fleet.data_classes import DataClass
from storage.coordinates import OF_MACHINES, Shifted, shifted_of
from storage.machine_pages import Place
from storage.read_pool import Connection
from storage.sight import Period, Sight

_encode = msgspec.json.Encoder().encode  # seven arrays as parameters take ten times as long
EVER = datetime(1900, 1, 1, tzinfo=UTC)  # what join_seen says for a period without a beginning


@dataclass(slots=True, kw_only=True)  # frozen, a page of them takes a tenth longer
class MachineRow:
    """One machine with its model, owner, last state and open alarms. Parallel are `signal_*`, and `shifted_*`."""

    machine_id: int
    public_id: UUID
    pin: str
    serial_no: str | None
    equipment_id: str | None
    name: str
    kind: str
    model: str | None
    maker: str | None
    site: str | None
    time_zone: str | None
    organisation: str | None
    mode: str
    nominal_voltage_v: int | None
    registered_at: datetime
    version: int
    updated_at: datetime
    site_id: UUID | None
    model_id: UUID | None
    organisation_id: UUID | None
    online: bool | None
    work_state: str | None
    measured_at: datetime | None
    received_at: datetime | None
    signal_ids: list[int]
    signal_values: list[float]
    signal_at_us: list[int]
    open_alarms: int
    severity: str | None
    readings_from: datetime | None
    position_from: datetime | None
    hours_from: datetime | None
    alarms_from: datetime | None
    sort_value: str
    shifted_from_us: list[int | None] | None
    shifted_to_us: list[int | None] | None
    shifted_system: list[str] | None

    @property
    def shifts(self) -> list[Shifted]:
        """When its places were not stated in WGS 84."""
        return shifted_of(self.shifted_from_us, self.shifted_to_us, self.shifted_system)

    def sight(self, *, exact_positions: bool) -> Sight:
        """What of the last state the scope may see."""
        return _sight(self.readings_from, self.position_from, self.hours_from, self.alarms_from, exact_positions)


@lru_cache(maxsize=1000)  # most lines of a page are seen alike
def _sight(
    readings: datetime | None, position: datetime | None, hours: datetime | None, alarms: datetime | None, exact: bool
) -> Sight:
    since = {
        DataClass.READINGS: readings,
        DataClass.POSITION: position,
        DataClass.HOURS: hours,
        DataClass.ALARMS: alarms,
    }
    return Sight.since(since, exact_positions=exact)


DETAILS: LiteralString = (
    """
SELECT m.machine_id, m.public_id, m.pin, m.serial_no, m.equipment_id, m.name, coalesce(mm.kind, 'other') AS kind,
    mm.name AS model, mm.maker, t.name AS site, t.time_zone, o.name AS organisation, m.mode,
    coalesce(m.nominal_voltage_v, mm.nominal_voltage_v) AS nominal_voltage_v, m.registered_at, m.version, m.updated_at,
    t.public_id AS site_id, mm.public_id AS model_id, o.public_id AS organisation_id,
    s.online, s.work_state, s.measured_at, s.received_at,
    coalesce(last.ids, '{}') AS signal_ids, coalesce(last.values, '{}') AS signal_values,
    coalesce(last.at_us, '{}') AS signal_at_us, a.open_alarms,
    (ARRAY['info', 'low', 'medium', 'high', 'critical'])[a.weight] AS severity,
    page.readings_from, page.position_from, page.hours_from, page.alarms_from, page.sort_value,
    shifted.shifted_from_us, shifted.shifted_to_us, shifted.shifted_system
FROM ROWS FROM (json_to_recordset(%(places)s::json) AS (
        machine_id int, seen_from timestamptz, readings_from timestamptz, position_from timestamptz,
        hours_from timestamptz, alarms_from timestamptz, sort_value text
    )) WITH ORDINALITY
    AS page (machine_id, seen_from, readings_from, position_from, hours_from, alarms_from, sort_value, line)
JOIN machine m USING (machine_id)
LEFT JOIN machine_model mm USING (model_id)
LEFT JOIN site t USING (site_id)
LEFT JOIN ownership w ON w.machine_id = m.machine_id AND w.from_at <= %(now)s AND %(now)s < w.to_at
LEFT JOIN organisation o ON o.organisation_id = w.organisation_id
LEFT JOIN machine_state s ON s.machine_id = m.machine_id AND coalesce(s.measured_at, s.received_at) >= page.seen_from
CROSS JOIN LATERAL (
    SELECT count(*)::int AS open_alarms, max(l.severity_weight) AS weight
    FROM alarm l WHERE l.machine_id = m.machine_id AND l.state = 'active' AND l.raised_at >= page.alarms_from
) a
CROSS JOIN LATERAL (
    -- of some thirty signals the few that are shown
    SELECT array_agg(w.id) AS ids, array_agg(s.signal_values[w.place]) AS values,
        array_agg(s.signal_at_us[w.place]) AS at_us
    FROM (SELECT x.id, array_position(s.signal_ids, x.id) AS place FROM unnest(%(signals)s::int2[]) x (id)) w
    WHERE w.place IS NOT NULL
) last
"""  # noqa: S608
    + OF_MACHINES
    + " ORDER BY page.line"
)


async def list_details(
    conn: Connection, places: Sequence[Place], *, signals: Sequence[int], now: datetime
) -> list[MachineRow]:
    """What there is to show of machines whose visibility was checked when their places were found, in that order, with
    the last values of these signal ids."""
    parameters = {
        "places": _encode(places).decode(),
        "machines": [place.machine_id for place in places],
        "signals": list(signals),
        "now": now,
    }
    async with conn.cursor(row_factory=class_row(MachineRow)) as cursor:
        return await (await cursor.execute(DETAILS, parameters)).fetchall()


OPTIONS: LiteralString = """
SELECT o.code FROM machine_option mo JOIN model_option o USING (option_id) WHERE mo.machine_id = %s ORDER BY o.code
"""


async def list_options(conn: Connection, machine_id: int) -> list[str]:
    """The codes of the machine's factory options, whose visibility the caller has checked."""
    return [code for (code,) in await (await conn.execute(OPTIONS, [machine_id])).fetchall()]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationRow:
    """A terminal's time on a machine; None is open-ended."""

    terminal: str
    from_at: datetime | None
    to_at: datetime | None


INSTALLATIONS: LiteralString = """
SELECT t.name AS terminal, nullif(i.from_at, '-infinity') AS from_at, nullif(i.to_at, 'infinity') AS to_at
FROM installation i JOIN terminal t USING (terminal_id)
WHERE i.machine_id = %(machine)s AND EXISTS (
    SELECT FROM unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) p (from_at, to_at)
    WHERE tstzrange(p.from_at, p.to_at) && tstzrange(i.from_at, i.to_at)
)
ORDER BY i.from_at DESC LIMIT 100
"""


async def list_installations(conn: Connection, machine_id: int, periods: Sequence[Period]) -> list[InstallationRow]:
    """The terminals that were on the machine during these periods, the latest first, at most 100."""
    parameters = {"machine": machine_id} | period_arrays(periods)
    async with conn.cursor(row_factory=class_row(InstallationRow)) as cursor:
        return await (await cursor.execute(INSTALLATIONS, parameters)).fetchall()


def period_arrays(periods: Sequence[Period]) -> dict[str, list[datetime | None]]:
    """Parameters `from` and `to` for unnest(); NULL is an open end of a tstzrange."""
    return {"from": [p.from_at for p in periods], "to": [p.to_at for p in periods]}


ATTRIBUTES: LiteralString = """
SELECT key, value FROM machine_attribute WHERE machine_id = %(machine)s AND EXISTS (
    SELECT FROM unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) p (from_at, to_at)
    WHERE tstzrange(p.from_at, p.to_at) @> at
) ORDER BY key LIMIT 500
"""


async def list_attributes(conn: Connection, machine_id: int, periods: Sequence[Period]) -> dict[str, str]:
    """The text attributes that the machine reported during these periods."""
    found = await conn.execute(ATTRIBUTES, {"machine": machine_id} | period_arrays(periods))
    return dict(await found.fetchall())
