"""Integrators' clients: made with a secret that is shown once, changed, given a new secret, revoked."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fleet.errors import Conflict, Forbidden, InvalidInput, NotFound
from fleet.reasons import Code
from storage import api_clients
from storage.api_clients import ClientRow
from storage.audit import Change, record_change
from storage.ids import uuid7
from storage.read_pool import Connection
from storage.sight import Scope
from usecases.client_secrets import hash_of_secret, new_secret
from usecases.edit_organisations import get_row as get_organisation_row
from usecases.master_data import Author, ListWish, Page, cut, record, text
from usecases.powers import Grantable, check_grant
from usecases.versions import Versions, same_version

SCOPES: tuple[str, ...] = (
    "fleet:read", "positions", "aemp:read", "webhooks", "audit:read", "machines:write", "sites:write",
)  # fmt: skip
LONGEST_OVERLAP = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSecret:
    """One secret of a client, without the secret; `ending`: its last four characters."""

    ending: str
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Client:
    """One client; see api.schemas.clients."""

    id: str
    organisation_id: str
    organisation_name: str
    name: str
    role: str
    scopes: list[str]
    secrets: list[ClientSecret]
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class ClientWithSecret(Client):
    """A client as it was just made, or has just been given a secret: the only time that it is shown."""

    secret: str


@dataclass(frozen=True, kw_only=True)
class ClientPage(Page):
    """A page of clients."""

    items: list[Client]


@dataclass(frozen=True, slots=True, kw_only=True)
class Powers:
    """What the author may give to a client: its role, by the kind of the organisation, and scopes."""

    grantable: Grantable
    scopes: Set[str] = frozenset(SCOPES)

    def check(self, role: str, kind: str, scopes: Sequence[str]) -> None:
        """Raise Forbidden unless the author may give all of it."""
        check_grant(role, kind, self.grantable)
        for scope in scopes:
            if scope not in self.scopes:
                raise Forbidden("scope_not_yours", where="scopes", scope=scope)


async def list_clients(
    conn: Connection, scope: Scope, wish: ListWish, *, with_revoked: bool, now: datetime
) -> ClientPage:
    """A page of the clients of the scope's organisations."""
    rows = await api_clients.list_clients(conn, scope, wish.page, with_revoked=with_revoked, now=now)
    shown, end = cut(rows, wish, lambda row: (row.name, row.client_id))
    return ClientPage(items=[shown_as(row) for row in shown], end=end)


async def get_client(conn: Connection, scope: Scope, client_id: UUID, *, now: datetime) -> Client:
    """One client. Raises NotFound when it is not the scope's to see."""
    return shown_as(await _get_row(conn, scope, client_id, now=now))


async def _get_row(conn: Connection, scope: Scope, client_id: UUID, *, now: datetime) -> ClientRow:
    row = await api_clients.find_client(conn, scope, client_id, now=now)
    if row is None:
        raise NotFound
    return row


