"""The endpoints of ISO 15143-3 below /aemp/{edition}."""

from datetime import datetime
from email.utils import format_datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from api import cursors
from api.aemp import examples, json, xml
from api.aemp.addresses import Asked, BadAddress, asked_of, base_of, page_number
from api.aemp.forms import Form, negotiated
from api.aemp.polls import polls_of
from api.dependencies import Access, Signed
from api.problems import documented
from fleet.errors import NotFound
from storage.audit import PlacesRead
from storage.sight import MachineKey, get_machine_key
from usecases.aemp import snapshot
from usecases.aemp.elements import Link
from usecases.aemp.snapshot import FleetPage, Place
from usecases.aemp.time_series import After, Series, SeriesPage

Edition = Annotated[
    Literal["2.0", "2020"],
    Path(description="2.0 answers in the namespace of ISO/TS 15143-3:2016, 2020 in that of the second edition."),
]
PageName = Annotated[str, Path(description="From 1.", examples=["1"])]
Tail = Annotated[
    str,
    Path(
        description="`{PIN}`, `MakeModelSerial/{make}/{model}/{serial}`, `{make}/{model}/{serial}` or "
        "`ID/{equipmentID}`; behind it, for a time series, `/{Element}/{start}/{end}/{page}`.",
        openapi_examples={name: {"value": place} for name, place in examples.PLACES.items()},
    ),
]
AfterName = Annotated[
    str | None, Query(max_length=200, description="From the link that led here; without, pages are counted.")
]
_ERRORS = documented("http_error", "not_authenticated", "forbidden", "not_found", "not_acceptable", "rate_limited")
router = APIRouter(prefix="/aemp/{edition}", tags=["ISO 15143-3"], responses=_ERRORS, default_response_class=Response)


@router.get("/Fleet", responses=examples.fleet_answers())
async def get_first_fleet_page(request: Request, edition: Edition, access: Signed) -> Response:
    """The first page of the fleet snapshot."""
    return await _fleet(request, access, edition, number=1, after=None)


@router.get("/Fleet/{page}", responses=examples.fleet_answers())
async def get_fleet_page(
    request: Request, edition: Edition, page: PageName, access: Signed, after: AfterName = None
) -> Response:
    """A page of the fleet snapshot: 100 machines with the last value of each element that they report."""
    return await _fleet(request, access, edition, number=page_number(page), after=after)


@router.get("/Fleet/Equipment/{machine:path}", responses=examples.equipment_answers())
async def get_equipment(
    *, request: Request, edition: Edition, machine: Tail, access: Signed, after: AfterName = None
) -> Response:
    """One machine's snapshot, or the time series of one of its elements, a page of 100 records at a time."""
    asked = asked_of(request, now=access.now)
    form = negotiated(request)
    if asked.element is None:
        return await _equipment(request, access, edition, asked, form)
    return await _series(request, access, edition, asked, form=form, after=after)


async def _fleet(request: Request, access: Access, edition: str, *, number: int, after: str | None) -> Response:
    form = negotiated(request)
    polls_of(request).count(request, access.caller, f"fleet {number}")
    page = await snapshot.fleet_page(
        access.conn,
        access.caller.scope,
        request.app.state.aemp_sizes,
        number=number,
        place=_place(after),
        catalogue=access.catalogue,
        now=access.now,
    )
    if page.placed:
        places = PlacesRead(machines=page.placed)
        access.positions_read(what="ISO 15143-3 fleet", places=places, machines=len(page.placed))
    links = _fleet_links(base_of(request, edition), page, after)
    at = access.now.replace(microsecond=0)
    body = xml.fleet(edition, at, links, page.machines) if form[0] == "xml" else json.fleet(at, links, page.machines)
    return _answer(body, form, newest_at=page.newest_at)


async def _equipment(request: Request, access: Access, edition: str, asked: Asked, form: tuple[Form, str]) -> Response:
    polls_of(request).count(request, access.caller, f"equipment {asked.ident.reference}")
    key = await _key(access, asked)
    machine = await snapshot.equipment(
        access.conn, access.caller.scope, key, catalogue=access.catalogue, now=access.now
    )
    if machine.is_placed:
        access.positions_read(what="ISO 15143-3 equipment", machine_id=key.machine_id)
    at = access.now.replace(microsecond=0)
    body = xml.equipment(edition, at, machine) if form[0] == "xml" else json.equipment(at, machine)
    return _answer(body, form, newest_at=max((r.at for r in machine.records), default=None))


