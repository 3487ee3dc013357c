"""Notices: how one is told, what was sent, the queue."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from alerts.channels.contract import Channel
from api import cursors
from api.dependencies import Access, Cursor, Limit, MachineReference, Signed
from api.problems import documented
from api.rights import Right
from api.schemas.notices import (
    ADDRESS_UUID,
    NOTICE_UUID,
    NewNoticeAddress,
    NewNoticeMute,
    Notice,
    NoticeAddress,
    NoticeAddressPage,
    NoticeAsked,
    NoticeAttemptPage,
    NoticeCode,
    NoticeMutePage,
    NoticePage,
    NoticePreference,
    NoticePreferenceChange,
    NoticeQueue,
    NoticeState,
    NoticeTest,
)
from api.writes import Fields, IfMatch, Once, as_changed, listed, versioned
from fleet.errors import InvalidInput
from usecases import notice_preferences, read_notices

router = APIRouter(prefix="/notices", tags=["notices"], responses=documented("not_authenticated", "forbidden"))
NoticePath = Annotated[UUID, Path(examples=[NOTICE_UUID])]
AddressPath = Annotated[UUID, Path(examples=[ADDRESS_UUID])]
_ORDER = "-notice"


def _everybody(access: Access) -> bool:
    """True for whoever answers for what others are told; everybody else sees their own."""
    return access.may(Right.MANAGE_NOTICES)


def _channels(request: Request) -> Mapping[str, Channel]:
    found: Mapping[str, Channel] = request.app.state.notice_channels
    return found


@router.get("", response_model=NoticePage)
async def list_notices(
    *,
    access: Signed,
    state: Annotated[NoticeState | None, Query(description="Only those in this state.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    fields: Fields = None,
) -> Response:
    """What the caller was told, newest first; for those who manage notices what everybody was told."""
    page = await read_notices.list_notices(
        access.conn,
        access.caller,
        everybody=_everybody(access),
        state=state,
        after=cursors.decode(cursor, names=_ORDER),
        limit=limit,
    )
    return listed(page.with_cursor(cursors.encode([_ORDER, page.end]) if page.end is not None else None), fields)


@router.get("/queue", response_model=NoticeQueue)
async def read_queue(access: Signed) -> Response:
    """What waits to be sent, and what is dead, by state, severity and channel."""
    return listed(await read_notices.read_queue(access.conn, now=access.now))


@router.get("/preferences", response_model=NoticePreference)
async def get_preferences(access: Signed) -> Response:
    """How the caller is told; version 0: nothing chosen yet, as their kind of organisation is told."""
    return versioned(await notice_preferences.get_preference(access.conn, access.caller))


@router.patch(
    "/preferences",
    response_model=NoticePreference,
    responses=documented("precondition_failed", "precondition_required"),
)
async def change_preferences(change: NoticePreferenceChange, access: Signed, version: IfMatch) -> Response:
    """Change how the caller is told."""
    given = change.model_dump(exclude_unset=True)
    return as_changed(
        await notice_preferences.change_preference(access.conn, access.caller, given, version=version, now=access.now)
    )


@router.get("/addresses", response_model=NoticeAddressPage)
async def list_addresses(access: Signed, fields: Fields = None) -> Response:
    """Where the caller is reached."""
    return listed(await notice_preferences.list_addresses(access.conn, access.caller), fields)


@router.post("/addresses", response_model=NoticeAddress, status_code=201)
async def put_address(request: Request, wanted: NewNoticeAddress, access: Signed, once: Once) -> Response:
    """Give an address for a channel. A code is sent there; until it is entered nothing else is, and the one so far is
    told."""
    return await once(
        lambda: notice_preferences.put_address(
            access.conn, access.caller, wanted.model_dump(), channels=_channels(request), now=access.now
        ),
        created=lambda made: "/api/v1/notices/addresses",
    )


@router.post("/addresses/{address_id}/verify", response_model=NoticeAddress, responses=documented("not_found"))
async def verify_address(address_id: AddressPath, wanted: NoticeCode, access: Signed, once: Once) -> Response:
    """Enter the code that was sent to an address; five tries within half an hour."""

    async def make() -> notice_preferences.NoticeAddress:
        given = (access.conn, access.caller, address_id, wanted.code)
        found = await notice_preferences.verify_address(*given, now=access.now)
        if found is None:
            await once.commit_without_answer()  # the try counts although the answer is an error
            raise InvalidInput("address_code_wrong", where="code")
        return found

    return await once(make, status=200)


@router.delete("/addresses/{address_id}", status_code=204, responses=documented("not_found"))
async def delete_address(address_id: AddressPath, access: Signed) -> None:
    """Forget an address."""
    await notice_preferences.delete_address(access.conn, access.caller, address_id, now=access.now)


@router.post("/test", response_model=NoticeAsked, status_code=202)
async def send_test(wanted: NoticeTest, access: Signed, once: Once) -> Response:
    """Send the caller a test; what became of it is in its log."""
    return await once(
        lambda: notice_preferences.ask_for_test(access.conn, access.caller, wanted.channel, now=access.now), status=202
    )


@router.get("/mutes", response_model=NoticeMutePage)
async def list_mutes(access: Signed, fields: Fields = None) -> Response:
    """The machines of which the caller is told nothing."""
    return listed(await notice_preferences.list_mutes(access.conn, access.caller, now=access.now), fields)


@router.post("/mutes", response_model=NoticeMutePage, status_code=201, responses=documented("not_found"))
async def mute(wanted: NewNoticeMute, access: Signed, once: Once) -> Response:
    """Be told nothing more of a machine, until then or for good."""
    return await once(
        lambda: notice_preferences.mute(
            access.conn, access.caller, str(wanted.machine), until=wanted.until, now=access.now
        )
    )


@router.delete("/mutes/{machine}", status_code=204, responses=documented("not_found"))
async def unmute(machine: MachineReference, access: Signed) -> None:
    """Be told of a machine again."""
    await notice_preferences.unmute(access.conn, access.caller, machine, now=access.now)


@router.get("/{notice_id}/attempts", response_model=NoticeAttemptPage, responses=documented("not_found"))
async def list_attempts(notice_id: NoticePath, access: Signed, fields: Fields = None) -> Response:
    """What became of each attempt to send a notice, with the provider's words, newest first."""
    return listed(
        await read_notices.get_log(access.conn, access.caller, notice_id, everybody=_everybody(access)), fields
    )


@router.post("/{notice_id}/resend", response_model=Notice, responses=documented("not_found", "conflict"))
async def resend(notice_id: NoticePath, access: Signed, once: Once) -> Response:
    """Let a dead notice be tried for another day."""
    return await once(lambda: read_notices.resend(access.conn, access.caller, notice_id, now=access.now), status=200)
