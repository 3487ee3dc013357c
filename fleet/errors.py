"""Domain errors: the docstring of each is the message its reader sees; HTTP status lives in api/problems.py only."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Self

from fleet.reasons import Fault, Language, Reason, sentences


class EccError(Exception):
    """Something the platform was asked for cannot be done.

    `reason` is a key of fleet/reasons.toml, the keywords what stands in its sentence; `where` names the parameter,
    member or column it is about, and is {where} in the sentence. Without a reason the docstring says it. A sentence
    instead of a key stands as it is: for what is told to operators only, never in an answer of the API.
    """

    code: ClassVar[str] = "error"

    def __init__(self, reason: str | None = None, /, *, where: str = "", **values: Any) -> None:
        self.where = where
        self.reason = Reason(reason, {"where": where} | values) if reason and reason in sentences() else None
        self._own_words = (reason or "") if self.reason is None else ""
        self._is_placed = False  # it is a part of something, and its sentence does not say which
        super().__init__(self.detail)

    def __str__(self) -> str:
        return self.detail

    @property
    def detail(self) -> str:
        """The sentence in English."""
        return self.in_language("en") or (type(self).__doc__ or "").strip()

    def in_language(self, language: Language) -> str:
        """The sentence of its reason; "" when it has none to give beyond its code."""
        if self.reason is None:
            return self._own_words
        said = self.reason.in_language(language)
        return f"{self.where}{': ' if language == 'en' else '：'}{said}" if self._is_placed else said

    @property
    def faults(self) -> Sequence[Fault]:
        """What is wrong, part by part; empty when its code says it all."""
        return () if self.reason is None else (Fault(self.where, self.reason),)

    def within(self, place: str) -> Self:
        """The same error of a part of `place`."""
        if self.reason is None:
            return self
        where = f"{place}.{self.where}" if self.where else place
        inner = type(self)(self.reason.key, **{**self.reason.values, "where": where})
        inner._is_placed = "{where" not in sentences()[self.reason.key]["en"]
        return inner


@contextmanager
def placed(place: str) -> Iterator[None]:
    """Errors raised inside are of a part of `place`."""
    try:
        yield
    except EccError as wrong:
        raise wrong.within(place) from wrong.__cause__


class NotFound(EccError):
    """There is no such thing, or it is not yours to see."""

    code = "not_found"


class Conflict(EccError):
    """Somebody else changed this first; read it again."""

    code = "conflict"


class InvalidInput(EccError):
    """The input cannot be understood."""

    code = "invalid_input"


class NotAuthenticated(EccError):
    """Sign in first: the credentials are missing, wrong or expired."""

    code = "not_authenticated"


class Forbidden(EccError):
    """Your role does not allow this."""

    code = "forbidden"


class PreconditionFailed(EccError):
    """It has been changed since you read it; read it again."""

    code = "precondition_failed"


class PreconditionRequired(EccError):
    """A change names the version it was made from: send the ETag you read as If-Match."""

    code = "precondition_required"


class IdempotencyMismatch(EccError):
    """This Idempotency-Key was used for another request; take a new one."""

    code = "idempotency_mismatch"


class NotAcceptable(EccError):
    """This is not served in any form that the Accept header allows."""

    code = "not_acceptable"


class UnsupportedMediaType(EccError):
    """The body is not of a type that is taken here."""

    code = "unsupported_media_type"


class RateLimited(EccError):
    """Too many requests; wait and try again."""

    code = "rate_limited"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s


class Busy(EccError):
    """Too much of this is being worked on; try again shortly."""

    code = "busy"
    retry_after_s = 2


class FencedOff(EccError):
    """Another gateway has taken over; this one must not commit."""

    code = "fenced_off"


class SchemaMismatch(EccError):
    """The database schema is not the version this program knows; run `ecc migrate`."""

    code = "schema_mismatch"


class CatalogueError(EccError):
    """The signal catalogue is not consistent."""

    code = "catalogue_error"
