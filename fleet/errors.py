"""Domain errors: the docstring of each is the message its reader sees; HTTP status lives in api/problems.py only."""

from typing import ClassVar


class EccError(Exception):
    """Something the platform was asked for cannot be done."""

    code: ClassVar[str] = "error"

    def __init__(self, detail: str | None = None) -> None:
        self.detail = detail or (type(self).__doc__ or "").strip()
        super().__init__(self.detail)


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


class RateLimited(EccError):
    """Too many requests; wait and try again."""

    code = "rate_limited"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s


class FencedOff(EccError):
    """Another gateway has taken over; this one must not commit."""

    code = "fenced_off"


class SchemaMismatch(EccError):
    """The database schema is not the version this program knows; run `ecc migrate`."""

    code = "schema_mismatch"


class CatalogueError(EccError):
    """The signal catalogue is not consistent."""

    code = "catalogue_error"
