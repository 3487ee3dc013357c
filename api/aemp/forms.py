"""Which form an answer takes: XML by default, JSON where Accept asks for it, and errors in the same form."""

from typing import Literal

from fastapi import Request
from fastapi.responses import Response

from api.aemp import json, xml
from fleet.errors import NotAcceptable

Form = Literal["xml", "json"]
XML_TYPE, JSON_TYPE = "application/xml", "application/json"
_SNAPSHOT_JSON = "application/iso15143-snapshot+json"
_FORMS: dict[str, Form] = {
    XML_TYPE: "xml",
    "text/xml": "xml",
    "application/iso15143-snapshot+xml": "xml",
    "*/*": "xml",
    "application/*": "xml",
    "text/*": "xml",
    JSON_TYPE: "json",
    _SNAPSHOT_JSON: "json",
}
_NAMED = frozenset({"text/xml", _SNAPSHOT_JSON, "application/iso15143-snapshot+xml"})  # answered in the same words
PREFIX = "/aemp/"
PROBLEM_XML = "application/problem+xml"


def negotiated(request: Request) -> tuple[Form, str]:
    """The form of the answer and its media type. Raises NotAcceptable when Accept names none that is served."""
    header = ",".join(request.headers.getlist("accept")) or "*/*"
    wanted = sorted(((weight(part), -place, _type(part)) for place, part in enumerate(header.split(","))), reverse=True)
    for preference, _, media_type in wanted:
        form = _FORMS.get(media_type)
        if form is not None and preference > 0:
            return form, media_type if media_type in _NAMED else XML_TYPE if form == "xml" else JSON_TYPE
    raise NotAcceptable


def _type(part: str) -> str:
    return part.partition(";")[0].strip().lower()


def weight(part: str) -> float:
    """The q of one entry of an Accept header; 1 without, 0 when it is no number."""
    for parameter in part.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def is_served_here(request: Request) -> bool:
    """True for addresses of this server, whose errors are told in its own forms."""
    return str(request.scope["path"]).startswith(PREFIX)


def problem(request: Request, body: dict[str, object], headers: dict[str, str]) -> Response:
    """An error in the form that was asked for; what is 422 elsewhere is 400 here, as clients of the standard expect."""
    status = 400 if body["status"] == 422 else int(str(body["status"]))
    body = body | {"status": status}
    try:
        form, _ = negotiated(request)
    except NotAcceptable:
        form = "xml"
    if form == "json":
        return Response(json.problem(body), status, headers, media_type="application/problem+json")
    return Response(xml.problem(body), status, headers, media_type=PROBLEM_XML)
