"""Webhooks: listed, made, changed, deleted, tested, replayed; their secrets and their delivery log."""

from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from api import cursors
from api.dependencies import Cursor, Limit, Signed, require
from api.problems import documented
from api.rights import Right
from api.schemas.webhooks import (
    WEBHOOK_UUID,
    DeliveryPage,
    NewWebhook,
    Replay,
    Rotation,
    TestAsked,
    Webhook,
    WebhookChange,
    WebhookPage,
    WebhookWithSecret,
)
from api.settings import ApiSettings
from api.writes import Fields, IfMatch, Once, as_changed, listed, versioned
from fleet.errors import InvalidInput
from usecases import webhooks

router = APIRouter(
    prefix="/webhooks", tags=["webhooks"], responses=documented("not_authenticated", "forbidden", "not_found")
)
WebhookPath = Annotated[UUID, Path(examples=[WEBHOOK_UUID])]
Outcomes = Annotated[
    list[Literal["delivered", "retrying", "failed"]] | None,
    Query(max_length=3, description="Only attempts that ended so; repeat the parameter."),
]


def _allow_private(request: Request) -> bool:
    settings: ApiSettings = request.app.state.settings
    return settings.webhook_allow_private


def _number(cursor: str | None, name: str) -> int | None:
    """The number of a cursor with one part."""
    match cursors.decode(cursor, names=name):
        case None:
            return None
        case [int(number)] if 0 <= number < 2**63:
            return number
    raise InvalidInput("cursor_foreign", where="cursor")


@router.get("", response_model=WebhookPage)
async def list_webhooks(access: Signed, limit: Limit = 50, cursor: Cursor = None, fields: Fields = None) -> Response:
    """The webhooks of the caller's organisation and of those below it, oldest first."""
    after = _number(cursor, "webhooks") or 0
    page = await webhooks.list_webhooks(
        access.conn, access.caller, after=min(after, 2**31 - 1), limit=limit, now=access.now
    )
    return listed(page.with_cursor(None if page.end is None else cursors.encode(["webhooks", page.end])), fields)


@router.post("", response_model=WebhookWithSecret, status_code=201)
async def create_webhook(request: Request, wanted: NewWebhook, access: Signed, once: Once) -> Response:
    """Make a webhook; it is sent what happens from now on. Its secret is in this answer and nowhere else."""
    require(access, Right.READ_FLEET)
    return await once(
        lambda: webhooks.create_webhook(
            access.conn,
            access.caller,
            wanted.model_dump(),
            allow_private=_allow_private(request),
            now=access.now,
        ),
        created=lambda made: f"/api/v1/webhooks/{made.id}",
    )


@router.get("/{webhook_id}", response_model=Webhook)
async def get_webhook(webhook_id: WebhookPath, access: Signed, fields: Fields = None) -> Response:
    """One webhook with its state."""
    return versioned(await webhooks.get_webhook(access.conn, access.caller, webhook_id, now=access.now), fields)


@router.patch(
    "/{webhook_id}",
    response_model=Webhook,
    responses=documented("precondition_failed", "precondition_required"),
)
async def change_webhook(
    *, request: Request, webhook_id: WebhookPath, change: WebhookChange, access: Signed, version: IfMatch
) -> Response:
    """Change what is given. `active: true` ends a pause; an event that is being retried is sent at once."""
    require(access, Right.READ_FLEET)
    return as_changed(
        await webhooks.change_webhook(
            access.conn,
            access.caller,
            webhook_id,
            change.model_dump(exclude_unset=True),
            version=version,
            allow_private=_allow_private(request),
            now=access.now,
        )
    )


@router.delete("/{webhook_id}", status_code=204, responses=documented("precondition_failed", "precondition_required"))
async def delete_webhook(webhook_id: WebhookPath, access: Signed, version: IfMatch) -> None:
    """Delete a webhook with its delivery log; it gets nothing from then on."""
    await webhooks.delete_webhook(access.conn, access.caller, webhook_id, version=version, now=access.now)


@router.post("/{webhook_id}/secret", response_model=WebhookWithSecret)
async def rotate_secret(webhook_id: WebhookPath, wanted: Rotation, access: Signed, once: Once) -> Response:
    """Give the webhook a new secret, shown once; until the overlap is over both sign what is sent."""
    require(access, Right.READ_FLEET)
    overlap = timedelta(hours=wanted.overlap_hours)
    return await once(
        lambda: webhooks.rotate_secret(access.conn, access.caller, webhook_id, overlap=overlap, now=access.now),
        status=200,
    )


@router.post("/{webhook_id}/test", response_model=TestAsked, status_code=202)
async def test_webhook(webhook_id: WebhookPath, access: Signed, once: Once) -> Response:
    """Send one event of the kind `webhook.test`, even when the webhook is off or paused; see the delivery log."""
    return await once(lambda: webhooks.ask_for_test(access.conn, access.caller, webhook_id, now=access.now), status=202)


@router.post("/{webhook_id}/replay", response_model=Webhook)
async def replay(webhook_id: WebhookPath, wanted: Replay, access: Signed, once: Once) -> Response:
    """Send again what came behind a place of the event log, or from a time on; events keep their ids."""
    require(access, Right.READ_FLEET)
    return await once(
        lambda: webhooks.replay(access.conn, access.caller, webhook_id, start=wanted.from_, now=access.now), status=200
    )


@router.get("/{webhook_id}/deliveries", response_model=DeliveryPage)
async def list_deliveries(
    *,
    webhook_id: WebhookPath,
    access: Signed,
    outcome: Outcomes = None,
    event: Annotated[str | None, Query(max_length=64, description="Only attempts for this event.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    fields: Fields = None,
) -> Response:
    """Every attempt to deliver of the last 30 days, newest first."""
    page = await webhooks.list_deliveries(
        access.conn,
        access.caller,
        webhook_id,
        outcomes=outcome or (),
        event=event,
        before=_number(cursor, "deliveries"),
        limit=limit,
    )
    return listed(page.with_cursor(None if page.end is None else cursors.encode(["deliveries", page.end])), fields)
