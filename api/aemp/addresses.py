"""Addresses below /Fleet/Equipment: which machine, which element, which time; and the addresses that answers give."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

from fastapi import Request

from api.identity.addresses import public_address
from fleet.errors import EccError
from usecases.aemp.elements import BY_URL, Element
from usecases.aemp.time_series import Stretch

DEFAULT_SPAN = timedelta(days=14)
LONGEST_SPAN = timedelta(days=31)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
_PAGE = re.compile(r"[1-9]\d{0,5}")


class BadAddress(EccError):
    """The address cannot be understood."""

    code = "http_error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ident:
    """A machine as it is asked for: a reference of storage.sight, with make and model where they were named."""

    reference: str
    make: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One address. Without an element it is the machine's snapshot. `path`: what names the machine, as it was sent."""

    ident: Ident
    path: str
    element: Element | None = None
    element_name: str = ""
    wanted: Stretch | None = None
    number: int = 1


def asked_of(request: Request, *, now: datetime) -> Asked:
    """What an address below /Fleet/Equipment asks for. Raises BadAddress.

    Read from the raw path, so that %2F in a model's name does not end it.
    """
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    after = raw.partition(b"?")[0].partition(b"/Fleet/Equipment/")[2].decode("ascii", "replace")
    parts = after.rstrip("/").split("/")
    ident, length = _ident([unquote(part) for part in parts])
    path, rest = "/".join(parts[:length]), [unquote(part) for part in parts[length:]]
    if not rest:
        return Asked(ident=ident, path=path)
    element = BY_URL.get(rest[0].lower())
    if element is None:
        raise BadAddress("aemp_element_unknown", found=rest[0])
    times, page = _split(rest[1:])
    return Asked(
        ident=ident,
        path=path,
        element=element,
        element_name=element.urls[0],
        wanted=_stretch(times, now),
        number=1 if page is None else page_number(page),
    )


def _ident(parts: Sequence[str]) -> tuple[Ident, int]:
    """Which machine, and how many parts of the address name it."""
    match [part.lower() if index == 0 else part for index, part in enumerate(parts)]:
        case ["makemodelserial", make, model, serial, *_]:
            return Ident(reference=f"serial:{serial}", make=make, model=model), 4
        case ["id", equipment_id, *_]:
            return Ident(reference=f"equipment:{equipment_id}"), 2
        case ["makemodelserial" | "id", *_]:
            pass
        case [_, second, *_] if second.lower() in BY_URL:
            return Ident(reference=f"pin:{parts[0]}"), 1
        case [_, model, serial, *_]:
            return Ident(reference=f"serial:{serial}", make=parts[0], model=model), 3
        case [_] if parts[0]:
            return Ident(reference=f"pin:{parts[0]}"), 1
    raise BadAddress("aemp_machine_unnamed")


def _split(rest: Sequence[str]) -> tuple[Sequence[str], str | None]:
    match rest:
        case []:
            return (), None
        case [page]:
            return (), page
        case [start, end]:
            return (start, end), None
        case [start, end, page]:
            return (start, end), page
    raise BadAddress("aemp_series_address")


def _stretch(times: Sequence[str], now: datetime) -> Stretch:
    if not times:
        end = now.replace(microsecond=0) + timedelta(seconds=1)
        return Stretch(start=end - DEFAULT_SPAN, end=end)
    start, end = (_instant(text) for text in times)
    if start >= end:
        raise BadAddress("aemp_backwards")
    if end - start > LONGEST_SPAN:
        raise BadAddress("span_too_long", days=LONGEST_SPAN.days)
    return Stretch(start=start, end=end)


def _instant(text: str) -> datetime:
    try:
        if _INSTANT.fullmatch(text) and 1970 <= int(text[:4]) < 2200:
            return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        pass
    raise BadAddress("aemp_time_unreadable", found=text)


def page_number(text: str) -> int:
    """A page's number; raises BadAddress for what is none: pages are numbered from 1."""
    if not _PAGE.fullmatch(text):
        raise BadAddress("aemp_page_unreadable", found=text)
    return int(text)


def base_of(request: Request, edition: str) -> str:
    """What stands before /Fleet in links, as clients reach it."""
    return f"{public_address(request)}/aemp/{edition}"
