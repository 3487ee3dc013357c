"""Every error that leaves a route becomes problem+json (RFC 9457), in the language asked for."""

import logging
from collections.abc import Mapping, Sequence

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from api import notice_pages, sign_in_first
from api.aemp import forms
from api.languages import language_of
from api.problems import MEDIA_TYPE, TABLE, type_of
from api.validation_words import faults
from fleet.errors import Busy, EccError, RateLimited
from fleet.reasons import Fault, Reason

log = logging.getLogger(__name__)
_BY_STATUS = {
    400: "invalid_input",
    404: "not_found",
    405: "method_not_allowed",
    413: "payload_too_large",
    415: "unsupported_media_type",
    422: "invalid_input",
}


def install(app: FastAPI) -> None:
    """Turn every error that leaves a route into problem+json."""
    app.add_exception_handler(EccError, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def answer(
    request: Request,
    code: str,
    *,
    status: int | None = None,
    detail: str = "",
    faults: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The problem+json of `code` in the language the request asks for; `detail`, where given, is in it already."""
    row = TABLE[code]
    language = language_of(request)
    is_zh = language == "zh"
    code_of_status = int(status or row.status)
    body = {
        "type": type_of(code),
        "title": row.title_zh if is_zh else row.title,
        "status": code_of_status,
        "detail": detail or (row.zh if is_zh else row.en),
        "code": code,
        "errors": [
            {"where": fault.where, "code": fault.reason.key, "message": fault.reason.in_language(language)}
            for fault in faults
        ],
    }
    if code == "not_authenticated" and sign_in_first.is_opened_in_browser(request):
        return sign_in_first.login_page(request)
    if notice_pages.is_asked_for(request):
        return notice_pages.problem(language, str(body["title"]), str(body["detail"]), status=code_of_status)
    if forms.is_served_here(request):  # ISO 15143-3 has forms of its own
        return forms.problem(request, body, dict(headers or {}))
    return JSONResponse(body, status_code=code_of_status, media_type=MEDIA_TYPE, headers=dict(headers or {}))


def _domain(request: Request, error: Exception) -> Response:
    assert isinstance(error, EccError)
    code = error.code if error.code in TABLE else "internal_error"
    headers: dict[str, str] = {}
    if isinstance(error, RateLimited | Busy):
        headers["Retry-After"] = str(error.retry_after_s)
    if code == "not_authenticated":
        headers["WWW-Authenticate"] = "Bearer"
    if code in ("database_unavailable", "being_changed"):
        headers["Retry-After"] = "2"
    if code == "internal_error":
        return answer(request, code, headers=headers)
    if code in ("too_expensive", "being_changed") and error.__cause__ is not None:
        route = getattr(request.scope.get("route"), "path", "?")  # without whose: that stands in the address
        log.warning("%s: the database gave up %s %s; its own log has the statement", code, request.method, route)
    return answer(request, code, detail=error.in_language(language_of(request)), faults=error.faults, headers=headers)


def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return answer(request, "invalid_input", faults=faults(error.errors()))


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _BY_STATUS.get(error.status_code, "http_error")
    status = None if code == "invalid_input" else error.status_code  # a body that is no JSON is invalid input as well
    return answer(request, code, status=status, faults=_unreadable(error.__cause__), headers=error.headers)


def _unreadable(cause: BaseException | None) -> Sequence[Fault]:
    """What kept a body from being read as JSON, where that is known."""
    match cause:
        case UnicodeDecodeError():
            return [Fault("body", Reason("body_no_utf8", {"position": cause.start + 1}))]
        case RecursionError():
            return [Fault("body", Reason("body_too_deep"))]
    return ()


def _unexpected(request: Request, _: Exception) -> Response:
    return answer(request, "internal_error")
