"""What can go wrong, as exceptions; the `code` of a problem is the name to program against (docs/problems.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx


class EccError(Exception):
    """Base of everything that this library raises by itself."""


class NoAnswer(EccError):
    """The server could not be reached, or the line broke, also after the repetitions."""


class BadAnswer(EccError):
    """What came back is not what the API promises: something between here and the server answered, perhaps."""


class MissingExtra(EccError):
    """A package that is installed with an extra of this one (`ecc-client[arrow]`, `ecc-client[pandas]`) is missing."""


class BadSignature(EccError):
    """A webhook's signature is missing, wrong or too old: do not believe the body."""


class ProblemError(EccError):
    """The API refused. `code` names why; `detail` says it in words; `errors` tells which part of the input."""

    def __init__(self, status: int, body: Mapping[str, Any], *, retry_after_s: float | None = None) -> None:
        self.status = status
        self.code = str(body.get("code") or body.get("error") or "http_error")
        self.title = str(body.get("title") or "")
        self.detail = str(body.get("detail") or body.get("error_description") or "")
        self.errors: Sequence[Mapping[str, str]] = body.get("errors") or []
        self.retry_after_s = retry_after_s
        super().__init__(f"{status} {self.code}: {self.detail or self.title}".rstrip(": "))


class NotSignedIn(ProblemError):
    """401: the key, secret, token or password is wrong, expired or revoked."""


class Forbidden(ProblemError):
    """403: the role or the client's scopes do not allow it."""


class NotFound(ProblemError):
    """404: there is no such thing, or it is not yours to see."""


class Conflict(ProblemError):
    """409: it is already so, or something else is in the way."""


class Stale(ProblemError):
    """412: somebody else changed it first; get it again and decide anew."""


class InvalidInput(ProblemError):
    """400 or 422: a value is wrong, or the question is too expensive (`too_expensive`)."""


class RateLimited(ProblemError):
    """429: too many requests, also after the repetitions; `retry_after_s` says when to come back."""


class ServerFailed(ProblemError):
    """5xx: the platform could not answer now."""


_BY_STATUS: Mapping[int, type[ProblemError]] = {
    400: InvalidInput,
    401: NotSignedIn,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: Stale,
    422: InvalidInput,
    429: RateLimited,
}


def problem_of(answer: httpx.Response) -> ProblemError:
    """The exception for an answer of 400 or more; its body has been read."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        body = {"title": answer.reason_phrase}
    kind = _BY_STATUS.get(answer.status_code, ServerFailed if answer.status_code >= 500 else ProblemError)
    return kind(answer.status_code, body, retry_after_s=retry_after_s(answer.headers.get("retry-after")))


def retry_after_s(header: str | None, *, now: datetime | None = None) -> float | None:
    """Seconds that a Retry-After asks for: a number, or the time until a date. None when it says neither."""
    if header is None:
        return None
    if header.strip().isascii() and header.strip().isdecimal():
        return float(header)
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0.0, (at - (now or datetime.now(UTC))).total_seconds())
