"""The one table of errors to HTTP statuses, and the problem+json that tells of them (RFC 9457)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.languages import language_of
from api.schemas.shape import Problem
from fleet.errors import EccError

MEDIA_TYPE = "application/problem+json"


class TooManyAttempts(EccError):
    """Too many attempts to sign in; wait and try again."""

    code = "too_many_attempts"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s


class CrossSiteRequest(EccError):
    """A change with a cookie must come from the console itself or carry the header X-ECC-Request."""

    code = "cross_site_request"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: the status of a code, and its words."""

    status: HTTPStatus
    title: str
    zh: str
    en: str


TABLE: Mapping[str, Row] = {
    "not_found": Row(
        HTTPStatus.NOT_FOUND,
        "Not found",
        "不存在，或您无权查看。",
        "There is no such thing, or it is not yours to see.",
    ),
    "conflict": Row(
        HTTPStatus.CONFLICT,
        "Conflict",
        "已被他人先行修改，请重新读取。",
        "Somebody else changed this first; read it again.",
    ),
    "invalid_input": Row(
        HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid input", "无法理解输入内容。", "The input cannot be understood."
    ),
    "not_authenticated": Row(
        HTTPStatus.UNAUTHORIZED,
        "Not signed in",
        "请先登录：凭据缺失、错误或已过期。",
        "Sign in first: the credentials are missing, wrong or expired.",
    ),
    "forbidden": Row(HTTPStatus.FORBIDDEN, "Forbidden", "您的角色不允许此操作。", "Your role does not allow this."),
    "cross_site_request": Row(
        HTTPStatus.FORBIDDEN,
        "Cross-site request",
        "使用 Cookie 的修改必须来自控制台本身，或带有请求头 X-ECC-Request。",
        "A change with a cookie must come from the console itself or carry the header X-ECC-Request.",
    ),
    "too_many_attempts": Row(
        HTTPStatus.TOO_MANY_REQUESTS,
        "Too many attempts",
        "登录尝试次数过多，请稍后再试。",
        "Too many attempts to sign in; wait and try again.",
    ),
    "payload_too_large": Row(
        HTTPStatus.CONTENT_TOO_LARGE if hasattr(HTTPStatus, "CONTENT_TOO_LARGE") else HTTPStatus(413),
        "Too large",
        "请求过大。",
        "The request is larger than this endpoint takes.",
    ),
    "too_expensive": Row(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Too expensive",
        "该查询耗时过长，请缩小时间范围或减少信号。",
        "This query takes too long; ask for a shorter span or fewer signals.",
    ),
    "database_unavailable": Row(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Database unavailable",
        "数据库暂时不可用，请稍后再试。",
        "The database cannot be reached now; try again shortly.",
    ),
    "schema_mismatch": Row(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Wrong schema version",
        "数据库版本与程序不符，请运行 `ecc migrate`。",
        "The database schema is not the version this program knows; run `ecc migrate`.",
    ),
    "method_not_allowed": Row(
        HTTPStatus.METHOD_NOT_ALLOWED, "Method not allowed", "不支持该方法。", "This resource has no such method."
    ),
    "http_error": Row(HTTPStatus.BAD_REQUEST, "Bad request", "请求无效。", "The request is not valid."),
    "internal_error": Row(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Internal error",
        "内部错误，已记录。",
        "Something went wrong here; it has been logged.",
    ),
}
_BY_STATUS = {
    400: "invalid_input",
    404: "not_found",
    405: "method_not_allowed",
    413: "payload_too_large",
    422: "invalid_input",
}


def documented(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of an operation that may answer with these codes; those that every operation has are added."""
    statuses = {TABLE[code].status for code in (*codes, "invalid_input", "database_unavailable")}
    return {int(status): {"model": Problem, "content": {MEDIA_TYPE: {}}} for status in sorted(statuses)}


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
    detail: str | None = None,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The problem+json of `code` in the language the request asks for."""
    row = TABLE[code]
    words = row.zh if language_of(request) == "zh" else row.en
    code_of_status = int(status or row.status)
    body = {
        "type": f"urn:ecc:problem:{code}",
        "title": row.title,
        "status": code_of_status,
        "detail": detail or words,
        "code": code,
        "errors": list(errors),
    }
    return JSONResponse(body, status_code=code_of_status, media_type=MEDIA_TYPE, headers=dict(headers or {}))


def _domain(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, EccError)
    code = error.code if error.code in TABLE else "internal_error"
    own_words = error.detail if error.detail != (type(error).__doc__ or "").strip() else None
    headers: dict[str, str] = {}
    if isinstance(error, TooManyAttempts):
        headers["Retry-After"] = str(error.retry_after_s)
    if code == "not_authenticated":
        headers["WWW-Authenticate"] = "Bearer"
    if code == "database_unavailable":
        headers["Retry-After"] = "2"
    return answer(request, code, detail=own_words if code != "internal_error" else None, headers=headers)


def _validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = [{"where": ".".join(str(part) for part in e["loc"]), "message": str(e["msg"])} for e in error.errors()]
    return answer(request, "invalid_input", errors=errors)


def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = _BY_STATUS.get(error.status_code, "http_error")
    status = None if code == "invalid_input" else error.status_code  # a body that is no JSON is invalid input as well
    return answer(request, code, status=status, headers=error.headers)


def _unexpected(request: Request, _: Exception) -> JSONResponse:
    return answer(request, "internal_error")
