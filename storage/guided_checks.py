"""What people answered to the checks of a finding; rows are never changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from storage.ids import uuid7
from storage.read_pool import Connection

MOST_ANSWERS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow:
    """One answer; `number` orders those of a finding. A question is about a check or an observation (its condition)."""

    number: int
    public_id: UUID
    cause: str | None
    check_key: str | None
    observation: str | None
    answer: str
    note: str | None
    answered_at: datetime
    by_name: str


LIST: LiteralString = """
SELECT answer_id AS number, public_id, cause, check_key, observation, answer, note, answered_at, by_name
FROM check_answer WHERE finding_id = %(finding)s ORDER BY answer_id DESC LIMIT %(limit)s
"""


async def list_answers(conn: Connection, finding: UUID) -> list[AnswerRow]:
    """A finding's answers, the newest first, at most MOST_ANSWERS; its visibility the caller has checked."""
    async with conn.cursor(row_factory=class_row(AnswerRow)) as cursor:
        return await (await cursor.execute(LIST, {"finding": finding, "limit": MOST_ANSWERS})).fetchall()


INSERT: LiteralString = """
INSERT INTO check_answer (public_id, finding_id, cause, check_key, observation, answer, note, answered_at, answered_by,
                          by_name)
VALUES (%(id)s, %(finding)s, %(cause)s, %(check)s, %(when)s, %(answer)s, %(note)s, %(at)s, %(user)s, %(name)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAnswer:
    """An answer of somebody to a question of a finding."""

    cause: str | None
    check: str | None
    when: str | None
    answer: str
    note: str | None


async def insert_answer(
    conn: Connection, finding: UUID, given: NewAnswer, *, user: int, name: str, at: datetime
) -> None:
    """Add an answer. That the finding may be worked on and has the question is checked before."""
    told = {"cause": given.cause, "check": given.check, "when": given.when, "answer": given.answer, "note": given.note}
    await conn.execute(INSERT, told | {"id": uuid7(), "finding": finding, "user": user, "name": name, "at": at})


CUSTOMER: LiteralString = """
SELECT o.name, u.language
FROM finding f
JOIN ownership x ON x.machine_id = f.machine_id AND x.from_at <= f.held_at AND f.held_at < x.to_at
JOIN organisation o USING (organisation_id)
LEFT JOIN LATERAL (
    SELECT p.language FROM app_user p
    WHERE p.organisation_id = o.organisation_id AND p.active AND p.language IS NOT NULL
    GROUP BY p.language ORDER BY count(*) FILTER (WHERE p.role = 'owner') DESC, count(*) DESC, p.language LIMIT 1
) u ON TRUE
WHERE f.finding_id = %(finding)s LIMIT 1
"""


async def find_customer(conn: Connection, finding: UUID) -> tuple[str, str | None] | None:
    """Whose machine it was: name, and the language that most of its owners, else of its people have chosen; None where
    nobody has, or the caller sees none of them."""
    row = await (await conn.execute(CUSTOMER, {"finding": finding})).fetchone()
    return None if row is None else (row[0], row[1])
