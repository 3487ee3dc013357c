"""The history of everything that people keep: who changed what and when, beside each noun."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from fastapi.responses import Response

from api import cursors
from api.dependencies import Access, Cursor, Limit, MachineReference, Signed
from api.problems import documented
from api.routes.audit import place_of
from api.schemas.audit import AuditPage
from api.schemas.geofences import GEOFENCE_UUID
from api.schemas.maintenance_plans import PLAN_UUID
from api.schemas.models import MODEL_UUID
from api.schemas.organisations import ORGANISATION_UUID
from api.schemas.people import PERSON_UUID
from api.schemas.rosters import ROSTER_UUID
from api.schemas.sites import SITE_UUID
from api.schemas.terminals import TERMINAL_UUID
from api.schemas.webhooks import WEBHOOK_UUID
from api.writes import Fields, listed
from storage.read_pool import Connection
from storage.sight import Scope
from usecases import (
    edit_clients,
    edit_company_logins,
    edit_geofences,
    edit_models,
    edit_organisations,
    edit_people,
    edit_plans,
    edit_rosters,
    edit_sites,
    edit_terminals,
    invite,
    read_audit,
    read_changes,
    webhooks,
)

router = APIRouter(tags=["changes"], responses=documented("not_authenticated", "forbidden", "not_found"))
_ORDER = "changes"
Get = Callable[[Access, UUID], Awaitable[object]]
NOUNS = {"machine": "machines"}
"""Whose history is served: entity of the audit -> noun."""


def _add(
    noun: str, entity: str, example: str, get: Get, *, key: str | None = None, is_its_makers: bool = False
) -> None:
    """Serve GET /<noun>/{<key>_id}/changes of the audit's `entity`; `get` raises NotFound for what is hidden.

    `is_its_makers`: a client has to do with what it made itself only, so for clients `get` is always asked.
    """

    async def list_changes(
        thing: Annotated[UUID, Path(alias=f"{key or entity}_id", examples=[example])],
        access: Signed,
        fields: Fields = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Response:
        """Who changed it, what and when, newest first; of one that is deleted too."""
        before = place_of(cursors.decode(cursor, names=_ORDER))
        if is_its_makers and access.caller.scopes is not None:
            await get(access, thing)
        page = await read_changes.list_changes(
            access.conn,
            access.caller.scope,
            entity,
            thing,
            get=lambda: get(access, thing),
            before=before,
            limit=limit,
        )
        return _answer(page, fields)

    NOUNS[entity] = noun
    path = f"/{noun}/{{{key or entity}_id}}/changes"
    router.add_api_route(path, list_changes, response_model=AuditPage, methods=["GET"])


def _answer(page: read_audit.AuditPage, fields: str | None) -> Response:
    return listed(page.with_cursor(cursors.encode([_ORDER, page.end]) if page.end is not None else None), fields)


def _scoped(get: Callable[[Connection, Scope, UUID], Awaitable[object]]) -> Get:
    return lambda access, thing: get(access.conn, access.caller.scope, thing)


def _catalogue(entry: edit_models.Entry) -> Get:
    return lambda access, thing: edit_models.get_entry(access.conn, entry, thing)


def _terminal(access: Access, thing: UUID) -> Awaitable[object]:
    return edit_terminals.get_terminal(access.conn, access.caller.scope, thing, now=access.now)


def _client(access: Access, thing: UUID) -> Awaitable[object]:
    return edit_clients.get_client(access.conn, access.caller.scope, thing, now=access.now)


def _invitation(access: Access, thing: UUID) -> Awaitable[object]:
    return invite.get_invitation(access.conn, access.caller.scope, thing, now=access.now)


def _webhook(access: Access, thing: UUID) -> Awaitable[object]:
    return webhooks.get_webhook(access.conn, access.caller, thing, now=access.now)


_add("organisations", "organisation", ORGANISATION_UUID, _scoped(edit_organisations.get_organisation))
_add("people", "person", PERSON_UUID, _scoped(edit_people.get_person))
_add("sites", "site", SITE_UUID, _scoped(edit_sites.get_site))
_add("geofences", "geofence", GEOFENCE_UUID, _scoped(edit_geofences.get_geofence))
_add("rosters", "roster", ROSTER_UUID, _scoped(edit_rosters.get_roster))
_add("terminals", "terminal", TERMINAL_UUID, _terminal)
_add("machine-kinds", edit_models.KIND.entity, MODEL_UUID, _catalogue(edit_models.KIND), key="kind")
_add("models", edit_models.MODEL.entity, MODEL_UUID, _catalogue(edit_models.MODEL), key="model")
_add("software-versions", edit_models.RELEASE.entity, MODEL_UUID, _catalogue(edit_models.RELEASE), key="version")
_add(
    "maintenance-plans",
    edit_plans.ENTITY,
    PLAN_UUID,
    lambda access, thing: edit_plans.get_plan(access.conn, thing),
    key="plan",
)
_add("clients", "client", PERSON_UUID, _client)
_add("company-logins", "company_login", PERSON_UUID, _scoped(edit_company_logins.get_company_login))
_add("invitations", "invitation", PERSON_UUID, _invitation)
_add("webhooks", "webhook", WEBHOOK_UUID, _webhook, is_its_makers=True)


@router.get("/machines/{machine}/changes", response_model=AuditPage)
async def list_machine_changes(
    machine: MachineReference, access: Signed, fields: Fields = None, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """Who changed the machine, what and when, while it was the caller's, newest first."""
    before = place_of(cursors.decode(cursor, names=_ORDER))
    page = await read_changes.list_machine_changes(
        access.conn, access.caller.scope, machine, before=before, limit=limit
    )
    return _answer(page, fields)
