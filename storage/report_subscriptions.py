"""Who is mailed which work brief, and those that are due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from storage.ids import uuid7
from storage.keyset import execute
from storage.read_pool import Connection
from storage.sight import SEEN_NOW, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRow:
    """One subscription, as far as its machine and site are seen."""

    number: int
    id: UUID
    machine_id: UUID | None
    machine_name: str | None
    site_id: UUID | None
    site_name: str | None
    period: str
    at_minute: int
    form: str
    next_at: datetime
    created_at: datetime


_ROWS: LiteralString = (
    """
SELECT r.subscription_id AS number, r.public_id AS id, m.public_id AS machine_id,
    CASE WHEN m.machine_id IS NULL OR %(sees_all)s OR """
    + SEEN_NOW
    + """ THEN m.name ELSE m.pin END AS machine_name,
    t.public_id AS site_id, t.name AS site_name, r.period, r.at_minute, r.form, r.next_at, r.created_at
FROM report_subscription r LEFT JOIN machine m ON m.machine_id = r.machine_id LEFT JOIN site t ON t.site_id = r.site_id
WHERE r.user_id = %(user)s AND (r.machine_id IS NULL OR m.machine_id IS NOT NULL)
    AND (r.site_id IS NULL OR t.site_id IS NOT NULL)
"""
)
LIST: LiteralString = _ROWS + "ORDER BY r.subscription_id LIMIT %(most)s"
ONE: LiteralString = _ROWS + "AND r.public_id = %(id)s"
INSERT: LiteralString = """
INSERT INTO report_subscription (public_id, user_id, machine_id, site_id, period, at_minute, form, next_at, created_at)
VALUES (%(id)s, %(user)s, %(machine)s, (SELECT site_id FROM site WHERE public_id = %(site)s::uuid), %(period)s,
    %(at_minute)s, %(form)s, %(next_at)s, %(now)s)
RETURNING public_id
"""
DELETE: LiteralString = "DELETE FROM report_subscription WHERE user_id = %s AND public_id = %s"
ZONE: LiteralString = "SELECT time_zone FROM app_user WHERE user_id = %s"
_REFUSED = {"report_subscription_once": ("report_subscribed", "period")}


async def list_subscriptions(conn: Connection, user: int, scope: Scope, *, most: int) -> list[SubscriptionRow]:
    """A person's, the oldest first; scope: what they see."""
    async with conn.cursor(row_factory=class_row(SubscriptionRow)) as cursor:
        return await (await cursor.execute(LIST, _given(user, scope) | {"most": most})).fetchall()


async def find_subscription(conn: Connection, user: int, scope: Scope, subscription: UUID) -> SubscriptionRow | None:
    """One of a person's."""
    async with conn.cursor(row_factory=class_row(SubscriptionRow)) as cursor:
        return await (await cursor.execute(ONE, _given(user, scope) | {"id": subscription})).fetchone()


def _given(user: int, scope: Scope) -> dict[str, Any]:
    return scope.parameters | {"user": user, "sees_all": scope.sees_all}


async def insert_subscription(conn: Connection, user: int, given: Mapping[str, Any], *, now: datetime) -> UUID:
    """Keep one: machine (inner id), site (public id), period, at_minute, form and next_at. Raises Conflict when the
    person has it already."""
    public_id = uuid7()
    await execute(conn, INSERT, dict(given) | {"id": public_id, "user": user, "now": now}, refused=_REFUSED)
    return public_id


async def delete_subscription(conn: Connection, user: int, subscription: UUID) -> bool:
    """Forget one; False when the person has none of this id."""
    return (await conn.execute(DELETE, [user, subscription])).rowcount == 1


async def read_time_zone(conn: Connection, user: int) -> str:
    """The zone of a person's own clocks."""
    row = await (await conn.execute(ZONE, [user])).fetchone()
    return str(row[0]) if row else "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRow:
    """A subscription whose time has come, with its reader; has_mail: there is an address to send it to."""

    subscription_id: int
    user_id: int
    machine_id: int | None
    site_id: UUID | None
    period: str
    at_minute: int
    form: str
    next_at: datetime
    time_zone: str
    has_mail: bool


DUE: LiteralString = """
SELECT r.subscription_id, r.user_id, r.machine_id, t.public_id AS site_id, r.period, r.at_minute, r.form, r.next_at,
    u.time_zone, u.active AND (o.active OR o.kind = 'ecc') AND (u.email IS NOT NULL OR EXISTS (
        SELECT FROM notice_address a
        WHERE a.user_id = u.user_id AND a.channel = 'email' AND a.verified_at IS NOT NULL
    )) AS has_mail
FROM report_subscription r JOIN app_user u USING (user_id) JOIN organisation o USING (organisation_id)
LEFT JOIN site t ON t.site_id = r.site_id
WHERE r.next_at <= %(now)s ORDER BY r.next_at, r.subscription_id LIMIT %(limit)s FOR UPDATE OF r SKIP LOCKED
"""
TELL: LiteralString = """
INSERT INTO notice (public_id, user_id, channel, kind, severity, language, content, made_at, due_at)
SELECT %(id)s, u.user_id, 'email', 'report', 'info', coalesce(u.language, o.language), %(content)s, %(now)s, %(now)s
FROM app_user u JOIN organisation o USING (organisation_id) WHERE u.user_id = %(user)s
"""
PUT_OFF: LiteralString = "UPDATE report_subscription SET next_at = %s WHERE subscription_id = %s"


async def list_due_subscriptions(conn: Connection, *, limit: int, now: datetime) -> list[DueRow]:
    """Those that are due, kept from other senders until the transaction's end."""
    async with conn.cursor(row_factory=class_row(DueRow)) as cursor:
        return await (await cursor.execute(DUE, {"limit": limit, "now": now})).fetchall()


async def tell_of_report(conn: Connection, user: int, content: Mapping[str, Any], *, now: datetime) -> None:
    """Let the sender mail a brief: its job comes with the notice."""
    await conn.execute(TELL, {"id": uuid7(), "user": user, "content": Jsonb(dict(content)), "now": now})


async def put_off_subscription(conn: Connection, subscription: int, next_at: datetime) -> None:
    """When it is due next."""
    await conn.execute(PUT_OFF, [next_at, subscription])


READER: LiteralString = """
WITH RECURSIVE below AS (
    SELECT organisation_id FROM app_user WHERE user_id = %(user)s
    UNION SELECT o.organisation_id FROM organisation o JOIN below b ON o.parent_id = b.organisation_id
)
SELECT o.organisation_id, o.name, o.kind, (SELECT array_agg(organisation_id) FROM below)
FROM app_user u JOIN organisation o USING (organisation_id) WHERE u.user_id = %(user)s
"""
PUBLIC: LiteralString = "SELECT public_id FROM machine WHERE machine_id = %s"


async def read_reader(conn: Connection, user: int) -> tuple[Scope, str]:
    """What a person sees, and the name of their organisation."""
    row = await (await conn.execute(READER, {"user": user})).fetchone()
    assert row is not None  # notices go with their people
    organisation, name, kind, below = row
    scope = Scope(organisation_id=organisation, organisations=tuple(_ints(below)), sees_all=kind == "ecc")
    return scope, str(name)


def _ints(values: Sequence[Any] | None) -> list[int]:
    return [int(value) for value in values or ()]


async def find_machine_reference(conn: Connection, machine: int) -> str | None:
    """The public id of a machine."""
    row = await (await conn.execute(PUBLIC, [machine])).fetchone()
    return None if row is None else str(row[0])
