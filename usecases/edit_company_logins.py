"""Company logins: which organisation's people sign in by which OpenID provider, and with which roles."""

import re
from collections.abc import Mapping, Set
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
from storage.read_pool import Connection
from storage.sight import Scope
from usecases.edit_organisations import get_row as get_organisation_row
from usecases.master_data import Author, ListWish, Page, cut, optional_text, record, text
from usecases.powers import Grantable, check_grant
from usecases.versions import Versions, same_version
from usecases.webhook_addresses import points_inside

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Editing:
    """What the author may let a company login do: give these roles; with `allow_private`, be at any address."""

    grantable: Grantable
    allow_private: bool = False


async def create_company_login(
    conn: Connection, author: Author, values: Mapping[str, Any], *, editing: Editing, now: datetime
) -> CompanyLogin:
    """Add a provider to the organisation that `organisation_id` names.

    Raises NotFound, InvalidInput, and Forbidden for a role that the author may not give there.
    """
    organisation = await get_organisation_row(conn, author.scope, UUID(str(values["organisation_id"])))
    public_id = uuid7()
    given = await _checked(conn, values, organisation, editing) | {
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
    version: Versions | None,
    editing: Editing,
    now: datetime,
) -> CompanyLogin:
    """Change members of a company login.

    Raises NotFound, PreconditionFailed, InvalidInput, and Forbidden when it gave or is to give a role that is not the
    author's to give.
    """
    row = await _get_row(conn, author.scope, public_id)
    same_version(row.version, version)
    organisation = await get_organisation_row(conn, author.scope, row.organisation_public_id)
    _check_roles(row.gives, organisation, editing)
    given = await _checked(conn, {name: getattr(row, name) for name in MEMBERS} | dict(changes), organisation, editing)
    key = {"company_login_id": row.company_login_id, "version": row.version, "now": now}
    await company_logins.update_company_login(conn, given | key)
    after = await get_company_login(conn, author.scope, public_id)
    await record(conn, author, "company_login", row.organisation_id, before=shown_as(row), after=after, now=now)
    return after


async def delete_company_login(
    conn: Connection, author: Author, public_id: UUID, *, version: Versions | None, editing: Editing, now: datetime
) -> None:
    """Remove a company login and end the sessions that came by it.

    Raises NotFound, PreconditionFailed, and Forbidden when it gave a role that is not the author's to take.
    """
    row = await _get_row(conn, author.scope, public_id)
    same_version(row.version, version)
    _check_roles(row.gives, await get_organisation_row(conn, author.scope, row.organisation_public_id), editing)
    await company_logins.delete_company_login(conn, row.company_login_id, version=row.version)
    await record(conn, author, "company_login", row.organisation_id, before=shown_as(row), after=None, now=now)


async def _checked(
    conn: Connection, values: Mapping[str, Any], organisation: OrganisationRow, editing: Editing
) -> dict[str, Any]:
    role_map = dict(values.get("role_map") or {})
    default_role = optional_text(values, "default_role", 40)
    _check_roles({*role_map.values()} | ({default_role} if default_role else set()), organisation, editing)
    return {
        "name": text(values, "name", 100),
        "issuer": require_issuer(text(values, "issuer", 300), allow_private=editing.allow_private),
        "client_id": text(values, "client_id", 200),
        "secret_reference": await _reference(conn, values, organisation),
        "domains": _domains(values.get("domains") or ()),
        "role_claim": optional_text(values, "role_claim", 100),
        "role_map": role_map,
        "default_role": default_role,
        "auto_create": bool(values.get("auto_create", False)),
    }


def _check_roles(roles: Set[str], organisation: OrganisationRow, editing: Editing) -> None:
    for role in sorted(roles):
        check_grant(role, organisation.kind, editing.grantable)


async def _reference(conn: Connection, values: Mapping[str, Any], organisation: OrganisationRow) -> str | None:
    """Where the secret is; one organisation's secret is sent to no provider of another's."""
    reference = optional_text(values, "secret_reference", 80)
    if reference is None:
        return None
    if not REFERENCE.fullmatch(reference):
        raise InvalidInput("secret_reference_wrong", where="secret_reference")
    if await company_logins.is_secret_of_another(conn, reference, organisation.organisation_id):
        raise InvalidInput("secret_of_another", where="secret_reference")
    return reference


def require_issuer(issuer: str, *, allow_private: bool) -> str:
    """An issuer's address; raises InvalidInput unless it is https (http on the loopback only) and nothing more, and on
    the public internet as far as it tells. `allow_private`: anywhere (ECC_COMPANY_LOGIN_ALLOW_PRIVATE).
    """
    parts = urlsplit(issuer)
    is_plain = not (parts.query or parts.fragment or parts.username or parts.password) and bool(parts.hostname)
    if is_plain and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))):
        if not allow_private and points_inside(parts.hostname or ""):
            raise InvalidInput("address_inside", where="issuer")
        return issuer
    raise InvalidInput("issuer_wrong", where="issuer")


def is_loopback(host: str | None) -> bool:
    """True for this very machine."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def _domains(wanted: Any) -> list[str]:
    found = sorted({str(domain).strip().casefold() for domain in wanted})
    wrong = [domain for domain in found if not _DOMAIN.fullmatch(domain)]
    if wrong:
        raise InvalidInput("domain_wrong", where="domains", found=wrong[0])
    if not 1 <= len(found) <= _MOST:
        raise InvalidInput("domains_number", where="domains", most=_MOST)
    return found
