"""A brief as a mail: some lines, a link, and the whole of it attached, by what its reader sees when it is sent."""

import asyncio
import codecs
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

import msgspec

from alerts.channels.contract import Attachment
from fleet.errors import InvalidInput, NotFound
from fleet.signals import Catalogue
from storage.read_pool import Connection
from storage.report_subscriptions import find_machine_reference, read_reader
from usecases.briefs.brief import Brief, BriefForm
from usecases.briefs.make_brief import Asked, fleet_brief, machine_brief, site_brief
from usecases.briefs.periods import Days
from usecases.briefs.words import number, period, remarks, title, word
from usecases.read_maintenance import get_own

MEDIA = {"pdf": "application/pdf", "html": "text/html", "csv": "text/csv"}
LINES = ("working_h", "idle_h", "utilisation_ratio", "fuel_used_l", "fuel_per_hour_l", "idle_fuel_l")
_drawing = threading.Lock()  # fonts and colours are settings of the whole process


@dataclass(frozen=True, slots=True, kw_only=True)
class MailedBrief:
    """What a mail says, as the placeholders of its text, and what is attached."""

    values: dict[str, str]
    attachment: Attachment


async def mailed_brief(
    conn: Connection,
    user: int,
    content: Mapping[str, Any],
    *,
    language: str,
    catalogue: Catalogue,
    address: str,
    now: datetime,
) -> MailedBrief | None:
    """The brief that a notice is to bring; None when its reader does not see the machine or the site any more, or sees
    more machines than a brief holds."""
    scope, name = await read_reader(conn, user)
    days = Days(date.fromisoformat(content["first"]), date.fromisoformat(content["last"]))
    asked = Asked(scope=scope, catalogue=catalogue, days=days, now=now)
    try:
        brief, path = await _brief(conn, asked, content, name)
    except (NotFound, InvalidInput):
        return None
    told: Mapping[str, Any] = msgspec.to_builtins(brief)
    form = cast(BriefForm, content["form"])
    drawn, _ = await asyncio.to_thread(_drawn, msgspec.json.encode(brief), form, language)
    if form == "csv":
        drawn = codecs.BOM_UTF8 + drawn  # without it spreadsheets take Chinese names for another encoding
    link = f"{address}/api/v1{path}?from={days.first}&to={days.last}&format=html"
    attached = Attachment(name=f"brief-{days.first}-{days.last}.{form}", media=MEDIA[form], content=drawn)
    values = {
        "title": title(told, language),
        "days": period(told, language),
        "summary": _summary(told, language),
        "link": link,
    }
    return MailedBrief(values=values, attachment=attached)


async def _brief(conn: Connection, asked: Asked, content: Mapping[str, Any], name: str) -> tuple[Brief, str]:
    """The brief and its path in the API. Raises NotFound and InvalidInput."""
    if content["machine"] is not None:
        reference = await find_machine_reference(conn, content["machine"])
        if reference is None:
            raise NotFound
        await get_own(conn, asked.scope, reference, now=asked.now)
        return await machine_brief(conn, asked, reference), f"/machines/{reference}/brief"
    if content["site"] is not None:
        return await site_brief(conn, asked, UUID(content["site"])), f"/sites/{content['site']}/brief"
    return await fleet_brief(conn, asked, name=name), "/fleet/brief"


def _drawn(brief: bytes, form: BriefForm, language: str) -> tuple[bytes, str]:
    from usecases.briefs.show_brief import show_brief  # what draws is loaded with the first brief

    with _drawing:
        return show_brief(brief, form, language)


def _summary(brief: Mapping[str, Any], language: str) -> str:
    """The numbers that are looked at first, a line each, and what is said in sentences."""
    colon = "：" if language == "zh" else ": "
    lines = [f"{word(key, language)}{colon}{number(key, brief['numbers'][key])}" for key in LINES]
    return "\n".join([*lines, "", *remarks(brief, language)])
