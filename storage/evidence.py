"""What `ecc diagnose` reads and writes to put evidence together: what is due, facts of machines, packs, past cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec
import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

BEGIN: LiteralString = """
SELECT set_config('statement_timeout', '60s', false),
    pg_try_advisory_lock(hashtextextended('ecc diagnose ' || %s, 0))
"""


def begin_step(conn: psycopg.Connection, name: str) -> bool:
    """Take a step of `ecc diagnose` to this connection, until it ends; False while another one has it.

    No statement of it takes longer than a minute. `conn` is in autocommit.
    """
    row = conn.execute(BEGIN, [name]).fetchone()
    return row is not None and row[1] is True


@dataclass(frozen=True, slots=True, kw_only=True)
class DueFinding:
    """A finding whose evidence is to be made, and the last of its entries that this answers; times in us UTC."""

    finding_id: UUID
    due_id: int
    attempts: int
    machine_id: int
    source_kind: str
    source_key: str
    version: str
    severity: str
    from_us: int
    held_us: int
    to_us: int | None
    values: dict[str, Any]
    cascade: str | None  # what several codes have in common
    codes: list[list[Any]]  # theirs: address, SPN, FMI, from, to, apart
    is_withdrawn: bool
    reason: dict[str, Any] | None = None  # of a silence, without its place


DUE: LiteralString = """
SELECT f.finding_id, max(d.due_id) AS due_id, max(d.attempts) AS attempts, f.machine_id, f.source_kind, f.source_key,
    f.version, f.severity, (extract(epoch FROM f.from_at) * 1000000)::bigint AS from_us,
    (extract(epoch FROM f.held_at) * 1000000)::bigint AS held_us,
    (extract(epoch FROM f.to_at) * 1000000)::bigint AS to_us, f.evidence AS values,
    f.code_case ->> 'cascade' AS cascade, coalesce(f.code_case -> 'codes', '[]') AS codes,
    f.withdrawn_at IS NOT NULL AS is_withdrawn, f.reason - 'place' AS reason
FROM evidence_due d JOIN finding f USING (finding_id)
WHERE d.not_before <= %(now)s
GROUP BY f.finding_id
ORDER BY f.historic, array_position('{critical,high,medium,low,info}'::text [], f.severity), f.held_at DESC
LIMIT %(most)s
"""
WAITING: LiteralString = "SELECT count(DISTINCT finding_id) FROM evidence_due"


def list_due(conn: psycopg.Connection, *, now: datetime, most: int) -> list[DueFinding]:
    """Findings without evidence of what they are now, the newest critical ones first."""
    with conn.cursor(row_factory=class_row(DueFinding)) as cursor:
        return cursor.execute(DUE, {"now": now, "most": most}).fetchall()


def count_waiting(conn: psycopg.Connection) -> int:
    """How many findings wait for their evidence, those that are tried again later among them."""
    row = conn.execute(WAITING).fetchone()
    return 0 if row is None else int(row[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingFinding:
    """A finding of a rule or a fault code that is open."""

    source_kind: str
    source_key: str
    version: str
    lamps: int  # that its code was told with, -1 unknown


STANDING: LiteralString = """
SELECT source_kind, source_key, version, coalesce((evidence ->> 'lamps')::float8::int, -1) AS lamps FROM finding
WHERE machine_id = %s AND source_kind IN ('rule', 'dtc') AND to_at IS NULL AND withdrawn_at IS NULL
ORDER BY array_position('{critical,high,medium,low,info}'::text [], severity), held_at
"""
RENEW_SENSORS: LiteralString = """
INSERT INTO evidence_due (finding_id)
SELECT finding_id FROM finding
WHERE machine_id = ANY(%s) AND source_kind = 'sensor' AND to_at IS NULL AND withdrawn_at IS NULL
"""


def list_standing(conn: psycopg.Connection, machine: int) -> list[StandingFinding]:
    """What is open of a machine, the gravest first."""
    with conn.cursor(row_factory=class_row(StandingFinding)) as cursor:
        return cursor.execute(STANDING, [machine]).fetchall()


def renew_sensors(conn: psycopg.Connection, machines: Sequence[int]) -> None:
    """Let the open findings about these machines' sensors be diagnosed again: alarms that stand on them changed."""
    conn.execute(RENEW_SENSORS, [list(machines)])