def shown_as(row: ClientRow) -> Client:
    """What answers show of a row."""
    return Client(
        id=str(row.public_id),
        organisation_id=str(row.organisation_public_id),
        organisation_name=row.organisation_name,
        name=row.name,
        role=row.role,
        scopes=row.scopes,
        secrets=[_secret(found) for found in row.secrets],
        created_by=row.created_by,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _secret(found: Mapping[str, Any]) -> ClientSecret:
    expires_at = found["expires_at"]
    return ClientSecret(
        ending=found["ending"],
        created_at=datetime.fromisoformat(found["created_at"]),
        expires_at=None if expires_at is None else datetime.fromisoformat(expires_at),
    )


async def create_client(
    conn: Connection, author: Author, values: Mapping[str, Any], *, powers: Powers, now: datetime
) -> ClientWithSecret:
    """Make a client of the author's organisation, or of the one that `organisation_id` names.

    Raises NotFound for an organisation that is not the author's to see, Forbidden and InvalidInput.
    """
    organisation_id = values.get("organisation_id")
    organisation = await get_organisation_row(conn, author.scope, organisation_id and UUID(str(organisation_id)))
    role = str(values.get("role", "integrator"))
    scopes = _scopes(values.get("scopes", ()), role)
    powers.check(role, organisation.kind, scopes)
    public_id = uuid7()
    given = {
        "public_id": public_id,
        "organisation_id": organisation.organisation_id,
        "name": text(values, "name", 200),
        "role": role,
        "scopes": scopes,
        "expires_at": _end(values.get("expires_at"), now),
        "created_by": author.actor.name,
        "now": now,
    }
    client_id = await api_clients.insert_client(conn, given)
    secret = await _add_secret(conn, client_id, now=now)
    client = await get_client(conn, author.scope, public_id, now=now)
    await record(conn, author, "client", organisation.organisation_id, before=None, after=client, now=now)
    return ClientWithSecret(**_members(client), secret=secret)


def _members(client: Client) -> dict[str, Any]:
    return {name: getattr(client, name) for name in Client.__dataclass_fields__}


async def _add_secret(conn: Connection, client_id: int, *, now: datetime) -> str:
    secret = new_secret()
    await api_clients.insert_secret(conn, client_id, secret_hash=hash_of_secret(secret), ending=secret[-4:], now=now)
    return secret


def _scopes(wanted: Sequence[str], role: str) -> list[str]:
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown:
        raise InvalidInput("scope_unknown", where="scopes", scope=unknown[0], known=SCOPES)
    if not wanted:
        raise InvalidInput("scope_missing", where="scopes", known=SCOPES)
    writing = [scope for scope in wanted if scope.endswith(":write")]
    if writing and role != "integrator":
        raise InvalidInput("scope_needs_integrator", where="scopes", scope=writing[0], role=Code("roles", role))
    if writing and "fleet:read" not in wanted:
        raise InvalidInput("scope_needs_reading", where="scopes", scope=writing[0])
    return [scope for scope in SCOPES if scope in wanted]


def _end(expires_at: datetime | None, now: datetime) -> datetime | None:
    if expires_at is not None and expires_at <= now:
        raise InvalidInput("expiry_past", where="expires_at")
    return expires_at


async def change_client(
    conn: Connection,
    author: Author,
    client_id: UUID,
    changes: Mapping[str, Any],
    *,
    version: Versions | None,
    powers: Powers,
    now: datetime,
) -> Client:
    """Change name, scopes or end of a client.

    Raises NotFound, PreconditionFailed, Conflict, InvalidInput, and Forbidden when what it is, or is to be, is not the
    author's to give.
    """
    row = await _open_row(conn, author, client_id, version, now=now)
    kind = await _kind(conn, author, row)
    powers.check(row.role, kind, row.scopes)
    after = replace(
        row,
        name=text({"name": row.name} | dict(changes), "name", 200),
        scopes=_scopes(changes.get("scopes", row.scopes) or (), row.role),
        expires_at=_end(changes["expires_at"], now) if "expires_at" in changes else row.expires_at,
    )
    powers.check(after.role, kind, after.scopes)
    return await _store(conn, author, row, after, now=now)


async def _open_row(
    conn: Connection, author: Author, client_id: UUID, version: Versions | None, *, now: datetime
) -> ClientRow:
    row = await _get_row(conn, author.scope, client_id, now=now)
    same_version(row.version, version)
    if row.revoked_at is not None:
        raise Conflict("client_revoked")
    return row


async def _kind(conn: Connection, author: Author, row: ClientRow) -> str:
    """The kind of the client's organisation."""
    return (await get_organisation_row(conn, author.scope, row.organisation_public_id)).kind


async def _store(conn: Connection, author: Author, row: ClientRow, after: ClientRow, *, now: datetime) -> Client:
    await api_clients.update_client(conn, after, now=now)
    changed = await get_client(conn, author.scope, row.public_id, now=now)
    await record(conn, author, "client", row.organisation_id, before=shown_as(row), after=changed, now=now)
    return changed


async def revoke_client(
    conn: Connection, author: Author, client_id: UUID, *, version: Versions | None, grantable: Grantable, now: datetime
) -> None:
    """End a client, its secrets and its tokens at once. Raises NotFound, PreconditionFailed, Conflict and Forbidden."""
    row = await _open_row(conn, author, client_id, version, now=now)
    check_grant(row.role, await _kind(conn, author, row), grantable)
    await api_clients.update_client(conn, replace(row, revoked_at=now), now=now)
    change = Change(
        entity="client",
        entity_id=row.public_id,
        organisation_id=row.organisation_id,
        action="revoke",
        before={"revoked_at": None},
        after={"revoked_at": now.isoformat()},
    )
    await record_change(conn, author.actor, change, at=now)


async def rotate_secret(
    conn: Connection, author: Author, client_id: UUID, *, overlap: timedelta, powers: Powers, now: datetime
) -> ClientWithSecret:
    """Give a client a new secret; the newest so far stays valid for `overlap`, any older one ends now.

    Raises NotFound, Conflict, InvalidInput, and Forbidden when what the client is, is not the author's to give.
    """
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise InvalidInput("overlap_out_of_range", where="overlap_hours")
    row = await _open_row(conn, author, client_id, None, now=now)
    powers.check(row.role, await _kind(conn, author, row), row.scopes)
    await api_clients.expire_secrets(conn, row.client_id, until=now + overlap, now=now)
    secret = await _add_secret(conn, row.client_id, now=now)
    changed = await _store(conn, author, row, row, now=now)
    return ClientWithSecret(**_members(changed), secret=secret)
