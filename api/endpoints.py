"""The endpoints ("GET /api/v1/machines") that an application serves, as api/policy.py names them."""

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts


def served(app: FastAPI) -> dict[str, RouteContext]:
    """Every endpoint with its route."""
    routes = [c for c in iter_route_contexts(app.routes) if isinstance(c.original_route, APIRoute)]
    return {f"{method} {route.path_format}": route for route in routes for method in route.methods or ()}


def endpoint_of(request: Request) -> str:
    """The endpoint that was matched."""
    endpoints: dict[tuple[int, str], str] = request.app.state.endpoints
    return endpoints[id(request.scope["route"]), request.method]