SETTLE: LiteralString = """
DELETE FROM evidence_due d USING unnest(%s::uuid[], %s::bigint[]) AS s (finding_id, due_id)
WHERE d.finding_id = s.finding_id AND d.due_id <= s.due_id
"""
PUT: LiteralString = """
INSERT INTO finding_evidence (finding_id, machine_id, source_kind, source_key, held_at, revision, made_at, frame, pack)
VALUES (%(finding)s, %(machine)s, %(kind)s, %(key)s, to_timestamp(%(held_us)s::float8 / 1e6), 1, %(now)s, %(frame)s,
        %(pack)s)
ON CONFLICT (finding_id) DO UPDATE SET revision = finding_evidence.revision + 1, held_at = excluded.held_at,
    made_at = excluded.made_at, frame = excluded.frame, pack = excluded.pack, failure = NULL
"""


@dataclass(frozen=True, slots=True)
class NewEvidence:
    """The pack of a finding, and the values by which it is compared with others."""

    finding: DueFinding
    frame: Mapping[str, float]
    pack: Mapping[str, Any]


def put_evidence(conn: psycopg.Connection, made: Sequence[NewEvidence], *, now: datetime) -> None:
    """Keep packs in place of those that the findings had. Their entries are left: `settle` in the same transaction."""
    rows = [
        {
            "finding": one.finding.finding_id,
            "machine": one.finding.machine_id,
            "kind": one.finding.source_kind,
            "key": one.finding.source_key,
            "held_us": one.finding.held_us,
            "now": now,
            "frame": Jsonb(dict(one.frame)),
            "pack": Jsonb(one.pack, dumps=msgspec.json.encode),
        }
        for one in made
    ]
    with conn.cursor() as cursor:
        cursor.executemany(PUT, rows)


def settle(conn: psycopg.Connection, findings: Sequence[DueFinding]) -> None:
    """These are done; what changed meanwhile has an entry of its own and stays due."""
    conn.execute(SETTLE, [[one.finding_id for one in findings], [one.due_id for one in findings]])


FAILED: LiteralString = """
WITH postponed AS (
    UPDATE evidence_due SET attempts = attempts + 1, not_before = %(again)s
    WHERE finding_id = %(finding)s AND due_id <= %(due)s
)
INSERT INTO finding_evidence (finding_id, machine_id, source_kind, source_key, held_at, revision, made_at, failure)
VALUES (%(finding)s, %(machine)s, %(kind)s, %(key)s, to_timestamp(%(held_us)s::float8 / 1e6), 0, %(now)s, %(why)s)
ON CONFLICT (finding_id) DO UPDATE SET failure = excluded.failure
"""


def put_failure(conn: psycopg.Connection, finding: DueFinding, *, why: str, again: datetime, now: datetime) -> None:
    """The pack could not be made: it is due again at `again`."""
    given = {"finding": finding.finding_id, "due": finding.due_id, "machine": finding.machine_id, "now": now}
    given |= {"kind": finding.source_kind, "key": finding.source_key, "held_us": finding.held_us}
    conn.execute(FAILED, given | {"why": why[:500], "again": again})


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineCase:
    """What a pack says of its machine; `signal_*` are the last values known, parallel, times in us UTC."""

    machine_id: int
    model: str
    kind: str
    mode: str
    software: str | None
    nominal_voltage_v: float | None
    signal_ids: list[int]
    signal_values: list[float]
    signal_at_us: list[int]


MACHINES: LiteralString = """
SELECT m.machine_id, coalesce(d.name, '') AS model, coalesce(d.kind, '') AS kind, m.mode,
    (SELECT a.value FROM machine_attribute a WHERE a.machine_id = m.machine_id AND a.key = 'software_id') AS software,
    coalesce(m.nominal_voltage_v, d.nominal_voltage_v)::float8 AS nominal_voltage_v,
    coalesce(s.signal_ids, '{}') AS signal_ids, coalesce(s.signal_values, '{}') AS signal_values,
    coalesce(s.signal_at_us, '{}') AS signal_at_us
FROM machine m LEFT JOIN machine_model d USING (model_id) LEFT JOIN machine_state s ON s.machine_id = m.machine_id
WHERE m.machine_id = ANY(%s)
"""


