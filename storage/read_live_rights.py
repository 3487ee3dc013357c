"""Whether those who listen to the live stream may still do so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from storage.read_pool import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What a stream was opened with: a person's session or a secret of an integrator's client, and what it could do."""

    session_id: UUID | None  # of a person
    secret_id: int | None  # of a client
    organisation_id: int
    role: str
    scopes: frozenset[str] = frozenset()


WORN_SESSIONS: LiteralString = """
SELECT asked.n FROM unnest(%(ids)s::uuid[], %(roles)s::text[], %(organisations)s::int[])
    WITH ORDINALITY AS asked (id, role, organisation_id, n)
WHERE NOT EXISTS (
    SELECT FROM app_session s JOIN app_user u USING (user_id) JOIN organisation o USING (organisation_id)
    WHERE s.session_id = asked.id AND s.expires_at > %(now)s AND u.active AND (o.active OR o.kind = 'ecc')
        AND u.role = asked.role AND u.organisation_id = asked.organisation_id
)
"""
WORN_CLIENTS: LiteralString = """
SELECT asked.n FROM unnest(%(ids)s::int[], %(roles)s::text[], %(organisations)s::int[], %(scopes)s::text[])
    WITH ORDINALITY AS asked (id, role, organisation_id, scopes, n)
WHERE NOT EXISTS (
    SELECT FROM api_client_secret s JOIN api_client c USING (client_id) JOIN organisation o USING (organisation_id)
    WHERE s.secret_id = asked.id AND (s.expires_at IS NULL OR s.expires_at > %(now)s) AND c.revoked_at IS NULL
        AND (c.expires_at IS NULL OR c.expires_at > %(now)s) AND (o.active OR o.kind = 'ecc') AND c.role = asked.role
        AND c.organisation_id = asked.organisation_id AND string_to_array(asked.scopes, ' ') <@ c.scopes
)
"""


async def find_worn(conn: Connection, credentials: Sequence[Credential], *, now: datetime) -> set[Credential]:
    """Those that are over, or stand for another role, organisation or fewer scopes than they did.

    For a transaction that sees every tenant; one index probe each.
    """
    worn: set[Credential] = set()
    people = [credential for credential in credentials if credential.session_id is not None]
    clients = [credential for credential in credentials if credential.secret_id is not None]
    for asked, ids, statement in (
        (people, [c.session_id for c in people], WORN_SESSIONS),
        (clients, [c.secret_id for c in clients], WORN_CLIENTS),
    ):
        if asked:
            parameters = {
                "ids": ids,
                "roles": [credential.role for credential in asked],
                "organisations": [credential.organisation_id for credential in asked],
                "scopes": [" ".join(sorted(credential.scopes)) for credential in asked],
                "now": now,
            }
            rows = await (await conn.execute(statement, parameters)).fetchall()
            worn.update(asked[row[0] - 1] for row in rows)
    return worn
