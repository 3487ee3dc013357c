"""Findings as people read them: pages of the list, one with its evidence, and past cases with their verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row

from storage.few_machines import FEW
from storage.read_alarms import EVER_MINE
from storage.read_pool import Connection
from storage.sight import SEEN_NOW, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """One finding with its machine, its alarm and how its evidence stands."""

    finding_id: UUID
    machine_id: int
    machine_public_id: UUID
    machine_pin: str
    machine_name: str
    machine_kind: str
    machine_is_seen: bool  # now: whose name it bears
    source_kind: str
    source_key: str
    version: str
    severity: str
    from_at: datetime
    held_at: datetime
    to_at: datetime | None
    historic: bool
    withdrawn_at: datetime | None
    evidence: dict[str, Any]
    """The values of the signals that drove it, by key."""
    cascade: str
    alarm_id: UUID | None
    revision: int | None
    """Of its pack; 0: none could be made yet."""
    made_at: datetime | None
    failure: str | None
    verdict: str | None


_FINDING: LiteralString = """
SELECT f.finding_id, f.machine_id, m.public_id AS machine_public_id, m.pin AS machine_pin, m.name AS machine_name,
    coalesce(mm.kind, 'other') AS machine_kind, {seen_now} AS machine_is_seen, f.source_kind, f.source_key, f.version,
    f.severity, f.from_at, f.held_at, f.to_at, f.historic, f.withdrawn_at, f.evidence,
    coalesce(f.code_case ->> 'cascade', f.reason ->> 'key', '') AS cascade,
    (SELECT a.alarm_id FROM alarm a WHERE a.finding_id = f.finding_id LIMIT 1) AS alarm_id,
    e.revision, e.made_at, e.failure, v.verdict
