"""Signing in by a company's own login page: whose account it is that the provider vouches for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from fleet.errors import Forbidden
from storage.audit import Actor, Change, Occurrence, record_change, record_occurrence
from storage.company_logins import (
    CompanyLoginRow,
    LinkedAccount,
    find_linked,
    link_identity,
    list_by_email,
    set_role,
)
from storage.organisations import enter_platform, is_below
from storage.read_pool import Connection, ReadPool
from storage.users import NewPerson, find_account, insert_person
from usecases.invite import get_open, use_up
from usecases.powers import PowersOf
from usecases.sign_in import OpenSession, Visitor, begin_session


class CompanyRefused(Forbidden):
    """The company's login page did not vouch for anybody who has an account here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """Whom a provider vouches for: what its checked id token says."""

    issuer: str
    subject: str
    email: str | None = None
    email_verified: bool = False
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def email_in(self, domains: list[str]) -> str | None:
        """The e-mail address, if the provider has verified it and it lies in one of these domains."""
        if self.email is None or not self.email_verified or self.email.count("@") != 1:
            return None
        return self.email if self.email.rpartition("@")[2].casefold() in domains else None


async def sign_in_by_company(
    pool: ReadPool,
    company: CompanyLoginRow,
    vouched: Vouched,
    *,
    invitation: str | None,
    visitor: Visitor,
    lifetime: timedelta,
    powers_of: PowersOf,
    now: datetime,
) -> OpenSession:
    """Begin a session for whom the provider vouches. Raises CompanyRefused, InvitationOver and NotAuthenticated."""
    async with pool.platform() as conn:
        account = await _account_of(conn, company, vouched, invitation=invitation, powers_of=powers_of, now=now)
        why = await _why_not(conn, company, account)
        if account is not None and why is None:
            await _keep_role(conn, company, vouched, account, now=now)
            return await begin_session(
                conn, account, visitor, lifetime=lifetime, now=now, company_login_id=company.company_login_id
            )
    async with pool.platform() as conn:  # what was written above is undone; the refusal stays
        nobody = Actor(kind="person", id=None, name="unknown login", organisation_id=None)
        refused = Occurrence(
            action="sign_in_failed",
            entity="session",
            organisation_id=company.organisation_id,
            detail=visitor.detail | {"why": why, "company_login": company.name},
        )
        await record_occurrence(conn, nobody, refused, at=now)
    raise CompanyRefused("company_account_unknown")


async def _why_not(conn: Connection, company: CompanyLoginRow, account: LinkedAccount | None) -> str | None:
    """Why the company does not let the account in; None when it does.

    Asked at every sign-in: an account that was linked may have got a role, or come to a place, that is not the
    company's to open.
    """
    if account is None or not await is_below(conn, account.organisation_id, top=company.organisation_id):
        return "not vouched for"
    if not account.active:
        return "not active"
    return None if account.role in company.gives else f"the role {account.role} is not one that it gives"


async def _account_of(
    conn: Connection,
    company: CompanyLoginRow,
    vouched: Vouched,
    *,
    invitation: str | None,
    powers_of: PowersOf,
    now: datetime,
) -> LinkedAccount | None:
    """The account of (issuer, subject); else one that is linked to it now: invited, found by e-mail, or made."""
    linked = await find_linked(conn, issuer=vouched.issuer, subject=vouched.subject)
    if linked is not None:
        return linked
    if invitation is not None:
        found = await _invited(conn, company, vouched, invitation, powers_of=powers_of, now=now)
    else:
        found = await _by_email(conn, company, vouched, now=now)
    if found is None:
        return None
    await link_identity(conn, issuer=vouched.issuer, subject=vouched.subject, user_id=found, now=now)
    return await find_linked(conn, issuer=vouched.issuer, subject=vouched.subject)


async def _invited(
    conn: Connection, company: CompanyLoginRow, vouched: Vouched, invitation: str, *, powers_of: PowersOf, now: datetime
) -> int | None:
    row = await get_open(conn, invitation, powers_of=powers_of, now=now)
    if row.role not in company.gives or not await is_below(conn, row.organisation_id, top=company.organisation_id):
        return None
    login = vouched.email_in(company.domains) or _login_of_subject(company, vouched)
    account = await use_up(conn, row, login=login, password_hash=None, now=now)
    await enter_platform(conn)  # whether the company is above the account is still to be asked
    return account.user_id


async def _by_email(conn: Connection, company: CompanyLoginRow, vouched: Vouched, *, now: datetime) -> int | None:
    """The one account with the verified address, in an allowed domain, of the company itself; one made, without any.

    Its role is one that the company login gives: whoever may edit that could have given it. What other organisations
    wrote down as logins and addresses makes no difference.
    """
    email = vouched.email_in(company.domains)
    if email is None:
        return None
    found = await list_by_email(conn, email, top=company.organisation_id)
    if not found:
        return await _made(conn, company, vouched, email, now=now)
    return found[0].user_id if len(found) == 1 and found[0].role in company.gives else None


async def _made(
    conn: Connection, company: CompanyLoginRow, vouched: Vouched, email: str, *, now: datetime
) -> int | None:
    role = role_of(company, vouched) or company.default_role
    if not company.auto_create or role is None:
        return None
    is_taken = await find_account(conn, login=email) is not None  # by another organisation's, before it was theirs
    person = NewPerson(
        organisation_id=company.organisation_id,
        login=_login_of_subject(company, vouched) if is_taken else email,
        password_hash=None,
        role=role,
        language=_language(vouched),
        email=email,
    )
    account = await insert_person(conn, person, now=now)
    change = Change(
        entity="person",
        entity_id=account.public_id,
        organisation_id=account.organisation_id,
        action="create",
        after={"login": account.login, "role": role, "by": company.name},
    )
    await record_change(conn, _actor_of(company), change, at=now)
    return account.user_id


def _language(vouched: Vouched) -> str | None:
    said = str(vouched.claims.get("locale", ""))[:2].lower()
    return said if said in ("zh", "en") else None


def _login_of_subject(company: CompanyLoginRow, vouched: Vouched) -> str:
    return f"{company.client_id}:{vouched.subject}"[:200]


def role_of(company: CompanyLoginRow, vouched: Vouched) -> str | None:
    """The role that the company's claim says; None when it says nothing that is mapped."""
    if company.role_claim is None:
        return None
    said = vouched.claims.get(company.role_claim)
    values = said if isinstance(said, list) else [said]
    return next((role for value, role in company.role_map.items() if value in values), None)


async def _keep_role(
    conn: Connection, company: CompanyLoginRow, vouched: Vouched, account: LinkedAccount, *, now: datetime
) -> None:
    """The account has the role that its own company says now."""
    role = role_of(company, vouched)
    if role in (None, account.role) or account.organisation_id != company.organisation_id:
        return
    await set_role(conn, account.user_id, role, now=now)
    change = Change(
        entity="person",
        entity_id=account.public_id,
        organisation_id=account.organisation_id,
        action="update",
        before={"role": account.role},
        after={"role": role, "by": company.name},
    )
    await record_change(conn, _actor_of(company), change, at=now)


def _actor_of(company: CompanyLoginRow) -> Actor:
    return Actor(kind="system", id=None, name=f"company login {company.name}", organisation_id=None)
