"""Webhooks: made with a secret that is shown once, changed, tested, replayed, deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, Self
from uuid import UUID

from fleet.errors import InvalidInput, NotFound
from storage import webhooks
from storage.audit import Change, record_change
from storage.ids import uuid7
from storage.read_event_log import is_log_whole_after
from storage.read_live_filter import public_names
from storage.read_pool import Connection
from storage.sight import Scope
from storage.webhooks import DeliveryRow, WebhookRow
from usecases.edit_organisations import get_row as get_organisation_row
from usecases.master_data import Author, optional_text, record
from usecases.read_live_filter import AskedFilter, resolve
from usecases.read_live_stream import Position, log_end
from usecases.versions import Versions, same_version
from usecases.webhook_addresses import check_url
from usecases.webhook_signing import new_secret

State = Literal["active", "retrying", "paused", "off"]
COLUMNS = {
    "kinds": "kinds",
    "severities": "severities",
    "machines": "machine_ids",
    "sites": "site_ids",
    "models": "model_ids",
    "machine_kinds": "machine_kinds",
    "organisations": "organisation_ids",
}
_NOTHING_GIVEN: Mapping[str, Any] = {"description": "", "active": True, **{column: [] for column in COLUMNS.values()}}


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """One webhook; see api.schemas.webhooks."""

    id: str
    organisation_id: str
    url: str
    description: str
    kinds: list[str]
    severities: list[str]
    machines: list[str]
    sites: list[str]
    models: list[str]
    machine_kinds: list[str]
    organisations: list[str]
    active: bool
    state: State
    paused_at: datetime | None
    paused_reason: str | None
    failed_in_a_row: int
    next_attempt_at: datetime | None
    cursor: str
    old_secret_until: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class WebhookWithSecret(Webhook):
    """A webhook as it was just made, or has just been given a secret: the only time that it is shown."""

    secret: str


@dataclass(frozen=True, kw_only=True)
class WebhookPage:
    """A page of webhooks."""

    items: list[Webhook]
    end: int | None = None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


@dataclass(frozen=True, kw_only=True)
class DeliveryPage:
    """A page of the delivery log, newest first."""

    items: list[DeliveryRow]
    end: int | None = None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


async def list_webhooks(conn: Connection, author: Author, *, after: int, limit: int, now: datetime) -> WebhookPage:
    """A page of the webhooks of the author's organisation and those below it, oldest first; of a client its own."""
    rows = await webhooks.list_webhooks(
        conn, author.scope, after=after, limit=limit + 1, made_by_client=_client(author)
    )
    items = [await _shown(conn, row, now) for row in rows[:limit]]
    return WebhookPage(items=items, end=rows[limit - 1].webhook_id if len(rows) > limit else None)


def _client(author: Author) -> UUID | None:
    """The author's id when it is a client, which has to do with what it made itself and nothing else."""
    return author.actor.id if author.actor.kind == "client" else None


def _person(author: Author) -> UUID | None:
    return author.actor.id if author.actor.kind == "person" else None


async def _get_row(conn: Connection, author: Author, webhook_id: UUID) -> WebhookRow:
    row = await webhooks.get_webhook(conn, author.scope, webhook_id)
    if _client(author) not in (None, row.made_by_client):
        raise NotFound
    return row


async def get_webhook(conn: Connection, author: Author, webhook_id: UUID, *, now: datetime) -> Webhook:
    """One webhook. Raises NotFound when it is not the author's to see."""
    return await _shown(conn, await _get_row(conn, author, webhook_id), now)


