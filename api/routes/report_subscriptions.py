"""Work briefs by mail: what is mailed to the caller, and when."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from fastapi.responses import Response

from api.dependencies import Signed
from api.problems import documented
from api.schemas.briefs import (
    SUBSCRIPTION_UUID,
    NewReportSubscription,
    ReportSubscription,
    ReportSubscriptionPage,
)
from api.writes import Fields, Once, listed, versioned
from usecases import report_subscriptions

router = APIRouter(
    prefix="/report-subscriptions", tags=["briefs"], responses=documented("not_authenticated", "forbidden")
)
SubscriptionPath = Annotated[UUID, Path(examples=[SUBSCRIPTION_UUID])]


@router.get("", response_model=ReportSubscriptionPage)
async def list_subscriptions(access: Signed, fields: Fields = None) -> Response:
    """The briefs that are mailed to the caller, the oldest subscription first."""
    return listed(await report_subscriptions.list_subscriptions(access.conn, access.caller), fields)


@router.post("", response_model=ReportSubscription, status_code=201, responses=documented("not_found", "conflict"))
async def subscribe(wanted: NewReportSubscription, access: Signed, once: Once) -> Response:
    """Have a brief of a machine, a site or (neither) the fleet mailed: each day, on Mondays, or on the first of each
    month, at a time of the caller's own clocks; it tells of the day, week or month before."""
    return await once(
        lambda: report_subscriptions.subscribe(access.conn, access.caller, wanted.model_dump(), now=access.now),
        created=lambda made: f"/api/v1/report-subscriptions/{made.id}",
    )


@router.get("/{subscription_id}", response_model=ReportSubscription, responses=documented("not_found"))
async def get_subscription(subscription_id: SubscriptionPath, access: Signed) -> Response:
    """One of them."""
    return versioned(await report_subscriptions.get_subscription(access.conn, access.caller, subscription_id))


@router.delete("/{subscription_id}", status_code=204, responses=documented("not_found"))
async def unsubscribe(subscription_id: SubscriptionPath, access: Signed) -> None:
    """Have it mailed no more."""
    await report_subscriptions.unsubscribe(access.conn, access.caller, subscription_id, now=access.now)
