"""Whether those who listen to the live stream may still do so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from storage.read_scope import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What a stream was opened with: a person's session or an integrator's client, and what it could do then."""

    kind: str  # person or client
    id: UUID  # of the session, or of the client
    organisation_id: int
    role: str
    scopes: frozenset[str] = frozenset()


WORN_SESSIONS: LiteralString = """
SELECT asked.id FROM unnest(%(ids)s::uuid[], %(roles)s::text[], %(organisations)s::int[])
    AS asked (id, role, organisation_id)
WHERE NOT EXISTS (
    SELECT FROM app_session s JOIN app_user u USING (user_id) JOIN organisation o USING (organisation_id)
    WHERE s.session_id = asked.id AND s.expires_at > %(now)s AND u.active AND (o.active OR o.kind = 'ecc')
        AND u.role = asked.role AND u.organisation_id = asked.organisation_id
)
"""
WORN_CLIENTS: LiteralString = """
SELECT asked.id FROM unnest(%(ids)s::uuid[], %(roles)s::text[], %(organisations)s::int[], %(scopes)s::text[])
    AS asked (id, role, organisation_id, scopes)
WHERE NOT EXISTS (
    SELECT FROM api_client c JOIN organisation o USING (organisation_id)
    WHERE c.public_id = asked.id AND c.revoked_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > %(now)s)
        AND (o.active OR o.kind = 'ecc') AND c.role = asked.role AND c.organisation_id = asked.organisation_id
        AND ARRAY(SELECT scope FROM unnest(c.scopes) AS scope ORDER BY scope COLLATE "C")
            = string_to_array(asked.scopes, ' ')
)
"""


async def find_worn(conn: Connection, credentials: Sequence[Credential], *, now: datetime) -> set[UUID]:
    """The ids of those that are over, or stand for another role, organisation or other scopes than they did.

    For a transaction that sees every tenant; one index probe an id.
    """
    worn: set[UUID] = set()
    for kind, statement in (("person", WORN_SESSIONS), ("client", WORN_CLIENTS)):
        asked = [credential for credential in credentials if credential.kind == kind]
        if asked:
            parameters = {
                "ids": [credential.id for credential in asked],
                "roles": [credential.role for credential in asked],
                "organisations": [credential.organisation_id for credential in asked],
                "scopes": [" ".join(sorted(credential.scopes)) for credential in asked],
                "now": now,
            }
            worn.update(row[0] for row in await (await conn.execute(statement, parameters)).fetchall())
    return worn