async def _shown(conn: Connection, row: WebhookRow, now: datetime) -> Webhook:
    machines, sites, models, organisations = await public_names(
        conn, machines=row.machine_ids, sites=row.site_ids, models=row.model_ids, organisations=row.organisation_ids
    )
    return Webhook(
        id=str(row.public_id),
        organisation_id=str(row.organisation_public_id),
        url=row.url,
        description=row.description,
        kinds=row.kinds,
        severities=row.severities,
        machines=machines,
        sites=sites,
        models=models,
        machine_kinds=row.machine_kinds,
        organisations=organisations,
        active=row.active,
        state=_state(row),
        paused_at=row.paused_at,
        paused_reason=row.paused_reason,
        failed_in_a_row=row.failed_in_a_row,
        next_attempt_at=row.next_attempt_at,
        cursor=row.cursor,
        old_secret_until=row.old_secret_until if row.old_secret_until and row.old_secret_until > now else None,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _state(row: WebhookRow) -> State:
    if not row.active:
        return "off"
    if row.paused_at is not None:
        return "paused"
    return "active" if row.attempts == 0 else "retrying"


async def create_webhook(
    conn: Connection, author: Author, values: Mapping[str, Any], *, allow_private: bool, now: datetime
) -> WebhookWithSecret:
    """Make a webhook of the author's organisation, or of the one that `organisation_id` names; it begins now.

    Raises InvalidInput for an address that it may not have, and NotFound for what is not the author's to see.
    """
    named = values.get("organisation_id")
    organisation = await get_organisation_row(conn, author.scope, named and UUID(str(named)))
    given = dict(_NOTHING_GIVEN) | await _given(conn, author.scope, values, allow_private=allow_private)
    public_id, secret = uuid7(), new_secret()
    columns = given | {
        "public_id": public_id,
        "organisation_id": organisation.organisation_id,
        "made_by_client": _client(author),
        "made_by_person": _person(author),
    }
    await webhooks.insert_webhook(conn, columns, secret=secret, now=now)
    made = await get_webhook(conn, author, public_id, now=now)
    await record(conn, author, "webhook", organisation.organisation_id, before=None, after=made, now=now)
    return _with_secret(made, secret)


def _with_secret(webhook: Webhook, secret: str) -> WebhookWithSecret:
    members = {name: getattr(webhook, name) for name in Webhook.__dataclass_fields__}
    return WebhookWithSecret(**members, secret=secret)


async def _given(conn: Connection, scope: Scope, values: Mapping[str, Any], *, allow_private: bool) -> dict[str, Any]:
    """The columns of the members that an owner gives."""
    given: dict[str, Any] = {}
    if "url" in values:
        given["url"] = str(values["url"])
        check_url(given["url"], allow_private=allow_private)
    if "description" in values:
        given["description"] = optional_text(values, "description", 500) or ""
    if "active" in values:
        given["active"] = bool(values["active"])
    named: dict[str, Any] = {name: values.get(name) or () for name in COLUMNS if name in values}
    wanted = await resolve(conn, scope, AskedFilter(**named))
    return given | {COLUMNS[name]: sorted(getattr(wanted, name)) for name in named}


async def change_webhook(
    conn: Connection,
    author: Author,
    webhook_id: UUID,
    changes: Mapping[str, Any],
    *,
    version: Versions | None,
    allow_private: bool,
    now: datetime,
) -> Webhook:
    """Change what is given; `active: true` ends a pause, and takes over the webhook of a maker that has ended.

    What is being tried again is tried at once.

    Raises NotFound, InvalidInput, and PreconditionFailed for a stale version.
    """
    row = await _get_row(conn, author, webhook_id)
    before = await _shown(conn, row, now)
    known = same_version(before.version, version)
    as_it_is = {name: getattr(row, name) for name in ("url", *_NOTHING_GIVEN)}
    given = as_it_is | await _given(conn, author.scope, changes, allow_private=allow_private)
    resume = changes.get("active") is True
    if resume:
        await webhooks.take_over(conn, author.scope, webhook_id, person=_person(author))
    await webhooks.update_webhook(conn, author.scope, webhook_id, given, version=known, resume=resume, now=now)
    after = await get_webhook(conn, author, webhook_id, now=now)
    await record(conn, author, "webhook", row.organisation_id, before=before, after=after, now=now)
    return after


async def delete_webhook(
    conn: Connection, author: Author, webhook_id: UUID, *, version: Versions | None, now: datetime
) -> None:
    """Delete it with its delivery log. Raises NotFound, and PreconditionFailed for a stale version."""
    row = await _get_row(conn, author, webhook_id)
    before = await _shown(conn, row, now)
    await webhooks.delete_webhook(conn, author.scope, webhook_id, version=same_version(before.version, version))
    await record(conn, author, "webhook", row.organisation_id, before=before, after=None, now=now)


async def rotate_secret(
    conn: Connection, author: Author, webhook_id: UUID, *, overlap: timedelta, now: datetime
) -> WebhookWithSecret:
    """Give it a new secret; the one so far signs beside it for `overlap`. Raises NotFound."""
    row, secret = await _get_row(conn, author, webhook_id), new_secret()
    await webhooks.rotate_secret(conn, row, secret, until=now + overlap, now=now)
    await _record_act(
        conn, author, row, action="rotate_secret", what={"old_secret_until": (now + overlap).isoformat()}, now=now
    )
    return _with_secret(await get_webhook(conn, author, webhook_id, now=now), secret)


async def replay(
    conn: Connection, author: Author, webhook_id: UUID, *, start: str | datetime, now: datetime
) -> Webhook:
    """Send again what came behind a place of the event log (`731-42`), or from a time on.

    Events keep their ids. Raises NotFound, and InvalidInput for a place that is none or is not kept any more.
    """
    row = await _get_row(conn, author, webhook_id)
    place = await _place(conn, start)
    await webhooks.move_cursor(conn, author.scope, row.webhook_id, xact=place.xact, entry=place.entry)
    await _record_act(conn, author, row, action="replay", what={"from": place.numbers}, now=now)
    return await get_webhook(conn, author, webhook_id, now=now)


async def _place(conn: Connection, start: str | datetime) -> Position:
    end = await log_end(conn)
    if isinstance(start, datetime):
        found = await webhooks.find_place_before(conn, start)
        return end if found is None else min(end, Position(*found))
    place = Position.parse(start)
    if place is None or place.xact < 0 or place > end:
        raise InvalidInput("log_place_wrong", where="from")
    if not await is_log_whole_after(conn, place.xact, place.entry):
        raise InvalidInput("log_place_gone", where="from")
    return place


@dataclass(frozen=True, kw_only=True)
class TestAsked:
    """A test event is on its way; look for it in the delivery log."""

    event: str


async def ask_for_test(conn: Connection, author: Author, webhook_id: UUID, *, now: datetime) -> TestAsked:
    """Let the sender deliver one test event, whether the webhook is active or not. Raises NotFound."""
    row, test_id = await _get_row(conn, author, webhook_id), uuid7()
    await webhooks.ask_for_test(conn, author.scope, row.webhook_id, test_id)
    await _record_act(conn, author, row, action="test", what={"event": f"test-{test_id}"}, now=now)
    return TestAsked(event=f"test-{test_id}")


async def _record_act(
    conn: Connection, author: Author, row: WebhookRow, *, action: str, what: dict[str, Any], now: datetime
) -> None:
    change = Change(
        entity="webhook",
        entity_id=row.public_id,
        organisation_id=row.organisation_id,
        action=action,
        after=what,
    )
    await record_change(conn, author.actor, change, at=now)


async def list_deliveries(
    conn: Connection,
    author: Author,
    webhook_id: UUID,
    *,
    outcomes: Sequence[str],
    event: str | None,
    before: int | None,
    limit: int,
) -> DeliveryPage:
    """A page of the attempts to deliver, newest first. Raises NotFound."""
    row = await _get_row(conn, author, webhook_id)
    newest = 2**63 - 1 if before is None else before
    rows = await webhooks.list_deliveries(
        conn, author.scope, row.webhook_id, outcomes=outcomes, event=event, before=newest, limit=limit + 1
    )
    return DeliveryPage(items=rows[:limit], end=rows[limit - 1].delivery_id if len(rows) > limit else None)
