"""One visit to a company's login page: what the browser carries meanwhile, and where it goes afterwards."""

import os
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import quote
from uuid import UUID

from fastapi import Request, Response

from api.identity.addresses import public_address
from api.identity.provider import ProviderUnusable, Relation
from api.sessions import Purpose, Sessions
from api.settings import ApiSettings
from fleet.errors import NotAuthenticated
from storage.company_logins import CompanyLoginRow

VISIT_COOKIE: Final = "ecc_company"
VISIT_PATH: Final = "/api/v1/auth/company-logins"
VISIT_LIFETIME: Final = timedelta(minutes=10)
_OWN_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]{0,500}")  # printable, without a backslash: browsers read it as a slash
HOME: Final = "/live"
REFUSED: Final = "/login?company=refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What the browser that set out must show when it comes back."""

    company: UUID
    state: str
    nonce: str
    verifier: str
    return_to: str
    invitation: str | None


def begin_visit(company: UUID, *, return_to: str | None, invitation: str | None) -> Visit:
    """A visit with fresh secrets."""
    return Visit(
        company=company,
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        return_to=own_path(return_to),
        invitation=invitation,
    )


def own_path(wanted: str | None) -> str:
    """A path of this very site; the live page for everything that would lead elsewhere."""
    return wanted if wanted is not None and _OWN_PATH.fullmatch(wanted) else HOME


def arrival(visit: Visit) -> str:
    """The console's page that takes the new session up and goes on to where the visit wants."""
    return f"/signed-in?to={quote(visit.return_to, safe='')}"


def carry(response: Response, sessions: Sessions, visit: Visit, *, now: datetime) -> None:
    """Let the browser carry the visit, sealed, in a cookie of its own."""
    claims = {
        "company": str(visit.company),
        "state": visit.state,
        "nonce": visit.nonce,
        "verifier": visit.verifier,
        "to": visit.return_to,
        "invitation": visit.invitation,
    }
    sealed = sessions.seal(Purpose.COMPANY_LOGIN, claims, expires_at=now + VISIT_LIFETIME)
    sessions.set_cookie(response, VISIT_COOKIE, sealed, lifetime=VISIT_LIFETIME, path=VISIT_PATH)


def come_back(request: Request, sessions: Sessions, company: UUID, *, now: datetime) -> Visit:
    """The visit of a browser that comes back with the state it set out with. Raises NotAuthenticated."""
    claims = sessions.open(Purpose.COMPANY_LOGIN, request.cookies.get(VISIT_COOKIE, ""), now=now)
    visit = Visit(
        company=UUID(claims["company"]),
        state=claims["state"],
        nonce=claims["nonce"],
        verifier=claims["verifier"],
        return_to=own_path(claims["to"]),
        invitation=claims["invitation"],
    )
    shown = request.query_params.get("state", "")
    if visit.company != company or not secrets.compare_digest(visit.state.encode(), shown.encode()):
        raise NotAuthenticated
    return visit


def relation_to(request: Request, company: CompanyLoginRow) -> Relation:
    """We as a client of the company's provider. Raises ProviderUnusable when our secret is not where it should be."""
    settings: ApiSettings = request.app.state.settings
    return Relation(
        issuer=company.issuer,
        client_id=company.client_id,
        secret=read_secret(company.secret_reference, settings.company_secrets_dir),
        redirect_uri=f"{public_address(request)}{VISIT_PATH}/{company.public_id}/callback",
    )


def read_secret(reference: str | None, directory: Path | None) -> str | None:
    """The secret that a reference names: `env:OIDC_SECRET_NAME`, or `file:NAME` in the directory of secrets."""
    if reference is None:
        return None
    kind, _, name = reference.partition(":")
    if kind == "env":
        found = os.environ.get(name)
    else:
        found = _text_of(directory / name) if directory is not None and Path(name).name == name else None
    if not found:
        raise ProviderUnusable("secret_absent", reference=reference)
    return found


def _text_of(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
