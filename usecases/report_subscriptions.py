"""Work briefs by mail: who is sent which, and when; telling the sender of those that are due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from fleet.errors import InvalidInput, NotFound
from fleet.wall_clock import get_zone, minute_of, text_of
from storage import report_subscriptions as rows
from storage.read_briefs import find_brief_site
from storage.read_pool import Connection
from storage.report_subscriptions import DueRow, SubscriptionRow
from storage.sight import Scope
from storage.users import Caller
from usecases.briefs.periods import Length, days_before, last_mail, next_mail
from usecases.edited import About, record
from usecases.master_data import Author
from usecases.own_account import user_id_of
from usecases.read_maintenance import get_own

MOST = 100
AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSubscription:
    """A brief that is mailed to the caller; see api.schemas.briefs. Neither machine nor site: the fleet."""

    id: str
    machine_id: str | None
    machine_name: str | None
    site_id: str | None
    site_name: str | None
    period: str
    at: str
    form: str
    next_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSubscriptions:
    """All of a person's."""

    items: list[ReportSubscription]
    next_cursor: str | None = None


async def list_subscriptions(conn: Connection, caller: Caller) -> ReportSubscriptions:
    """What is mailed to the caller. Raises Forbidden for a client."""
    found = await rows.list_subscriptions(conn, user_id_of(caller), caller.scope, most=MOST)
    return ReportSubscriptions(items=[_shown(row) for row in found])


async def get_subscription(conn: Connection, caller: Caller, subscription: UUID) -> ReportSubscription:
    """One of them. Raises NotFound, and Forbidden for a client."""
    row = await rows.find_subscription(conn, user_id_of(caller), caller.scope, subscription)
    if row is None:
        raise NotFound
    return _shown(row)


async def subscribe(conn: Connection, caller: Caller, given: Mapping[str, Any], *, now: datetime) -> ReportSubscription:
    """Have a brief mailed; given: machine (a reference), site, period, at ("HH:MM") and form.

    Raises NotFound, InvalidInput, Conflict when the caller has it already, and Forbidden for a client.
    """
    return await subscribe_person(conn, caller, (user_id_of(caller), caller.scope), given, now=now)


async def subscribe_person(
    conn: Connection, by: Author, person: tuple[int, Scope], given: Mapping[str, Any], *, now: datetime
) -> ReportSubscription:
    """The same for a person (their number and what they see), whoever enters it."""
    user, scope = person
    if given["machine"] is not None and given["site"] is not None:
        raise InvalidInput("report_of_both", where="site")
    if len(await rows.list_subscriptions(conn, user, scope, most=MOST)) >= MOST:
        raise InvalidInput("report_subscriptions_many", most=MOST)
    machine = None
    if given["machine"] is not None:
        machine = (await get_own(conn, scope, given["machine"], now=now)).machine_id
    if given["site"] is not None and await find_brief_site(conn, scope, given["site"]) is None:
        raise NotFound
    minute = minute_of(given["at"])
    if minute >= 1440:
        raise InvalidInput("midnight_is_0", where="at")
    zone = get_zone(await rows.read_time_zone(conn, user))
    wanted = {
        "machine": machine,
        "site": given["site"],
        "period": given["period"],
        "at_minute": minute,
        "form": given["form"],
        "next_at": next_mail(cast(Length, given["period"]), minute, zone, after=now),
    }
    made = await rows.insert_subscription(conn, user, wanted, now=now)
    after = {name: None if given[name] is None else str(given[name]) for name in given}
    await _record(conn, by, made, scope.organisation_id, after=after, now=now)
    row = await rows.find_subscription(conn, user, scope, made)
    assert row is not None  # made in this transaction
    return _shown(row)


async def unsubscribe(conn: Connection, caller: Caller, subscription: UUID, *, now: datetime) -> None:
    """Have it mailed no more. Raises NotFound, and Forbidden for a client."""
    before = await get_subscription(conn, caller, subscription)
    await rows.delete_subscription(conn, user_id_of(caller), subscription)
    told = {"period": before.period, "at": before.at, "form": before.form}
    await _record(conn, caller, subscription, caller.scope.organisation_id, before=told, now=now)


async def _record(
    conn: Connection,
    by: Author,
    subscription: UUID,
    organisation: int,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    now: datetime,
) -> None:
    about = About(entity="report_subscription", entity_id=subscription, organisation_id=organisation)
    await record(conn, by, about, before=before, after=after, now=now)


def _shown(row: SubscriptionRow) -> ReportSubscription:
    return ReportSubscription(
        id=str(row.id),
        machine_id=None if row.machine_id is None else str(row.machine_id),
        machine_name=row.machine_name,
        site_id=None if row.site_id is None else str(row.site_id),
        site_name=row.site_name,
        period=row.period,
        at=text_of(row.at_minute),
        form=row.form,
        next_at=row.next_at,
        created_at=row.created_at,
    )


async def tell_due(conn: Connection, *, now: datetime) -> int:
    """Make a notice of each subscription that is due and say when it is next; returns how many there were.

    In the caller's transaction, so each is told once whatever dies. Of times that were missed while no sender worked
    the last one is told. Who has no address is passed over.
    """
    due = await rows.list_due_subscriptions(conn, limit=AT_ONCE, now=now)
    for row in due:
        if row.has_mail:
            await rows.tell_of_report(conn, row.user_id, _content(row, now), now=now)
        length = cast(Length, row.period)
        at = next_mail(length, row.at_minute, get_zone(row.time_zone), after=now)
        await rows.put_off_subscription(conn, row.subscription_id, at)
    return len(due)


def _content(row: DueRow, now: datetime) -> dict[str, Any]:
    """What the notice keeps of what it tells: the days that were over when it was due, the last time if several."""
    length = cast(Length, row.period)
    days = days_before(length, last_mail(length, row.at_minute, get_zone(row.time_zone), by=now))
    return {
        "machine": row.machine_id,
        "site": None if row.site_id is None else str(row.site_id),
        "first": days.first.isoformat(),
        "last": days.last.isoformat(),
        "form": row.form,
    }
