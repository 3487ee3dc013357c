"""Invitations of colleagues."""

from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field

from api.schemas.accounts import Input, Language
from api.schemas.clients import ORGANISATION_UUID
from api.schemas.shape import AT, Instant, Shape, UuidText, example

RoleName = Literal[
    "owner", "operator", "dealer", "expert", "lead", "service_engineer", "administrator", "integrator", "auditor"
]
InvitationState = Literal["open", "accepted", "revoked", "expired"]
_INVITATION: dict[str, Any] = {
    "id": "0198f3a2-2b11-7d60-a1b2-1c2d3e4f5a6b",
    "organisation_id": ORGANISATION_UUID,
    "organisation_name": "North",
    "role": "operator",
    "language": "zh",
    "email": "liu.yang@example.com",
    "state": "open",
    "created_by": "owner",
    "expires_at": AT,
    "accepted_at": None,
    "accepted_by": None,
    "version": 1,
    "created_at": AT,
    "updated_at": AT,
}


class NewInvitation(Input):
    """Whom to invite, and to what."""

    role: RoleName
    organisation_id: UuidText | None = Field(default=None, pattern=r"^[0-9a-fA-F-]{36}$")
    """Your own organisation when left out."""
    language: Language | None = None
    """Of the page and the account; the browser's when left out, until the person chooses one."""
    email: str | None = Field(default=None, max_length=254)
    """For telling invitations apart, and suggested as login; nothing is sent to it."""

    model_config = ConfigDict(json_schema_extra={"example": {"role": "operator", "email": "liu.yang@example.com"}})


class Acceptance(Input):
    """The login and password that the invited person takes."""

    login: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=1000)

    model_config = ConfigDict(
        json_schema_extra={"example": {"login": "liu.yang@example.com", "password": "a few words of one's own"}}
    )


class Invitation(Shape):
    """One invitation."""

    id: UuidText
    organisation_id: UuidText
    organisation_name: str
    role: RoleName
    language: Language | None
    """Null: the browser's."""
    email: str | None
    state: InvitationState
    created_by: str
    expires_at: Instant
    accepted_at: datetime | None
    accepted_by: str | None
    """The login that was taken."""
    version: int
    created_at: Instant
    updated_at: Instant

    model_config = example(_INVITATION)


class InvitationWithLink(Invitation):
    """An invitation with its link, which is shown this once."""

    link: str
    """The console's page for accepting it, to be handed to the invited person; a path only where the platform does not
    know its own address (`ECC_PUBLIC_URL`): put `https://` and its host before it."""

    model_config = example(_INVITATION | {"link": "https://ecc.example.com/invite/" + "x" * 43})


class InvitationPage(Shape):
    """A page of invitations, the newest first."""

    items: list[Invitation]
    next_cursor: str | None


class CompanyLoginChoice(Shape):
    """A company's own login page that may be used instead of a password."""

    id: UuidText
    name: str
    start: str
    """Where to send the browser."""

    model_config = example(
        {
            "id": "0198f3a2-2b11-7d60-a1b2-1c2d3e4f5a6b",
            "name": "North SSO",
            "start": "/api/v1/auth/company-logins/0198f3a2-2b11-7d60-a1b2-1c2d3e4f5a6b/start",
        }
    )


class InvitationShown(Shape):
    """What the holder of a link is told: who invites, and to what."""

    organisation_name: str
    invited_by: str
    role: RoleName
    language: Language | None
    """Null: the browser's."""
    email: str | None
    expires_at: Instant
    company_logins: list[CompanyLoginChoice]

    model_config = example(
        {
            "organisation_name": "North",
            "invited_by": "owner",
            "role": "operator",
            "language": "zh",
            "email": "liu.yang@example.com",
            "expires_at": AT,
            "company_logins": [],
        }
    )
