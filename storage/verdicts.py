"""Verdicts on findings, the last of which counts, and how well each source of findings does by them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row

from storage.ids import uuid7
from storage.keyset import list_rows
from storage.read_pool import Connection
from storage.sight import SEEN_NOW, Scope

VerdictWord = Literal["true_fault", "nuisance", "sensor", "not_found"]
SolvedWord = Literal["remote", "visit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedFinding:
    """A finding on which somebody gives a verdict; `machine_is_seen`: now; is_withdrawn: it was taken back."""

    finding_id: UUID
    machine_id: int
    machine_is_seen: bool
    is_withdrawn: bool


# Held while the machine was the scope's to see, as its alarm is read.
_SEEN: LiteralString = """
AND (EXISTS (SELECT FROM ownership p WHERE p.machine_id = f.machine_id AND p.from_at <= f.held_at
        AND f.held_at < p.to_at AND p.organisation_id = ANY(%(organisations)s))
    OR EXISTS (SELECT FROM sharing p WHERE p.machine_id = f.machine_id AND p.from_at <= f.held_at
        AND f.held_at < p.to_at AND p.organisation_id = ANY(%(organisations)s) AND p.data_class IN ('all', 'alarms')))
"""
_FINDING: LiteralString = """
SELECT f.finding_id, f.machine_id, {seen_now} AS machine_is_seen, f.withdrawn_at IS NOT NULL AS is_withdrawn
FROM finding f JOIN machine m USING (machine_id) WHERE f.finding_id = %(finding)s {seen}
"""


async def find_judged_finding(conn: Connection, scope: Scope, finding: UUID) -> JudgedFinding | None:
    """The finding, if the scope sees it."""
    seen_now, seen = ("TRUE", "") if scope.sees_all else (SEEN_NOW, _SEEN)
    statement = sql.SQL(_FINDING).format(seen_now=sql.SQL(seen_now), seen=sql.SQL(seen))
    async with conn.cursor(row_factory=class_row(JudgedFinding)) as cursor:
        return await (await cursor.execute(statement, {"finding": finding} | scope.parameters)).fetchone()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRow:
    """One verdict; `number` orders those of a finding."""

    number: int
    public_id: UUID
    verdict: VerdictWord
    part: str | None
    note: str | None
    failed_at: datetime | None
    solved: SolvedWord | None
    given_at: datetime
    by_name: str


_TOLD = ("verdict", "part", "note", "failed_at", "solved")
INSERT: LiteralString = """
INSERT INTO finding_verdict (public_id, finding_id, verdict, part, note, failed_at, solved, given_at, given_by, by_name)
VALUES (%(id)s, %(finding)s, %(verdict)s, %(part)s, %(note)s, %(failed_at)s, %(solved)s, %(at)s, %(user)s, %(name)s)
RETURNING verdict_id
"""


async def insert_verdict(
    conn: Connection, finding: UUID, given: Mapping[str, Any], *, user: int, name: str, at: datetime
) -> VerdictRow:
    """Add a verdict; `given`: verdict, part, note, failed_at, solved. Whether the finding may be judged is checked."""
    told: dict[str, Any] = {member: given.get(member) for member in _TOLD}
    public_id = uuid7()
    parameters = told | {"id": public_id, "finding": finding, "user": user, "name": name, "at": at}
    row = await (await conn.execute(INSERT, parameters)).fetchone()
    assert row is not None  # RETURNING of an insert without a condition
    return VerdictRow(number=row[0], public_id=public_id, given_at=at, by_name=name, **told)


LIST: LiteralString = """
SELECT verdict_id AS number, public_id, verdict, part, note, failed_at, solved, given_at, by_name
FROM finding_verdict
WHERE finding_id = %(finding)s AND verdict_id < %(before)s ORDER BY verdict_id DESC LIMIT %(limit)s
"""


async def list_verdicts(conn: Connection, finding: UUID, *, before: int, limit: int) -> list[VerdictRow]:
    """A finding's verdicts, the newest first, whose visibility the caller has checked."""
    return await list_rows(conn, VerdictRow, LIST, {"finding": finding, "before": before, "limit": limit})


@dataclass(frozen=True, slots=True, kw_only=True)
class SolvedRow:
    """Problems by how they were solved, and how many of them were handed over for a visit."""

    problems: int
    remotely: int
    by_visit: int
    handed_over: int


# A problem is a finding whose last verdict says that the machine or a sensor had something, given within the span.
_SOLVED: LiteralString = """
SELECT count(*) AS problems, count(*) FILTER (WHERE v.solved = 'remote') AS remotely,
    count(*) FILTER (WHERE v.solved = 'visit') AS by_visit,
    count(*) FILTER (WHERE EXISTS (SELECT FROM visit_hand_over h WHERE h.finding_id = f.finding_id)) AS handed_over
FROM last_verdict v JOIN finding f USING (finding_id)
WHERE v.verdict IN ('true_fault', 'sensor') AND f.withdrawn_at IS NULL
    AND (%(from)s::timestamptz IS NULL OR v.given_at >= %(from)s)
    AND (%(to)s::timestamptz IS NULL OR v.given_at < %(to)s) {seen}
"""


