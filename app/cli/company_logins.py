"""`ecc company-logins`: by which OpenID providers the people of organisations sign in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from api.rights import GRANTABLE
from app.cli.master_data import Noun, Operator, commands
from app.processes import settings_or_exit
from fleet.errors import InvalidInput
from storage.read_pool import Connection
from usecases import edit_company_logins as edit


def _editing() -> edit.Editing:
    """Every role that somebody may give there."""
    return edit.Editing(
        grantable=lambda kind: frozenset[str]().union(*GRANTABLE.get(kind, {}).values()),
        allow_private=settings_or_exit().company_login_allow_private,
    )


async def _create(conn: Connection, by: Operator, values: dict[str, Any], now: datetime) -> Any:
    if values.get("organisation_id") is None:
        raise InvalidInput("organisation=... says whose people sign in by it.")
    return await edit.create_company_login(conn, by, values, editing=_editing(), now=now)


async def _change(conn: Connection, by: Operator, thing: UUID, changes: dict[str, Any], now: datetime) -> Any:
    return await edit.change_company_login(conn, by, thing, changes, version=None, editing=_editing(), now=now)


# secret_reference names where the server finds a secret; the secret itself is neither kept nor shown.
app = commands(
    Noun(
        plural="company logins",
        command="company-logins",
        columns=("id", "name", "issuer", "organisation_name", "secret_reference"),
        members={
            "name": "text",
            "organisation": "organisation",
            "issuer": "text",
            "client_id": "text",
            "secret_reference": "text",
            "domains": "json",
            "role_claim": "text",
            "role_map": "json",
            "default_role": "text",
            "auto_create": "flag",
        },
        list=lambda conn, scope, q, wish: edit.list_company_logins(conn, scope, wish),
        get=edit.get_company_login,
        create=_create,
        change=_change,
        delete=lambda conn, by, thing, now: edit.delete_company_login(
            conn, by, thing, version=None, editing=_editing(), now=now
        ),
    )
)
