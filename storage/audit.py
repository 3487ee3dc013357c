"""The audit: one row per change and per request that reads positions, in the transaction of what it tells of."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, LiteralString, TypeAlias
from uuid import UUID

import numpy.typing as npt
from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from storage.binary import int4s
from storage.sight import SEEN_NOW

Connection: TypeAlias = AsyncConnection[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did it: a person, an integrator's client, or the platform itself (the command line, a job)."""

    kind: Literal["person", "client", "system"]
    id: UUID | None
    name: str
    organisation_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of one thing. `before` and `after` hold what users may see of it, never a secret or its hash.

    `entity` is the noun of the API in the singular ("site", "machine"); `organisation_id` whose data it is.
    """

    entity: str
    entity_id: UUID | None
    organisation_id: int | None
    action: str  # create, update, delete, or the thing's own word: transfer, swap, revoke
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    machine_id: int | None = None  # the machine it is about; its owners of the time see the row too


_INTO: LiteralString = """
INSERT INTO audit (at, organisation_id, machine_id, actor_kind, actor_id, actor_name, actor_organisation_id, action,
    entity, entity_id, before, after, detail, owner_ids)
VALUES (%(at)s, %(organisation_id)s,
    coalesce(%(machine_id)s::integer, (SELECT m.machine_id FROM machine m WHERE m.public_id = %(machine)s::uuid)),
    %(actor_kind)s, %(actor_id)s, %(actor_name)s,
    %(actor_organisation_id)s, %(action)s, %(entity)s, %(entity_id)s, %(before)s, %(after)s, %(detail)s,
"""
INSERT: LiteralString = _INTO + "NULL)"
INSERT_READ: LiteralString = (
    _INTO
    + """CASE WHEN %(everywhere)s THEN tenant_place_owners(%(at)s)
    ELSE place_owners(%(machines)s::integer[], %(named)s::uuid[], %(at)s) END)
"""
)


_together: ContextVar[list[dict[str, Any]] | None] = ContextVar("changes that are recorded together", default=None)


@asynccontextmanager
async def recorded_together(conn: Connection) -> AsyncIterator[None]:
    """The rows of many changes in one go, at their end; none after an error."""
    held: list[dict[str, Any]] = []
    token = _together.set(held)
    try:
        yield
    finally:
        _together.reset(token)
    async with conn.cursor() as cursor:
        await cursor.executemany(INSERT, held)


async def record_change(conn: Connection, actor: Actor, change: Change, *, at: datetime) -> None:
    """Write the audit row of a change into its transaction. Values of `before` and `after` must be JSON."""
    given = _who(actor, at) | {
        "organisation_id": change.organisation_id,
        "machine_id": change.machine_id,
        "machine": None,
        "action": change.action,
        "entity": change.entity,
        "entity_id": change.entity_id,
        "before": None if change.before is None else Jsonb(dict(change.before)),
        "after": None if change.after is None else Jsonb(dict(change.after)),
        "detail": Jsonb({}),
    }
    held = _together.get()
    if held is None:
        await conn.execute(INSERT, given)
    else:
        held.append(given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """Something worth keeping that changes no resource: positions read, a sign-in, a refused sign-in."""

    action: str
    entity: str
    entity_id: UUID | None = None
    organisation_id: int | None = None
    machine_id: int | None = None
    machine: UUID | None = None  # its public id, where that is at hand
    places: "PlacesRead | None" = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacesRead:
    """Of which machines places were read, when it is not about one: the row is told to their owners of that time.

    `machines` (n,) inner ids, `named` public ids; `everywhere`: all of which the reader sees the place.
    """

    machines: npt.ArrayLike = ()
    named: Sequence[UUID] = ()
    everywhere: bool = False


async def end_with(conn: Connection, actor: Actor, what: Occurrence, *, at: datetime) -> None:
    """Write the audit row of an occurrence and commit: one round trip."""
    async with conn.pipeline():
        await record_occurrence(conn, actor, what, at=at)
        await conn.execute("COMMIT")


async def record_occurrence(conn: Connection, actor: Actor, what: Occurrence, *, at: datetime) -> None:
    """Write the audit row of an occurrence."""
    places = what.places
    read = {} if places is None else {"machines": int4s(places.machines), "named": list(places.named)}
    await conn.execute(
        INSERT if places is None else INSERT_READ,
        _who(actor, at)
        | read
        | {
            "organisation_id": what.organisation_id,
            "machine_id": what.machine_id,
            "machine": what.machine,
            "action": what.action,
            "entity": what.entity,
            "entity_id": what.entity_id,
            "before": None,
            "after": None,
            "detail": Jsonb(dict(what.detail)),
            "everywhere": places is not None and places.everywhere,
        },
    )


def _who(actor: Actor, at: datetime) -> dict[str, Any]:
    return {
        "at": at,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name,
        "actor_organisation_id": actor.organisation_id,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One row of the audit; `sealed` once its hash is in the chain."""

    audit_id: int
    at: datetime
    actor_kind: str
    actor_id: UUID | None
    actor_name: str
    actor_organisation: str | None
    action: str
    entity: str
    entity_id: UUID | None
    machine_id: UUID | None  # the one machine it is about, where the caller sees it
    pin: str | None
    machine_name: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    detail: dict[str, Any]
    sealed: bool