async def count_solved(
    conn: Connection, scope: Scope, *, from_at: datetime | None, to_at: datetime | None
) -> SolvedRow:
    """The problems that the scope sees, by how they were solved; from_at <= the verdict's time < to_at."""
    statement = sql.SQL(_SOLVED).format(seen=sql.SQL("" if scope.sees_all else _SEEN))
    async with conn.cursor(row_factory=class_row(SolvedRow)) as cursor:
        row = await (await cursor.execute(statement, {"from": from_at, "to": to_at} | scope.parameters)).fetchone()
    assert row is not None  # counts
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityRow:
    """One source and version: how many findings, verdicts, minutes of false alarms, and hours of lead."""

    source_kind: str
    source_key: str
    version: str
    findings: int
    true_fault: int
    nuisance: int
    sensor: int
    not_found: int
    false_alarm_minutes: float
    leads_h: list[float]


# A false alarm costs from its acknowledgement to its verdict, at most %(most)s minutes, or %(usual)s where nobody
# had acknowledged it by then; `info` and what was found late called nobody. A lead is from held_at to the moment that
# the verdict gives, else to the first fault code, within %(within)s, of an SPN that one of the finding's signals has.
QUALITY: LiteralString = """
SELECT f.source_kind, f.source_key, f.version, count(*) AS findings,
    count(*) FILTER (WHERE v.verdict = 'true_fault') AS true_fault,
    count(*) FILTER (WHERE v.verdict = 'nuisance') AS nuisance,
    count(*) FILTER (WHERE v.verdict = 'sensor') AS sensor,
    count(*) FILTER (WHERE v.verdict = 'not_found') AS not_found,
    coalesce(sum(
        CASE WHEN coalesce(a.acknowledged_at > v.given_at, TRUE) THEN %(usual)s
            ELSE least(greatest(extract(epoch FROM v.given_at - a.acknowledged_at) / 60, 0), %(most)s)
        END
    ) FILTER (
        WHERE (v.verdict IN ('nuisance', 'not_found') OR (v.verdict = 'sensor' AND f.source_kind <> 'sensor'))
            AND f.severity <> 'info' AND NOT f.historic
    ), 0)::float8 AS false_alarm_minutes,
    coalesce(
        array_agg((extract(epoch FROM coalesce(v.failed_at, d.from_at) - f.held_at) / 3600)::float8)
            FILTER (WHERE v.verdict = 'true_fault' AND coalesce(v.failed_at, d.from_at) IS NOT NULL),
        '{}'
    ) AS leads_h
FROM finding f
LEFT JOIN last_verdict v USING (finding_id)
LEFT JOIN LATERAL (
    SELECT acknowledged_at FROM alarm x WHERE x.finding_id = f.finding_id ORDER BY x.raised_at LIMIT 1
) a ON TRUE
LEFT JOIN LATERAL (
    SELECT min(c.from_at) AS from_at FROM finding c
    JOIN unnest(%(keys)s::text[], %(spns)s::int[]) AS s (key, spn)
        ON s.spn = split_part(c.source_key, '/', 2)::int AND jsonb_exists(f.evidence, s.key)
    WHERE v.verdict = 'true_fault' AND v.failed_at IS NULL AND f.source_kind <> 'dtc' AND c.machine_id = f.machine_id
        AND c.source_kind = 'dtc' AND c.withdrawn_at IS NULL AND c.source_key ~ '^[^/]*/[0-9]{1,6}/[0-9]+$'
        AND c.from_at > f.held_at AND c.from_at < f.held_at + %(within)s
) d ON TRUE
WHERE f.withdrawn_at IS NULL AND (%(source_kind)s::text IS NULL OR f.source_kind = %(source_kind)s)
    AND (%(source_key)s::text IS NULL OR f.source_key = %(source_key)s)
    AND (%(from)s::timestamptz IS NULL OR f.held_at >= %(from)s)
    AND (%(to)s::timestamptz IS NULL OR f.held_at < %(to)s)
    AND (%(after)s::text[] IS NULL OR ARRAY[f.source_kind, f.source_key, f.version] > %(after)s)
GROUP BY f.source_kind, f.source_key, f.version
ORDER BY f.source_kind, f.source_key, f.version LIMIT %(limit)s
"""


async def list_quality(
    conn: Connection, wanted: Mapping[str, Any], *, after: Sequence[str] | None, limit: int
) -> list[QualityRow]:
    """Sources and versions in their order; `wanted`: source_kind, source_key, from, to (None: any), and the measures
    usual, most (minutes), within (timedelta), keys and spns (of signals). For those who see every machine."""
    parameters = dict(wanted) | {"after": None if after is None else list(after), "limit": limit}
    return await list_rows(conn, QualityRow, QUALITY, parameters)
