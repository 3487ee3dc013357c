"""Query parameters that a route does not know are refused, as is a second value of what takes one: a misspelt filter
must not answer everything."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import RouteContext

from api.endpoints import endpoint_of

OPEN: Final[Mapping[str, str]] = {
    "POST /oauth/token": "RFC 6749, 3.2: a server ignores the parameters that it does not recognise",
    "GET /api/v1/auth/company-logins/{company_login_id}/callback": "the provider adds its own: iss, session_state",
}
"""Endpoints that take any parameter, and why."""
_SHOWN = 20

Names = Mapping[str, bool]
"""The query parameters of an endpoint; True for those that may be repeated."""


def names_by_endpoint(served: Mapping[str, RouteContext]) -> dict[str, Names]:
    """The query parameters of every endpoint, without those of OPEN."""
    return {endpoint: dict(_names(route.dependant)) for endpoint, route in served.items() if endpoint not in OPEN}


def _names(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    for parameter in dependant.query_params:
        yield parameter.alias, _is_list(parameter.field_info.annotation)
    for below in dependant.dependencies:
        yield from _names(below)


def _is_list(annotation: Any) -> bool:
    if get_origin(annotation) in (Annotated, Union, UnionType):
        return any(_is_list(part) for part in get_args(annotation))
    return get_origin(annotation) is list


async def refuse_unknown(request: Request) -> None:
    """Dependency of every route. Raises RequestValidationError when the query names what the endpoint does not take."""
    if not request.query_params:
        return
    known: Names | None = request.app.state.query_names.get(endpoint_of(request))
    if known is not None and (wrong := list(_wrong(request.query_params.multi_items(), known))):
        raise RequestValidationError(wrong)


def _wrong(given: list[tuple[str, str]], known: Names) -> Iterator[dict[str, Any]]:
    names = [name for name, _ in given]
    for name in list(dict.fromkeys(names))[:_SHOWN]:
        if name not in known:
            reason, values = _unknown(name, known)
            yield {"type": reason, "loc": ("query", name[:80]), "ctx": values}
        elif names.count(name) > 1 and not known[name]:
            yield {"type": "repeated_parameter", "loc": ("query", name)}


def _unknown(name: str, known: Names) -> tuple[str, dict[str, Any]]:
    """The key of fleet/reasons.toml for a name that is not known, and what stands in its sentence."""
    if not known:
        return "no_parameters", {}
    nearest = get_close_matches(name.lower()[:80], known, n=1)
    if nearest:
        return "unknown_parameter_near", {"nearest": nearest[0]}
    return "unknown_parameter", {"known": [*known]}
