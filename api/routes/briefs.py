"""Work briefs of a machine, a site and the fleet: as JSON, CSV, HTML and PDF."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from api.dependencies import Access, AskedLanguage, MachineReference, Now, signed_in
from api.encoding import json_bytes
from api.languages import Language
from api.media import accepted
from api.pictures import PictureDesk, show_brief
from api.problems import documented
from api.schemas.briefs import Brief
from api.writes import versioned
from usecases.briefs import brief as briefs
from usecases.briefs.make_brief import (
    Asked,
    fleet_brief,
    machine_brief,
    machine_zone,
    reader_zone,
    site_brief,
    site_zone,
)
from usecases.briefs.periods import Days, chosen_days

router = APIRouter(tags=["briefs"], responses=documented("not_authenticated"))


class Form(StrEnum):
    """A form that a brief can have."""

    JSON = "application/json"
    CSV = "text/csv"
    HTML = "text/html"
    PDF = "application/pdf"


_RANGES = {"*/*": Form.JSON, "application/*": Form.JSON, "text/*": Form.HTML}
_BY_NAME = {"json": Form.JSON, "csv": Form.CSV, "html": Form.HTML, "pdf": Form.PDF}
_SUFFIXES = {form: name for name, form in _BY_NAME.items()}
_TEXT, _BYTES = {"type": "string"}, {"type": "string", "format": "binary"}
_FORMS: dict[int | str, dict[str, Any]] = {
    200: {"content": {Form.CSV: {"schema": _TEXT}, Form.HTML: {"schema": _TEXT}, Form.PDF: {"schema": _BYTES}}}
}
_ANSWERS = _FORMS | documented("not_found", "not_acceptable", "busy")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'none'"


async def _form(
    request: Request,
    wanted: Annotated[
        Literal["json", "csv", "html", "pdf"] | None,
        Query(alias="format", description="Instead of the header Accept."),
    ] = None,
) -> Form:
    """The form asked for. Raises NotAcceptable when Accept names none that there is."""
    return _BY_NAME[wanted] if wanted is not None else Form(accepted(request, tuple(Form), _RANGES))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The days asked for, as they were given."""

    first: date | None
    last: date | None
    length: Literal["day", "week", "month"] | None

    def days(self, today: date) -> Days:
        return chosen_days(self.first, self.last, self.length, today=today)


async def _wanted(
    first: Annotated[
        date | None,
        Query(alias="from", description="The first day; a day of the period.", examples=["2026-11-16"]),
    ] = None,
    last: Annotated[
        date | None, Query(alias="to", description="The last day, in the brief.", examples=["2026-11-22"])
    ] = None,
    length: Annotated[
        Literal["day", "week", "month"] | None,
        Query(
            alias="period",
            description="That which `from` lies in; without `from` the last one that is over. Left out: a week.",
        ),
    ] = None,
) -> _Wanted:
    return _Wanted(first, last, length)


AskedForm = Annotated[Form, Depends(_form)]
AskedDays = Annotated[_Wanted, Depends(_wanted)]


@router.get("/machines/{machine}/brief", response_model=Brief, responses=_ANSWERS)
async def get_machine_brief(
    *,
    machine: MachineReference,
    request: Request,
    now: Now,
    language: AskedLanguage,
    form: AskedForm,
    wanted: AskedDays,
) -> Response:
    """What a machine did, by days of the site where it stands: hours, fuel, refuelling, alarms, the next service."""
    async with signed_in(request, now) as access:  # over before anything is drawn
        zone = await machine_zone(access.conn, access.caller.scope, machine, now=access.now)
        days = wanted.days(now.astimezone(zone).date())
        brief = await machine_brief(access.conn, _asked(access, days), machine)
    return await _answer(request, brief, form, language)


@router.get("/sites/{site_id}/brief", response_model=Brief, responses=_ANSWERS)
async def get_site_brief(
    *,
    site_id: Annotated[UUID, Path(examples=["0198f3b0-11d0-7a52-8c3e-5f0c9d2b7e50"])],
    request: Request,
    now: Now,
    language: AskedLanguage,
    form: AskedForm,
    wanted: AskedDays,
) -> Response:
    """What the machines that stand at a site now did, by its days."""
    async with signed_in(request, now) as access:
        zone = await site_zone(access.conn, access.caller.scope, site_id)
        brief = await site_brief(access.conn, _asked(access, wanted.days(now.astimezone(zone).date())), site_id)
    return await _answer(request, brief, form, language)


@router.get("/fleet/brief", response_model=Brief, responses=_ANSWERS)
async def get_fleet_brief(
    *, request: Request, now: Now, language: AskedLanguage, form: AskedForm, wanted: AskedDays
) -> Response:
    """What all machines that the caller sees did, each by the days of its own site; at most 40,000 machine days. What
    is the last day, week or month is told by the caller's own clock."""
    async with signed_in(request, now) as access:
        zone = await reader_zone(access.conn, access.caller.user_id)
        asked = _asked(access, wanted.days(now.astimezone(zone).date()))
        brief = await fleet_brief(access.conn, asked, name=access.caller.organisation.name)
    return await _answer(request, brief, form, language)


def _asked(access: Access, days: Days) -> Asked:
    return Asked(scope=access.caller.scope, catalogue=access.catalogue, days=days, now=access.now)


async def _answer(request: Request, brief: briefs.Brief, form: Form, language: Language) -> Response:
    if form is Form.JSON:
        return versioned(brief)
    desk: PictureDesk = request.app.state.pictures
    drawn = await desk.draw(show_brief, json_bytes(brief), _SUFFIXES[form], language)
    name = f"brief-{brief.from_day}-{brief.to_day}.{_SUFFIXES[form]}"
    headers = {"Content-Language": drawn.language, "Content-Disposition": f'inline; filename="{name}"'}
    if form is Form.HTML:
        headers["Content-Security-Policy"] = _POLICY
    return Response(drawn.content, media_type=form, headers=headers)
