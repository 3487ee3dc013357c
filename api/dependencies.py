"""What routes take as parameters: the clock, the caller, a transaction in the caller's scope."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Header, Path, Query, Request
from pydantic import AwareDatetime

from api.languages import Language, language_of
from api.policy import Right, allows
from api.sessions import Sessions, authenticate
from fleet.errors import Forbidden, InvalidInput
from fleet.signals import Catalogue
from storage.read_scope import Connection, ReadPool
from storage.users import Caller


def clock() -> datetime:
    """The API's clock; below it, `now` is a parameter."""
    return datetime.now(UTC)


Now = Annotated[datetime, Depends(clock)]
AskedLanguage = Annotated[Language, Depends(language_of)]


@dataclass(frozen=True, slots=True)
class Access:
    """A signed-in caller and a transaction that sees what its organisation may see."""

    conn: Connection
    caller: Caller
    catalogue: Catalogue


def pool_of(request: Request) -> ReadPool:
    """The process's connection pool."""
    pool: ReadPool = request.app.state.pool
    return pool


def sessions_of(request: Request) -> Sessions:
    """The process's session signer."""
    sessions: Sessions = request.app.state.sessions
    return sessions


async def _access(request: Request, now: Now) -> AsyncIterator[Access]:
    async with pool_of(request).transaction() as conn:
        caller = await authenticate(request, conn, now=now)
        yield Access(conn, caller, request.app.state.catalogue.current)


Signed = Annotated[Access, Depends(_access, scope="function")]


def require(access: Access, right: Right) -> None:
    """Raise Forbidden unless the caller's role has this right."""
    if not allows(access.caller.role, right):
        raise Forbidden


_REFERENCE = r"^([0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|(pin|serial|equipment):[!-~]{1,64})$"
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
    AwareDatetime | None, Query(alias="from", description="RFC 3339, inclusive.", examples=["2026-11-21T09:00:00Z"])
]
ToAt = Annotated[
    AwareDatetime | None, Query(alias="to", description="RFC 3339, exclusive.", examples=["2026-11-21T10:00:00Z"])
]
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


def instant(value: datetime | None) -> datetime | None:
    """A time of the query in UTC; raises InvalidInput outside 1970 to 2200."""
    if value is None:
        return None
    if not _FIRST_YEAR <= value.year < _LAST_YEAR:
        raise InvalidInput(f"Times must lie between {_FIRST_YEAR} and {_LAST_YEAR}.")
    return value.astimezone(UTC)


def signal_keys(text: str | None, catalogue: Catalogue, *, at_most: int) -> tuple[str, ...]:
    """The keys of a comma-separated list, each once. Raises InvalidInput for unknown keys or too many of them."""
    keys = tuple(dict.fromkeys(text.split(","))) if text else ()
    unknown = [key for key in keys if key not in catalogue]
    if unknown:
        raise InvalidInput(f"No such signal: {', '.join(unknown[:5])}.")
    if len(keys) > at_most:
        raise InvalidInput(f"At most {at_most} signals at once.")
    return keys
