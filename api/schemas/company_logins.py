"""Company logins."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from api.schemas.accounts import Input
from api.schemas.clients import ORGANISATION_UUID
from api.schemas.invitations import CompanyLoginChoice, RoleName
from api.schemas.shape import AT, Instant, Shape, UuidText, example

_LOGIN: dict[str, Any] = {
    "name": "North SSO",
    "issuer": "https://login.example.com",
    "client_id": "ecc",
    "secret_reference": "env:OIDC_SECRET_NORTH",
    "domains": ["north.example"],
    "role_claim": "groups",
    "role_map": {"fleet-admins": "owner"},
    "default_role": "operator",
    "auto_create": False,
}
_SHOWN = {
    "id": "0198f3a2-2b11-7d60-a1b2-1c2d3e4f5a6b",
    "organisation_id": ORGANISATION_UUID,
    "organisation_name": "North",
    **_LOGIN,
    "version": 1,
    "created_at": AT,
    "updated_at": AT,
}
_Short = Annotated[str, Field(min_length=1, max_length=200)]
_Domains = Annotated[list[_Short], Field(min_length=1, max_length=20)]
_RoleMap = Annotated[dict[_Short, RoleName], Field(max_length=50)]


class NewCompanyLogin(Input):
    """An organisation's OpenID provider."""

    organisation_id: UuidText = Field(pattern=r"^[0-9a-fA-F-]{36}$")
    name: _Short
    """What the button on the login page says."""
    issuer: str = Field(min_length=1, max_length=300)
    client_id: _Short
    secret_reference: str | None = Field(default=None, max_length=80)
    """`env:OIDC_SECRET_NAME` or `file:NAME`: where the server finds the client secret. Null: none (PKCE alone)."""
    domains: _Domains
    """Domains of e-mail addresses: whose addresses the provider is believed, and who is shown its button."""
    role_claim: _Short | None = None
    role_map: _RoleMap = Field(default_factory=dict)
    """Value of the claim -> role; the first that fits, at every sign-in."""
    default_role: RoleName | None = None
    """Of people who are made by `auto_create` and whose claim maps to nothing."""
    auto_create: bool = False
    """False: only people who were invited, or have an account with this address."""

    model_config = ConfigDict(json_schema_extra={"example": {"organisation_id": ORGANISATION_UUID, **_LOGIN}})


class CompanyLoginChange(Input):
    """What is to change of a company login."""

    name: _Short | None = None
    issuer: str | None = Field(default=None, min_length=1, max_length=300)
    client_id: _Short | None = None
    secret_reference: str | None = Field(default=None, max_length=80)
    domains: _Domains | None = None
    role_claim: _Short | None = None
    role_map: _RoleMap | None = None
    default_role: RoleName | None = None
    auto_create: bool | None = None

    model_config = ConfigDict(json_schema_extra={"example": {"auto_create": True}})


class CompanyLogin(Shape):
    """An organisation's OpenID provider."""

    id: UuidText
    organisation_id: UuidText
    organisation_name: str
    name: str
    issuer: str
    client_id: str
    secret_reference: str | None
    domains: list[str]
    role_claim: str | None
    role_map: dict[str, str]
    default_role: RoleName | None
    auto_create: bool
    version: int
    created_at: Instant
    updated_at: Instant

    model_config = example(_SHOWN)


class CompanyLoginPage(Shape):
    """A page of company logins."""

    items: list[CompanyLogin]
    next_cursor: str | None


class CompanyLoginChoices(Shape):
    """The login pages that people with an address of this domain may use."""

    items: list[CompanyLoginChoice]
