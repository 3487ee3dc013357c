"""A body that says it is of a type which is not taken is refused as such (415), not as bad JSON."""

from collections.abc import Mapping

from fastapi import Request
from fastapi.routing import RouteContext

from api.endpoints import endpoint_of
from api.request_limits import BodySeen
from fleet.errors import UnsupportedMediaType


def type_of_body(request: Request) -> str:
    """The media type of the body, without its parameters; "" when it is not told."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def taking_json(served: Mapping[str, RouteContext]) -> frozenset[str]:
    """The endpoints whose body is JSON; the others read theirs themselves."""
    return frozenset(endpoint for endpoint, route in served.items() if route.body_field)


async def require_json(request: Request) -> None:
    """Dependency of every route. Raises UnsupportedMediaType where the body has to be JSON and is not said to be."""
    seen: BodySeen = request.scope["ecc_body"]
    if seen.length == 0 or endpoint_of(request) not in request.app.state.taking_json:
        return
    kind, _, subtype = type_of_body(request).partition("/")
    if kind != "application" or not (subtype == "json" or subtype.endswith("+json")):
        raise UnsupportedMediaType("wrong_content_type", taken=["application/json"])