def list_machine_cases(conn: psycopg.Connection, machines: Sequence[int]) -> dict[int, MachineCase]:
    """These machines by id."""
    with conn.cursor(row_factory=class_row(MachineCase)) as cursor:
        return {row.machine_id: row for row in cursor.execute(MACHINES, [list(machines)])}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLimits:
    """A machine's own limits of a rule as they were given, until an instant, and why."""

    machine_id: int
    rule: str
    limits: dict[str, Any]
    reason: str
    until_us: int


OWN_LIMITS: LiteralString = """
SELECT machine_id, rule, limits, reason, (extract(epoch FROM until) * 1000000)::bigint AS until_us
FROM rule_override WHERE machine_id = ANY(%s) AND NOT is_off
"""


def list_own_limits(conn: psycopg.Connection, machines: Sequence[int]) -> list[OwnLimits]:
    """Those of these machines."""
    with conn.cursor(row_factory=class_row(OwnLimits)) as cursor:
        return cursor.execute(OWN_LIMITS, [list(machines)]).fetchall()


HEARD: LiteralString = """
SELECT (extract(epoch FROM from_at) * 1000000)::bigint, (extract(epoch FROM to_at) * 1000000)::bigint
FROM platform_health
WHERE to_at >= to_timestamp(%s::float8 / 1e6) AND from_at <= to_timestamp(%s::float8 / 1e6)
    OR health_id = (SELECT health_id FROM platform_health ORDER BY from_at LIMIT 1)
ORDER BY from_at
"""


def list_heard(conn: psycopg.Connection, from_us: int, to_us: int) -> list[tuple[int, int]]:
    """When the platform could hear, of any gateway, between two instants, and the first time ever; microseconds UTC."""
    return [(row[0], row[1]) for row in conn.execute(HEARD, [from_us, to_us])]


REFUSED: LiteralString = """
SELECT n.place, q.reason, count(*)
FROM unnest(%s::int[], %s::int[], %s::bigint[], %s::bigint[]) AS n (place, machine_id, from_us, to_us)
JOIN installation i ON i.machine_id = n.machine_id AND i.from_at < to_timestamp(n.to_us::float8 / 1e6)
    AND i.to_at > to_timestamp(n.from_us::float8 / 1e6)
JOIN terminal t USING (terminal_id)
JOIN quarantine q ON q.terminal = t.name AND q.received_at >= to_timestamp(n.from_us::float8 / 1e6)
    AND q.received_at < to_timestamp(n.to_us::float8 / 1e6)
GROUP BY n.place, q.reason
"""


def count_refused(
    conn: psycopg.Connection, machines: Sequence[int], from_us: Sequence[int], to_us: Sequence[int]
) -> dict[int, dict[str, int]]:
    """Messages and rows of each machine's terminals in quarantine that came in its range: by place, by reason."""
    found: dict[int, dict[str, int]] = {}
    given = [list(range(len(machines))), list(machines), list(from_us), list(to_us)]
    for place, reason, count in conn.execute(REFUSED, given):
        found.setdefault(place, {})[reason] = count
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCase:
    """A finding with its pack, to compare another one with."""

    finding_id: UUID
    machine_id: int
    model: str
    held_us: int
    frame: dict[str, float]


PAST: LiteralString = """
SELECT e.finding_id, e.machine_id, coalesce(d.name, '') AS model, e.frame,
    (extract(epoch FROM e.held_at) * 1000000)::bigint AS held_us
FROM finding_evidence e JOIN finding f USING (finding_id) JOIN machine m ON m.machine_id = e.machine_id
LEFT JOIN machine_model d USING (model_id)
WHERE e.source_kind = %(kind)s AND e.source_key = %(key)s AND e.pack IS NOT NULL AND f.withdrawn_at IS NULL
    AND e.held_at < to_timestamp(%(before_us)s::float8 / 1e6)
ORDER BY e.held_at DESC LIMIT %(most)s
"""


def list_past_cases(
    conn: psycopg.Connection, source_kind: str, source_key: str, *, before_us: int, most: int
) -> list[PastCase]:
    """The newest cases of one source that held before an instant."""
    given = {"kind": source_kind, "key": source_key, "before_us": before_us, "most": most}
    with conn.cursor(row_factory=class_row(PastCase)) as cursor:
        return cursor.execute(PAST, given).fetchall()