async def _series(
    request: Request, access: Access, edition: str, asked: Asked, *, form: tuple[Form, str], after: str | None
) -> Response:
    assert asked.element is not None
    assert asked.wanted is not None
    key = await _key(access, asked)
    series = Series(access.conn, access.caller.scope, key, access.catalogue)
    page = await series.page(asked.element, asked.wanted, number=asked.number, after=_record_place(after))
    if asked.element.record == "Location" and page.records:
        access.positions_read(what="ISO 15143-3 Locations", machine_id=key.machine_id, records=len(page.records))
    links = _series_links(base_of(request, edition), asked, page, after)
    at, element, records = access.now.replace(microsecond=0), asked.element, page.records
    is_xml = form[0] == "xml"
    body = xml.series(edition, at, element, links, records) if is_xml else json.series(at, element, links, records)
    return _answer(body, form, newest_at=max((r.at for r in records), default=None))


async def _key(access: Access, asked: Asked) -> MachineKey:
    """The machine that is asked for; NotFound also when it is of another make or model than the address says."""
    scope, ident = access.caller.scope, asked.ident
    key = await get_machine_key(access.conn, scope, ident.reference)
    if ident.make is not None and not await snapshot.is_of(
        access.conn, scope, key, make=ident.make, model=ident.model, now=access.now
    ):
        raise NotFound
    return key


def _answer(body: bytes, form: tuple[Form, str], *, newest_at: datetime | None) -> Response:
    headers = {"Vary": "Accept, Authorization, Cookie"}
    if newest_at is not None:
        headers["Last-Modified"] = format_datetime(newest_at.replace(microsecond=0), usegmt=True)
    return Response(body, headers=headers, media_type=form[1])


def _place(after: str | None) -> Place | None:
    match cursors.decode(after, names="aemp-fleet"):
        case None:
            return None
        case [int(machine_id), int(pages)] if 0 <= machine_id < 2**31 and 0 < pages < 10**6:
            return Place(machine_id, pages)
    raise BadAddress("aemp_link_foreign", where="after")


def _record_place(after: str | None) -> After | None:
    match cursors.decode(after, names="aemp-series"):
        case None:
            return None
        case [int(at_us), int(count)] if 0 <= at_us < 2**53 and 0 < count < 10**6:
            return After(at_us, count)
    raise BadAddress("aemp_link_foreign", where="after")


def _fleet_links(base: str, page: FleetPage, after: str | None) -> list[Link]:
    following = None if page.next is None else cursors.encode(["aemp-fleet", page.next.after, page.next.pages])
    return _links(f"{base}/Fleet", page.number, page.pages, own=after, following=following)


def _series_links(base: str, asked: Asked, page: SeriesPage, after: str | None) -> list[Link]:
    assert asked.wanted is not None
    start, end = xml.instant(asked.wanted.start), xml.instant(asked.wanted.end)
    path = f"{base}/Fleet/Equipment/{asked.path}/{asked.element_name}/{start}/{end}"
    following = None if page.next is None else cursors.encode(["aemp-series", page.next.at_us, page.next.count])
    return _links(path, asked.number, page.pages, own=after, following=following)


def _links(path: str, number: int, pages: int, *, own: str | None, following: str | None) -> list[Link]:
    """self, first, prev, next and last as they apply. `own`, `following`: where this page and the next one begin."""
    links = [Link("self", _page_url(path, number, own)), Link("first", _page_url(path, 1, None))]
    if number > 1:
        links.append(Link("prev", _page_url(path, number - 1, None)))
    if following is not None:
        links.append(Link("next", _page_url(path, number + 1, following)))
    last = own if number == pages else following if number + 1 == pages else None
    return [*links, Link("last", _page_url(path, max(number, pages), last))]


def _page_url(path: str, number: int, after: str | None) -> str:
    return f"{path}/{number}" + (f"?after={after}" if after else "")
