"""Company logins: which organisation's people sign in by which OpenID provider, and with which roles."""

import re
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from fleet.errors import InvalidInput, NotFound
from storage import company_logins
from storage.company_logins import CompanyLoginRow
from storage.ids import uuid7
from storage.organisations import OrganisationRow
from storage.read_scope import Connection, Scope
from usecases.edit_organisations import get_row as get_organisation_row
from usecases.master_data import Author, ListWish, Page, cut, optional_text, record, same_version, text

REFERENCE = re.compile(r"env:OIDC_SECRET_[A-Z0-9_]{1,64}|file:[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_MOST = 20


@dataclass(frozen=True, kw_only=True)
class CompanyLogin:
    """One company login; see api.schemas.company_logins."""

    id: str
    organisation_id: str
    organisation_name: str
    name: str
    issuer: str
    client_id: str
    secret_reference: str | None
    domains: list[str]
    role_claim: str | None
    role_map: dict[str, str]
    default_role: str | None
    auto_create: bool
    version: int
    created_at: datetime
    updated_at: datetime


MEMBERS = (
    "name", "issuer", "client_id", "secret_reference", "domains", "role_claim", "role_map", "default_role",
    "auto_create",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class CompanyLoginPage(Page):
    """A page of company logins."""

    items: list[CompanyLogin]


def shown_as(row: CompanyLoginRow) -> CompanyLogin:
    """What answers show of a row."""
    return CompanyLogin(
        id=str(row.public_id),
        organisation_id=str(row.organisation_public_id),
        organisation_name=row.organisation_name,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        **{name: getattr(row, name) for name in MEMBERS},
    )


async def list_company_logins(conn: Connection, scope: Scope, wish: ListWish) -> CompanyLoginPage:
    """A page of the company logins of the scope's organisations."""
    rows = await company_logins.list_company_logins(conn, scope, wish.page)
    shown, end = cut(rows, wish, lambda row: (row.name, row.company_login_id))
    return CompanyLoginPage(items=[shown_as(row) for row in shown], end=end)


async def get_company_login(conn: Connection, scope: Scope, public_id: UUID) -> CompanyLogin:
    """One company login. Raises NotFound."""
    return shown_as(await _get_row(conn, scope, public_id))


async def _get_row(conn: Connection, scope: Scope, public_id: UUID) -> CompanyLoginRow:
    row = await company_logins.find_company_login(conn, scope, public_id)
    if row is None:
        raise NotFound
    return row


Roles = Callable[[str], Set[str]]
"""The roles that a company may give to its people, by the kind of the organisation."""


async def create_company_login(
    conn: Connection, author: Author, values: Mapping[str, Any], *, roles: Roles, now: datetime
) -> CompanyLogin:
    """Add a provider to the organisation that `organisation_id` names. Raises NotFound and InvalidInput."""
    organisation = await get_organisation_row(conn, author.scope, UUID(str(values["organisation_id"])))
    public_id = uuid7()
    given = _checked(values, organisation, roles) | {
        "public_id": public_id,
        "organisation_id": organisation.organisation_id,
        "now": now,
    }
    await company_logins.insert_company_login(conn, given)
    made = await get_company_login(conn, author.scope, public_id)
    await record(conn, author, "company_login", organisation.organisation_id, before=None, after=made, now=now)
    return made


async def change_company_login(
    conn: Connection,
    author: Author,
    public_id: UUID,
    changes: Mapping[str, Any],
    *,
    version: int | None,
    roles: Roles,
    now: datetime,
) -> CompanyLogin:
    """Change members of a company login. Raises NotFound, PreconditionFailed and InvalidInput."""
    row = await _get_row(conn, author.scope, public_id)
    same_version(row.version, version)
    organisation = await get_organisation_row(conn, author.scope, row.organisation_public_id)
    given = _checked({name: getattr(row, name) for name in MEMBERS} | dict(changes), organisation, roles)
    key = {"company_login_id": row.company_login_id, "version": row.version, "now": now}
    await company_logins.update_company_login(conn, given | key)
    after = await get_company_login(conn, author.scope, public_id)
    await record(conn, author, "company_login", row.organisation_id, before=shown_as(row), after=after, now=now)
    return after


async def delete_company_login(
    conn: Connection, author: Author, public_id: UUID, *, version: int | None, now: datetime
) -> None:
    """Remove a company login and end the sessions that came by it. Raises NotFound and PreconditionFailed."""
    row = await _get_row(conn, author.scope, public_id)
    same_version(row.version, version)
    await company_logins.delete_company_login(conn, row.company_login_id, version=row.version)
    await record(conn, author, "company_login", row.organisation_id, before=shown_as(row), after=None, now=now)


def _checked(values: Mapping[str, Any], organisation: OrganisationRow, roles: Roles) -> dict[str, Any]:
    reference = optional_text(values, "secret_reference", 80)
    if reference is not None and not REFERENCE.fullmatch(reference):
        raise InvalidInput("secret_reference is env:OIDC_SECRET_NAME or file:NAME; the secret itself is not kept here.")
    role_map = dict(values.get("role_map") or {})
    default_role = optional_text(values, "default_role", 40)
    for role in (*role_map.values(), *([default_role] if default_role else ())):
        if role not in roles(organisation.kind):
            raise InvalidInput(f"A company of the kind {organisation.kind} cannot give its people the role {role}.")
    return {
        "name": text(values, "name", 100),
        "issuer": require_issuer(text(values, "issuer", 300)),
        "client_id": text(values, "client_id", 200),
        "secret_reference": reference,
        "domains": _domains(values.get("domains") or ()),
        "role_claim": optional_text(values, "role_claim", 100),
        "role_map": role_map,
        "default_role": default_role,
        "auto_create": bool(values.get("auto_create", False)),
    }


def require_issuer(issuer: str) -> str:
    """An issuer's address; raises InvalidInput unless it is https (http on the loopback only) and nothing more."""
    parts = urlsplit(issuer)
    is_plain = not (parts.query or parts.fragment or parts.username or parts.password) and bool(parts.hostname)
    if is_plain and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))):
        return issuer
    raise InvalidInput("issuer is the https:// address of the OpenID provider, without login, ? or #.")


def is_loopback(host: str | None) -> bool:
    """True for this very machine."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def _domains(wanted: Any) -> list[str]:
    found = sorted({str(domain).strip().casefold() for domain in wanted})
    wrong = [domain for domain in found if not _DOMAIN.fullmatch(domain)]
    if wrong or not 1 <= len(found) <= _MOST:
        raise InvalidInput(f"{wrong[0]} is no domain." if wrong else f"domains has 1 to {_MOST} domains.")
    return found