FROM finding f
JOIN machine m USING (machine_id)
LEFT JOIN machine_model mm USING (model_id)
LEFT JOIN finding_evidence e ON e.finding_id = f.finding_id
LEFT JOIN last_verdict v ON v.finding_id = f.finding_id
WHERE {conditions}
"""
_PAGE: LiteralString = "SELECT f.finding_id FROM finding f WHERE {conditions} ORDER BY {order} LIMIT %(limit)s"
_ORDER: LiteralString = "f.held_at DESC, f.finding_id DESC"
# Held while the machine was the scope's to see.
_SEEN: LiteralString = (
    "(EXISTS (SELECT FROM ownership p WHERE p.machine_id = f.machine_id AND p.from_at <= f.held_at "
    "AND f.held_at < p.to_at AND p.organisation_id = ANY(%(organisations)s)) "
    "OR EXISTS (SELECT FROM sharing p WHERE p.machine_id = f.machine_id AND p.from_at <= f.held_at "
    "AND f.held_at < p.to_at AND p.organisation_id = ANY(%(organisations)s) AND p.data_class IN ('all', 'alarms')))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingQuery:
    """Which findings a list holds; None is no condition. from_at <= held_at < to_at."""

    machine_id: int | None = None
    source_kind: str | None = None
    source_key: str | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None
    is_open: bool | None = None
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingPosition:
    """Where a page ended."""

    at: datetime
    finding_id: UUID


async def list_findings(
    conn: Connection, scope: Scope, wanted: FindingQuery, *, after: FindingPosition | None, limit: int
) -> list[FindingRow]:
    """A page of findings that the scope sees, the newest first: those taken back, or the others."""
    conditions = [*_conditions(wanted), *([] if scope.sees_all else [sql.SQL(_SEEN)])]
    if after is not None:
        conditions.append(sql.SQL("(f.held_at, f.finding_id) < (%(after_at)s, %(after_id)s)"))
    parameters: dict[str, Any] = {name: getattr(wanted, name) for name in FindingQuery.__dataclass_fields__}
    parameters |= {"limit": limit, "most": FEW + 1} | scope.parameters
    parameters |= {"after_at": after and after.at, "after_id": after and after.finding_id}
    if not scope.sees_all and wanted.machine_id is None:
        mine = [row[0] for row in await (await conn.execute(EVER_MINE, parameters)).fetchall()]
        if len(mine) <= FEW:  # sorted rather than found on a walk past everybody's
            conditions.append(sql.SQL("f.machine_id = ANY(%(mine)s)"))
            parameters["mine"] = mine
    page = sql.SQL(_PAGE).format(conditions=sql.SQL(" AND ").join(conditions), order=sql.SQL(_ORDER))
    found = await conn.execute(page, parameters, prepare=False)  # planned for these very values
    ids = [row[0] for row in await found.fetchall()]
    by_id = {row.finding_id: row for row in await find_findings(conn, scope, ids)} if ids else {}
    return [by_id[finding_id] for finding_id in ids if finding_id in by_id]


def _conditions(wanted: FindingQuery) -> list[sql.Composable]:
    taken_back: LiteralString = "f.withdrawn_at IS NOT NULL" if wanted.is_withdrawn else "f.withdrawn_at IS NULL"
    of_state: dict[bool | None, LiteralString] = {
        None: taken_back,
        True: taken_back + " AND f.to_at IS NULL",
        False: taken_back + " AND f.to_at IS NOT NULL",
    }
    told: tuple[tuple[str, LiteralString], ...] = (
        ("machine_id", "f.machine_id = %(machine_id)s"),
        ("source_kind", "f.source_kind = %(source_kind)s"),
        ("source_key", "f.source_key = %(source_key)s"),
        ("from_at", "f.held_at >= %(from_at)s"),
        ("to_at", "f.held_at < %(to_at)s"),
    )
    named = [sql.SQL(condition) for name, condition in told if getattr(wanted, name) is not None]
    return [sql.SQL(of_state[wanted.is_open]), *named]


async def find_findings(conn: Connection, scope: Scope, finding_ids: Sequence[UUID]) -> list[FindingRow]:
    """The findings of these ids that the scope sees, in no order; those taken back, too."""
    conditions = [sql.SQL("f.finding_id = ANY(%(ids)s)"), *([] if scope.sees_all else [sql.SQL(_SEEN)])]
    statement = sql.SQL(_FINDING).format(
        conditions=sql.SQL(" AND ").join(conditions), seen_now=sql.SQL("TRUE" if scope.sees_all else SEEN_NOW)
    )
    async with conn.cursor(row_factory=class_row(FindingRow)) as cursor:
        return await (await cursor.execute(statement, {"ids": list(finding_ids)} | scope.parameters)).fetchall()


PACK: LiteralString = "SELECT pack FROM finding_evidence WHERE finding_id = %s"
DIAGNOSIS: LiteralString = "SELECT pack -> 'diagnosis' FROM finding_evidence WHERE finding_id = %s"


async def find_pack(conn: Connection, finding_id: UUID) -> dict[str, Any] | None:
    """The pack of a finding, whose visibility the caller has checked; None while there is none."""
    row = await (await conn.execute(PACK, [finding_id])).fetchone()
    return row[0] if row else None


async def find_diagnosis(conn: Connection, finding_id: UUID) -> dict[str, Any] | None:
    """The first diagnosis in it."""
    row = await (await conn.execute(DIAGNOSIS, [finding_id])).fetchone()
    return row[0] if row else None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRow:
    """What turned out to be the matter."""

    finding_id: UUID
    verdict: str
    part: str | None
    note: str | None


VERDICTS: LiteralString = "SELECT finding_id, verdict, part, note FROM last_verdict WHERE finding_id = ANY(%s)"


async def find_verdicts(conn: Connection, finding_ids: Sequence[UUID]) -> dict[UUID, VerdictRow]:
    """The verdicts that count on these findings, whose visibility the caller has checked."""
    async with conn.cursor(row_factory=class_row(VerdictRow)) as cursor:
        rows = await (await cursor.execute(VERDICTS, [list(finding_ids)])).fetchall()
    return {row.finding_id: row for row in rows}
