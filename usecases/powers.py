"""Which roles somebody may give to people, and whose accounts they may decide over."""

from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import TypeAlias

from fleet.errors import Forbidden
from fleet.reasons import Code
from storage.people import is_in_use
from storage.read_pool import Connection

Grantable: TypeAlias = Callable[[str], Set[str]]
"""The roles that the author may give to people of an organisation of this kind."""


def check_grant(role: str, kind: str, grantable: Grantable) -> None:
    """Raise Forbidden unless the author may give this role in an organisation of this kind."""
    roles = grantable(kind)
    if role not in roles:
        raise Forbidden(
            "role_not_yours" if roles else "roles_not_yours",
            where="role",
            role=Code("roles", role),
            kind=Code("organisation_kinds", kind),
            roles=[Code("roles", one) for one in sorted(roles)],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Powers:
    """What the author may give (roles, by the kind of the organisation), and whose rights, by role, are all its own.

    A role with rights that the author has not is the author's to give only while nobody of the organisation has it in
    use: so a dealer brings a new customer its first owner, and makes none beside an owner who is there.
    """

    grantable: Grantable
    covers: Callable[[str], bool]

    async def allow(self, conn: Connection, role: str, organisation_id: int, kind: str) -> bool:
        """True when the author may give this role in this organisation now."""
        return role in self.grantable(kind) and await self._reach(conn, role, organisation_id)

    async def check(self, conn: Connection, role: str, organisation_id: int, kind: str) -> None:
        """Raise Forbidden unless the author may give this role in this organisation now."""
        check_grant(role, kind, self.grantable)
        if not await self._reach(conn, role, organisation_id):
            raise Forbidden("role_first_only", where="role", role=Code("roles", role))

    async def _reach(self, conn: Connection, role: str, organisation_id: int) -> bool:
        return self.covers(role) or not await is_in_use(conn, role, organisation_id)


PowersOf = Callable[[str], Powers]
"""The powers of whoever has this role."""
