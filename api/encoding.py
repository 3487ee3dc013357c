"""JSON out: large answers straight from the use case's dataclasses."""

import msgspec
from fastapi.responses import Response

_encoder = msgspec.json.Encoder()


def json_response(answer: object) -> Response:
    """An answer whose dataclass has the very fields of its documented model, without validating it again.

    For lists of thousands; tests hold the two together.
    """
    return Response(_encoder.encode(answer), media_type="application/json")


def json_bytes(answer: object) -> bytes:
    """The same as bytes, for frames of the live stream."""
    return _encoder.encode(answer)
