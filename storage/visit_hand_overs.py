"""Alarms that were handed over for a visit, with what was known then; rows are never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from storage.alarm_commands import By
from storage.alarm_log import TELL
from storage.ids import uuid7
from storage.read_pool import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverRow:
    """One hand-over; `number` orders those of an alarm."""

    number: int
    public_id: UUID
    alarm_id: UUID
    finding_id: UUID
    evidence_revision: int | None
    causes: list[dict[str, Any]]
    answers: list[dict[str, Any]]
    parts: list[dict[str, Any]]
    tools: list[dict[str, Any]]
    wanted_by: datetime | None
    note: str | None
    made_at: datetime
    by_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHandOver:
    """What is kept of an alarm that is handed over."""

    alarm_id: UUID
    finding_id: UUID
    evidence_revision: int | None
    causes: Sequence[Any]
    answers: Sequence[Any]
    parts: Sequence[Any]
    tools: Sequence[Any]
    wanted_by: datetime | None
    note: str | None


# The record and its transition, in one statement.
INSERT: LiteralString = (
    """
WITH made AS (
    INSERT INTO visit_hand_over (public_id, alarm_id, finding_id, evidence_revision, causes, answers, parts, tools,
                                 wanted_by, note, made_at, made_by, by_name)
    VALUES (%(id)s, %(alarm)s, %(finding)s, %(revision)s, %(causes)s, %(answers)s, %(parts)s, %(tools)s,
            %(wanted_by)s, %(note)s, %(at)s, %(user)s, %(actor)s)
    RETURNING alarm_id
), told AS (
    SELECT 0 AS n, a.alarm_id, a.machine_id, a.source_kind, a.source_key, a.severity, a.raised_at,
        coalesce(f.version, '') AS version, 'handed_over' AS kinds, %(detail)s::jsonb AS detail
    FROM made JOIN alarm a USING (alarm_id) LEFT JOIN finding f ON f.finding_id = a.finding_id
)
"""  # noqa: S608 - literals of this file
    + TELL
)


async def insert_hand_over(conn: Connection, made: NewHandOver, by: By) -> UUID:
    """Add a hand-over and tell it on its alarm; its id. That the alarm is the caller's is checked before."""
    public_id = uuid7()
    detail = {"hand_over": str(public_id)} | ({} if made.note is None else {"text": made.note})
    if made.wanted_by is not None:
        detail["until"] = made.wanted_by.isoformat()
    parameters = {
        "id": public_id,
        "alarm": made.alarm_id,
        "finding": made.finding_id,
        "revision": made.evidence_revision,
        "causes": Jsonb(list(made.causes)),
        "answers": Jsonb(list(made.answers)),
        "parts": Jsonb(list(made.parts)),
        "tools": Jsonb(list(made.tools)),
        "wanted_by": made.wanted_by,
        "note": made.note,
        "at": by.at,
        "user": by.user_id,
        "actor": by.login,
        "detail": Jsonb(detail),
    }
    await conn.execute(INSERT, parameters)
    return public_id


LIST: LiteralString = """
SELECT hand_over_id AS number, public_id, alarm_id, finding_id, evidence_revision, causes, answers, parts, tools,
    wanted_by, note, made_at, by_name
FROM visit_hand_over WHERE alarm_id = %(alarm)s AND hand_over_id < %(before)s
ORDER BY hand_over_id DESC LIMIT %(limit)s
"""


async def list_hand_overs(conn: Connection, alarm: UUID, *, before: int, limit: int) -> list[HandOverRow]:
    """An alarm's hand-overs, the newest first; its visibility the caller has checked."""
    async with conn.cursor(row_factory=class_row(HandOverRow)) as cursor:
        return await (await cursor.execute(LIST, {"alarm": alarm, "before": before, "limit": limit})).fetchall()
