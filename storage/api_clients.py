"""Integrators' clients: who they are, their secrets, and the caller that a secret stands for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row, dict_row

from storage.pages import PageOf, change_one, fetch_page, seen_by
from storage.read_pool import Connection
from storage.sight import Scope
from storage.users import Caller, caller_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedClient:
    """Who a client's secret stands for."""

    caller: Caller
    client_id: int
    secret_id: int


ENTER: LiteralString = "SELECT * FROM enter_as_client(%(secret_hash)s, %(secret_id)s, %(now)s)"


async def find_client_caller(
    conn: Connection, *, secret_hash: bytes | None = None, secret_id: int | None = None, now: datetime
) -> SignedClient | None:
    """The client of a secret that is in force, with the transaction put into its organisation's scope.

    One round trip, in which the transaction begins.
    """
    parameters = {"secret_hash": secret_hash, "secret_id": secret_id, "now": now}
    async with conn.cursor(row_factory=dict_row) as cursor:
        async with conn.pipeline():
            await cursor.execute(ENTER, parameters)
        row = await cursor.fetchone()
    if row is None:
        return None
    client_id, secret_id_found = row.pop("client_id"), row.pop("secret_id")
    caller = caller_of(**row | {"login": row.pop("name"), "scopes": frozenset(row["scopes"])})
    return SignedClient(caller=caller, client_id=client_id, secret_id=secret_id_found)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRow:
    """One client with its organisation; `secrets`: those in force, the oldest first, without the secrets themselves."""

    client_id: int
    public_id: UUID
    organisation_id: int
    organisation_public_id: UUID
    organisation_name: str
    name: str
    role: str
    scopes: list[str]
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime
    secrets: list[dict[str, Any]]


_ROWS: LiteralString = """
SELECT c.client_id, c.public_id, c.organisation_id, o.public_id AS organisation_public_id, o.name AS organisation_name,
    c.name, c.role, c.scopes, c.created_by, c.expires_at, c.last_used_at, c.revoked_at, c.version, c.created_at,
    c.updated_at,
    ARRAY(
        SELECT jsonb_build_object('ending', s.ending, 'created_at', s.created_at, 'expires_at', s.expires_at)
        FROM api_client_secret s
        WHERE s.client_id = c.client_id AND (s.expires_at IS NULL OR s.expires_at > %(now)s)
        ORDER BY s.secret_id
    ) AS secrets
FROM api_client c JOIN organisation o ON o.organisation_id = c.organisation_id
WHERE (%(all)s OR c.organisation_id = ANY(%(organisations)s))
"""
LIST: LiteralString = _ROWS + "AND (%(with_revoked)s OR c.revoked_at IS NULL)"
FIND: LiteralString = _ROWS + "AND c.public_id = %(public_id)s"


async def list_clients(
    conn: Connection, scope: Scope, page: PageOf, *, with_revoked: bool, now: datetime
) -> list[ClientRow]:
    """A page of the clients of the scope's organisations."""
    given = {"with_revoked": with_revoked, "now": now} | seen_by(scope)
    return await fetch_page(conn, (LIST, "c.client_id"), ClientRow, page, given)


async def find_client(conn: Connection, scope: Scope, public_id: UUID, *, now: datetime) -> ClientRow | None:
    """A client of the scope's organisations, revoked ones too."""
    async with conn.cursor(row_factory=class_row(ClientRow)) as cursor:
        return await (await cursor.execute(FIND, {"public_id": public_id, "now": now} | seen_by(scope))).fetchone()


INSERT: LiteralString = """
INSERT INTO api_client (public_id, organisation_id, name, role, scopes, created_by, expires_at, created_at, updated_at)
VALUES (%(public_id)s, %(organisation_id)s, %(name)s, %(role)s, %(scopes)s, %(created_by)s, %(expires_at)s, %(now)s,
    %(now)s)
RETURNING client_id
"""


async def insert_client(conn: Connection, values: Mapping[str, Any]) -> int:
    """Insert a client and return its client_id; `values` are the parameters of INSERT."""
    row = await (await conn.execute(INSERT, values)).fetchone()
    assert row is not None
    return int(row[0])


UPDATE: LiteralString = """
UPDATE api_client SET name = %(name)s, scopes = %(scopes)s, expires_at = %(expires_at)s, revoked_at = %(revoked_at)s,
    updated_at = %(now)s, version = version + 1
WHERE client_id = %(client_id)s AND version = %(version)s AND revoked_at IS NULL
"""


async def update_client(conn: Connection, row: ClientRow, *, now: datetime) -> None:
    """Change a client from the version that the row names. Raises PreconditionFailed."""
    names = ("client_id", "version", "name", "scopes", "expires_at", "revoked_at")
    await change_one(conn, UPDATE, {name: getattr(row, name) for name in names} | {"now": now})


INSERT_SECRET: LiteralString = """
INSERT INTO api_client_secret (client_id, secret_hash, ending, created_at)
VALUES (%(client_id)s, %(secret_hash)s, %(ending)s, %(now)s)
"""
# The newest secret goes on until %(until)s at the latest; older ones end now, so that never more than two are in force.
EXPIRE_SECRETS: LiteralString = """
UPDATE api_client_secret s SET expires_at = least(s.expires_at, CASE
    WHEN s.secret_id = (SELECT max(n.secret_id) FROM api_client_secret n WHERE n.client_id = s.client_id)
    THEN %(until)s ELSE %(now)s END)
WHERE s.client_id = %(client_id)s AND (s.expires_at IS NULL OR s.expires_at > %(now)s)
"""


async def insert_secret(conn: Connection, client_id: int, *, secret_hash: bytes, ending: str, now: datetime) -> None:
    """Give a client one more secret."""
    parameters = {"client_id": client_id, "secret_hash": secret_hash, "ending": ending, "now": now}
    await conn.execute(INSERT_SECRET, parameters)


async def expire_secrets(conn: Connection, client_id: int, *, until: datetime, now: datetime) -> None:
    """Let the newest secret of a client end at `until` at the latest, and all others now."""
    await conn.execute(EXPIRE_SECRETS, {"client_id": client_id, "until": until, "now": now})


NOTE_USE: LiteralString = """
UPDATE api_client SET last_used_at = greatest(last_used_at, used.at)
FROM unnest(%(ids)s::integer[], %(times)s::timestamptz[]) AS used (client_id, at)
WHERE api_client.client_id = used.client_id
"""


async def note_use(conn: Connection, used: Mapping[int, datetime]) -> None:
    """Keep when clients were used last. For a transaction that sees every tenant."""
    await conn.execute(NOTE_USE, {"ids": list(used), "times": list(used.values())})
