"""OAuth 2 client credentials: a client shows its secret and is told what a token of its may carry."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fleet.errors import EccError, NotAuthenticated
from storage.api_clients import SignedClient, find_client_caller, note_use
from storage.audit import Actor, Occurrence, record_occurrence
from storage.read_pool import ReadPool
from usecases.client_secrets import hash_of_secret, is_well_formed
from usecases.sign_in import Visitor, allow_attempt
from usecases.sign_in_pace import Attempt, Pace, forgive_attempt


class ScopeRefused(EccError):
    """The client was not given the scope that it asks for."""

    code = "invalid_scope"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientGrant:
    """What a token of the client may carry."""

    secret_id: int
    scopes: tuple[str, ...]


async def grant_client(
    pool: ReadPool,
    *,
    client_id: str,
    secret: str,
    wanted: Collection[str],
    visitor: Visitor,
    pace: Pace,
    now: datetime,
) -> ClientGrant:
    """Check a client's secret. Without `wanted` it gets every scope it was given.

    Raises NotAuthenticated, ScopeRefused and TooManyAttempts.
    """
    attempt = Attempt.of(f"client {client_id}", visitor.address)
    await allow_attempt(pool, attempt, pace, now=now)
    async with pool.platform() as conn:
        found = (
            await find_client_caller(conn, secret_hash=hash_of_secret(secret), now=now)
            if is_well_formed(secret)
            else None
        )
    async with pool.platform() as conn:
        if found is None or found.caller.public_id != _uuid(client_id):
            await record_occurrence(conn, _NOBODY, _refused(visitor), at=now)
        else:
            await forgive_attempt(conn, attempt, pace, now=now)
            await note_use(conn, {found.client_id: now})
    if found is None or found.caller.public_id != _uuid(client_id):
        raise NotAuthenticated
    return ClientGrant(secret_id=found.secret_id, scopes=_granted(found, wanted))


_NOBODY = Actor(kind="client", id=None, name="unknown client", organisation_id=None)


def _refused(visitor: Visitor) -> Occurrence:
    return Occurrence(action="sign_in_failed", entity="client", detail=visitor.detail)


def _granted(found: SignedClient, wanted: Collection[str]) -> tuple[str, ...]:
    given = found.caller.scopes or frozenset()
    if missing := sorted(set(wanted) - given):
        raise ScopeRefused("scope_not_given", where="scope", scope=missing[0])
    return tuple(sorted(set(wanted) or given))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
