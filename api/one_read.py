"""For endpoints that read by one statement: who asks is found out in the same round trip.

The statement is sent with what the session meant the last time; when it means something else by now, it is sent again.
"""

from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from api.dependencies import Access, Now, count_request, permitted, pool_of
from api.identity.authentication import Shown, authenticate, authenticate_and, read_credential
from fleet.errors import EccError
from storage.audit import end_with
from storage.read_pool import Connection
from storage.sight import Scope
from storage.users import Caller
from usecases.sign_in import hash_of

Found = TypeVar("Found")
_KEPT = 10_000  # sessions


class Believed:
    """What sessions meant the last time, by the hashes of their secret names, which the database keeps as well."""

    def __init__(self) -> None:
        self._callers: OrderedDict[bytes, Caller] = OrderedDict()

    def recall(self, session: str | None) -> Caller | None:
        """Whom a session stood for; None for one that is new here, and for clients."""
        return None if session is None else self._callers.get(hash_of(session))

    def keep(self, session: str | None, caller: Caller) -> None:
        """A session stands for this caller."""
        if session is None:
            return
        name = hash_of(session)
        self._callers[name] = caller
        self._callers.move_to_end(name)
        if len(self._callers) > _KEPT:
            self._callers.popitem(last=False)


@dataclass(slots=True)
class OneRead:
    """A transaction in which one statement is to be read; by then it is known whose it is."""

    request: Request
    conn: Connection
    shown: Shown
    now: datetime
    access: Access | None = None

    async def ask(
        self, read: Callable[[Connection, Scope], Awaitable[Callable[[], Awaitable[Found]]]]
    ) -> tuple[Access, Found]:
        """What `read` gives or raises for the caller, by one statement that it sends; what it returns takes the answer.
        Raises as every endpoint does."""
        believed: Believed = self.request.app.state.believed
        guess = believed.recall(self.shown.session)
        if guess is None:
            access = self._access(await authenticate(self.request, self.conn, self.shown, now=self.now))
            return access, await (await read(self.conn, access.caller.scope))()
        count_request(self.request, guess)  # before anything is read: one session is one person's for good
        scope = guess.scope
        caller, found = await authenticate_and(
            self.request, self.conn, self.shown, lambda: read(self.conn, scope), now=self.now
        )
        access = self._access(caller, is_counted=True)
        if access.caller.scope != scope:
            return access, await (await read(self.conn, access.caller.scope))()
        if isinstance(found, EccError):
            raise found
        return access, found

    def _access(self, caller: Caller, *, is_counted: bool = False) -> Access:
        if not is_counted:
            count_request(self.request, caller)
        caller = permitted(self.request, caller)
        state = self.request.app.state
        state.believed.keep(self.shown.session, caller)
        self.access = Access(self.conn, caller, state.catalogue.current, self.now)
        return self.access


async def _one_read(request: Request, now: Now) -> AsyncIterator[OneRead]:
    shown = read_credential(request, now=now)
    async with pool_of(request).transaction() as conn:
        asked = OneRead(request, conn, shown, now)
        yield asked
        access = asked.access
        if access is not None and access.read is not None:
            await end_with(conn, access.caller.actor, access.read, at=now)


SignedForOneRead = Annotated[OneRead, Depends(_one_read, scope="function")]
