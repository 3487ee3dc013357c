"""What routes take as parameters: the clock, the caller, a transaction in the caller's scope."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Path, Query, Request

from api import rate_limits
from api.endpoints import endpoint_of
from api.identity.authentication import authenticate, read_credential
from api.languages import Language, language_of
from api.policy import ENDPOINTS
from api.rights import CLIENT_SCOPES, Right, allows
from api.schemas.bodies import Time
from api.sessions import Sessions
from fleet.errors import Forbidden, InvalidInput
from fleet.signals import Catalogue
from storage.audit import Occurrence, PlacesRead, end_with
from storage.read_pool import Connection, ReadPool
from storage.users import Caller


def clock() -> datetime:
    """The API's clock; below it, `now` is a parameter."""
    return datetime.now(UTC)


# Dependencies are async throughout: FastAPI runs a plain function in a thread, which costs more than most requests.
async def now_of_request() -> datetime:
    """The time of the request."""
    return clock()


async def _asked_language(request: Request) -> Language:
    return language_of(request)


Now = Annotated[datetime, Depends(now_of_request)]
AskedLanguage = Annotated[Language, Depends(_asked_language)]


@dataclass(slots=True)
class Access:
    """A signed-in caller and a transaction that sees what its organisation may see."""

    conn: Connection
    caller: Caller
    catalogue: Catalogue
    now: datetime
    read: Occurrence | None = None

    def positions_read(
        self,
        *,
        what: str,
        machine_id: int | None = None,
        machine: UUID | str | None = None,
        places: PlacesRead | None = None,
        **detail: Any,
    ) -> None:
        """Note that this request's answer holds positions: one row of the audit, written with its transaction.

        `what`: the endpoint in words ("fleet positions"); `machine_id` or `machine`, its public id, when it is about
        one: whoever owns it then finds the row; `places`: whose places, when it is about several: their owners are told
        of it; `detail`: counts, filters.
        """
        self.read = Occurrence(
            action="read_positions",
            entity="position",
            machine_id=machine_id,
            machine=None if machine is None else UUID(str(machine)),
            places=places,
            organisation_id=self.caller.scope.organisation_id,
            detail={"what": what, "exact": self.caller.scope.exact_positions} | detail,
        )

    def may(self, right: Right) -> bool:
        """True when the caller has the right."""
        return _allowed(self.caller, right)


def pool_of(request: Request) -> ReadPool:
    """The process's connection pool."""
    pool: ReadPool = request.app.state.pool
    return pool


def sessions_of(request: Request) -> Sessions:
    """The process's session signer."""
    sessions: Sessions = request.app.state.sessions
    return sessions


async def _access(request: Request, now: Now) -> AsyncIterator[Access]:
    shown = read_credential(request, now=now)
    async with pool_of(request).transaction() as conn:
        caller = await authenticate(request, conn, shown, now=now)
        count_request(request, caller)
        caller = permitted(request, caller)
        access = Access(conn, caller, request.app.state.catalogue.current, now)
        yield access
        if access.read is not None:
            await end_with(conn, caller.actor, access.read, at=now)


def count_request(request: Request, caller: Caller) -> None:
    """Count the request of the caller. Raises RateLimited."""
    rate_limits.count(request, caller, rate_limits.cost_of(endpoint_of(request)))


def permitted(request: Request, caller: Caller) -> Caller:
    """The caller, who may do this, with their right to exact positions. Raises Forbidden."""
    _check(endpoint_of(request), caller)
    exact = _allowed(caller, Right.READ_POSITIONS)
    return replace(caller, scope=replace(caller.scope, exact_positions=exact))


Signed = Annotated[Access, Depends(_access, scope="function")]


signed_in = asynccontextmanager(_access)
"""The same for endpoints that go on for long when their transaction is over: no connection is held meanwhile."""


async def _caller(request: Request, now: Now) -> Caller:
    """The caller, for endpoints that open transactions of their own: no connection is held meanwhile."""
    async with signed_in(request, now) as access:
        return access.caller


SignedCaller = Annotated[Caller, Depends(_caller)]


def _check(endpoint: str, caller: Caller) -> None:
    """Raise Forbidden unless the policy's line of the endpoint lets the caller pass."""
    rule = ENDPOINTS[endpoint]
    if isinstance(rule, Right):
        _require(caller, rule)


def _require(caller: Caller, right: Right) -> None:
    if not _allowed(caller, right):
        raise Forbidden if caller.scopes is None else _missing(right, caller.scopes)


def _missing(right: Right, given: frozenset[str]) -> Forbidden:
    scope = next((scope for scope, rights in CLIENT_SCOPES.items() if right in rights), None)
    if scope is None:
        return Forbidden("person_needed")
    return Forbidden("scope_needed", scope="fleet:read" if scope in given else scope)


def _allowed(caller: Caller, right: Right) -> bool:
    return allows(caller.role, right, organisation_kind=caller.organisation.kind, scopes=caller.scopes)


def require(access: Access, right: Right) -> None:
    """Raise Forbidden unless the caller has this right, beside the one that the endpoint's line asks for."""
    _require(access.caller, right)


_REFERENCE = r"^([0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|(pin|serial|equipment):[^\x00-\x1f\x7f]{1,64})$"
MachineReference = Annotated[
    str,
    Path(
        pattern=_REFERENCE,
        description="The machine's id, or `pin:...`, `serial:...`, `equipment:...`.",
        examples=["pin:ECC00EX0001234567"],
    ),
]
Cursor = Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=1000, description="Entries a page.", examples=[50])]
FromAt = Annotated[
    Time | None, Query(alias="from", description="RFC 3339, inclusive.", examples=["2026-11-21T09:00:00Z"])
]
ToAt = Annotated[Time | None, Query(alias="to", description="RFC 3339, exclusive.", examples=["2026-11-21T10:00:00Z"])]
SignalKeys = Annotated[
    str | None,
    Query(
        max_length=2000,
        pattern=r"^[a-z0-9_]+(,[a-z0-9_]+)*$",
        description="Signal keys, separated by commas.",
        examples=["engine_speed_rpm,fuel_level_pct"],
    ),
]
Resume = Annotated[
    str | None,
    Header(alias="Last-Event-ID", max_length=64, description="Id of the last frame received.", examples=["731-42"]),
]
_FIRST_YEAR, _LAST_YEAR = 1970, 2200


def instant(value: datetime | None, name: str) -> datetime | None:
    """The time of this parameter in UTC; raises InvalidInput outside 1970 to 2200."""
    if value is None:
        return None
    if not _FIRST_YEAR <= value.year < _LAST_YEAR:
        raise InvalidInput("time_out_of_range", where=name)
    return value.astimezone(UTC)


def signal_keys(text: str | None, catalogue: Catalogue, *, at_most: int) -> tuple[str, ...]:
    """The keys of a comma-separated list, each once. Raises InvalidInput for unknown keys or too many of them."""
    keys = tuple(dict.fromkeys(text.split(","))) if text else ()
    unknown = [key for key in keys if key not in catalogue]
    if unknown:
        raise InvalidInput("signals_unknown", where="signals", keys=unknown[:5])
    if len(keys) > at_most:
        raise InvalidInput("signals_too_many", where="signals", most=at_most)
    return keys