# Row-level security leaves the rows of the caller's data and of the caller's people.
_ROWS: LiteralString = (
    """
SELECT a.audit_id, a.at, a.actor_kind, a.actor_id, a.actor_name,
    coalesce(o.name, CASE WHEN a.actor_organisation_id IS NOT NULL THEN tenant_audit_actor(a.audit_id) END)
        AS actor_organisation,
    a.action, a.entity, a.entity_id, m.public_id AS machine_id, m.pin,
    CASE WHEN %(all)s OR """
    + SEEN_NOW
    + """ THEN m.name END AS machine_name, a.before, a.after, a.detail,
    EXISTS (SELECT FROM audit_seal s WHERE s.audit_id = a.audit_id) AS sealed
FROM audit a LEFT JOIN organisation o ON o.organisation_id = a.actor_organisation_id
LEFT JOIN machine m ON m.machine_id = a.machine_id
"""
)
CHANGES: LiteralString = (
    _ROWS
    + """
WHERE a.entity = %(entity)s AND a.entity_id = %(entity_id)s
    AND (a.before IS NOT NULL OR a.after IS NOT NULL)
    AND (%(all)s OR a.organisation_id = ANY(%(organisations)s) OR a.actor_organisation_id = ANY(%(organisations)s)
        OR a.machine_id = ANY(%(machines)s))
    AND a.audit_id < %(before)s
ORDER BY a.audit_id DESC LIMIT %(limit)s
"""
)
READS: tuple[str, ...] = ("read_positions",)
NEWEST = 2**63 - 1


async def list_changes(
    conn: Connection,
    *,
    entity: str,
    entity_id: UUID,
    organisations: Sequence[int] | None,
    machines: Sequence[int] = (),
    before: int | None,
    limit: int,
) -> list[AuditRow]:
    """The changes of one thing, no occurrences, newest first, those that the organisations may see (None: all).

    `machines`: machines whose changes the caller may see though they are another organisation's; `before`: the
    audit_id that ended the page before.
    """
    parameters = {
        "entity": entity,
        "entity_id": entity_id,
        "all": organisations is None,
        "organisations": list(organisations or ()),
        "machines": list(machines),
        "before": NEWEST if before is None else before,
        "limit": limit,
    }
    async with conn.cursor(row_factory=class_row(AuditRow)) as cursor:
        return await (await cursor.execute(CHANGES, parameters)).fetchall()


# The rows that are the caller's, and what owners of machines are told of others' rows, which row-level security hides.
LISTED: LiteralString = (
    "("
    + _ROWS
    + """
WHERE (%(all)s OR a.organisation_id = ANY(%(organisations)s) OR a.actor_organisation_id = ANY(%(organisations)s)
        OR EXISTS (SELECT FROM ownership w WHERE w.machine_id = a.machine_id AND w.from_at <= a.at AND a.at < w.to_at
            AND w.organisation_id = ANY(%(organisations)s)))
    AND (%(action)s::text IS NULL OR a.action = %(action)s)
    AND (%(entity)s::text IS NULL OR a.entity = %(entity)s)
    AND (%(actor)s::uuid IS NULL OR a.actor_id = %(actor)s)
    AND (%(by_own)s::boolean IS NULL
        OR coalesce(a.actor_organisation_id = ANY(%(organisations)s), FALSE) = %(by_own)s)
    AND (%(reads)s OR a.action <> ALL(%(read_actions)s))
    AND (%(from)s::timestamptz IS NULL OR a.at >= %(from)s) AND (%(to)s::timestamptz IS NULL OR a.at < %(to)s)
    AND a.audit_id < %(before)s
ORDER BY a.audit_id DESC LIMIT %(limit)s)
UNION ALL
(SELECT r.audit_id, r.read_at, r.actor_kind, r.actor_id, r.actor_name, r.actor_organisation, r.action, r.entity, NULL,
    NULL, NULL, NULL, NULL, NULL, r.detail, r.sealed
FROM tenant_place_reads(%(before)s, %(limit)s, %(actor)s, %(from)s, %(to)s) r WHERE %(told)s)
ORDER BY audit_id DESC LIMIT %(limit)s
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which rows; None is no condition; from_at <= at < to_at."""

    action: str | None = None
    entity: str | None = None
    actor: UUID | None = None
    reads: bool = True  # who read positions as well
    by_own: bool | None = None  # True: by people and clients of the caller's organisations, False: by others
    from_at: datetime | None = None
    to_at: datetime | None = None

    @property
    def takes_reads_of_others(self) -> bool:
        """True when the places that others read can be among them."""
        return self.reads and self.action in {None, *READS} and self.entity in {None, "position"} and not self.by_own


async def list_audit(
    conn: Connection,
    wanted: AuditFilter,
    *,
    organisations: Sequence[int],
    sees_all: bool,
    before: int | None,
    limit: int,
) -> list[AuditRow]:
    """Rows about the organisations' data or by their people (all rows for who sees all), newest first, and what they
    are told of others' rows: who read places of their machines."""
    parameters = {
        "all": sees_all,
        "organisations": list(organisations),
        "action": wanted.action,
        "entity": wanted.entity,
        "actor": wanted.actor,
        "by_own": wanted.by_own,
        "reads": wanted.reads,
        "read_actions": list(READS),
        "told": wanted.takes_reads_of_others,
        "from": wanted.from_at,
        "to": wanted.to_at,
        "before": NEWEST if before is None else before,
        "limit": limit,
    }
    async with conn.cursor(row_factory=class_row(AuditRow)) as cursor:
        return await (await cursor.execute(LISTED, parameters)).fetchall()
