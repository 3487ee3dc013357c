"""Texts of notices as people wrote them: every version is kept, the last one counts."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg.rows import class_row

from storage.read_pool import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRow:
    """One version of a text; an empty body: the text that ships counts again."""

    key: str
    language: str
    version: int
    subject: str
    body: str
    made_at: datetime
    made_by: str


FIND: LiteralString = """
SELECT key, language, version, subject, body, made_at, made_by FROM notice_template
WHERE key = %s AND language = %s ORDER BY version DESC LIMIT 1
"""
LATEST: LiteralString = """
SELECT DISTINCT ON (key, language) key, language, version, subject, body, made_at, made_by FROM notice_template
ORDER BY key, language, version DESC
"""
INSERT: LiteralString = """
INSERT INTO notice_template (key, language, version, subject, body, made_at, made_by)
SELECT %(key)s, %(language)s, %(version)s + 1, %(subject)s, %(body)s, %(now)s, %(by)s
WHERE %(version)s = coalesce(
    (SELECT max(version) FROM notice_template WHERE key = %(key)s AND language = %(language)s), 0)
ON CONFLICT (key, language, version) DO NOTHING
"""


async def find_template(conn: Connection, key: str, language: str) -> TemplateRow | None:
    """The last version of a text; None: nobody has written one."""
    async with conn.cursor(row_factory=class_row(TemplateRow)) as cursor:
        return await (await cursor.execute(FIND, [key, language])).fetchone()


async def list_latest(conn: Connection) -> list[TemplateRow]:
    """The last version of each text that somebody has written."""
    async with conn.cursor(row_factory=class_row(TemplateRow)) as cursor:
        return await (await cursor.execute(LATEST)).fetchall()


async def insert_template(
    conn: Connection, key: str, language: str, *, version: int, subject: str, body: str, by: str, now: datetime
) -> bool:
    """Add the version after `version` (0: none so far); False when that is not the last one."""
    given = {"key": key, "language": language, "version": version, "subject": subject, "body": body}
    return (await conn.execute(INSERT, given | {"by": by, "now": now})).rowcount == 1
