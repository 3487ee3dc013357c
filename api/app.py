"""The application: its rooms put together, started and stopped."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware

from api import console, openapi, problem_answers, remembered_queries
from api.aemp.polls import Polls
from api.anonymous_limits import AnonymousLimits
from api.body_types import taking_json
from api.catalogue import CatalogueHolder
from api.endpoints import served
from api.fleet_memory import FleetMemory
from api.head_requests import HeadRequests
from api.headers import AnswerHeaders
from api.identity.client_use import ClientUse
from api.identity.provider import Providers
from api.live_hub import LiveHub
from api.metrics import Metrics
from api.not_modified import NotModified
from api.one_read import Believed
from api.pictures import PictureDesk
from api.policy import ENDPOINTS
from api.query_names import names_by_endpoint
from api.rate_limits import limits_of_callers
from api.request_limits import RequestLimits
from api.rights import check_grants
from api.rooms import include_rooms
from api.sessions import Sessions
from api.settings import ApiSettings
from fleet.signals import packaged_catalogue
from storage.read_pool import DatabaseUnavailable, ReadPool
from usecases.aemp.snapshot import FleetSizes
from usecases.notice_channels import NoPost, make_channels

__all__ = ["ApiSettings", "create_app"]

_DESCRIPTION = """Machines, readings, events and alarms of ECC Telematics. Sign in at `/api/v1/auth/login`.
Times are RFC 3339 in UTC; units are in the names; lists have opaque cursors; errors are problem+json with a `code`.
Fields are only ever added inside v1."""


def create_app(settings: ApiSettings) -> FastAPI:
    """One API process. Serves 503 while the database is away; refuses to start (SchemaMismatch) on another schema."""
    app = FastAPI(
        title="ECC Telematics API",
        version="1.0.0",
        description=_DESCRIPTION,
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    _hold(app, settings)
    remembered_queries.install()
    problem_answers.install(app)
    include_rooms(app)
    _hold_endpoints(app)
    console.mount(app, settings.console_dist)
    app.add_middleware(AnonymousLimits, settings=settings)
    app.add_middleware(RequestLimits, max_bytes=settings.max_body_bytes)
    app.add_middleware(GZipMiddleware, minimum_size=2048, compresslevel=1)
    app.add_middleware(NotModified)
    app.add_middleware(AnswerHeaders, metrics=app.state.metrics, secure=settings.cookie_secure)
    app.add_middleware(HeadRequests)
    app.openapi = lambda: openapi.describe(app)  # type: ignore[method-assign]  # FastAPI's documented way to give a document of one's own
    return app


def _hold(app: FastAPI, settings: ApiSettings) -> None:
    """What one process holds for all its requests."""
    state = app.state
    state.settings = settings
    state.metrics = Metrics()
    state.sessions = Sessions(settings)
    state.believed = Believed()
    state.rate_limits = limits_of_callers(settings)
    state.aemp_polls = Polls(settings)
    state.aemp_sizes = FleetSizes()
    state.catalogue = CatalogueHolder(packaged_catalogue())
    state.pool = ReadPool(
        settings.database_url,
        size=settings.pool_size,
        statement_timeout_ms=settings.statement_timeout_ms,
        wait_s=settings.database_wait_s,
    )
    state.client_use = ClientUse(state.pool)
    state.providers = Providers(allow_private=settings.company_login_allow_private)
    state.pictures = PictureDesk()
    state.fleet = FleetMemory(state.pool, state.metrics, is_on=settings.fleet_index)
    state.notice_channels = make_channels(NoPost(), None, is_open=settings.webhook_allow_private)
    state.live = LiveHub(state.pool, settings, state.metrics, catalogue=state.catalogue)


def _hold_endpoints(app: FastAPI) -> None:
    """What is known of each endpoint: its name by its route and method, its parameters, whether it takes JSON.

    Raises LookupError unless every route has its line in the policy, and every line its route, and unless
    nobody may grant more than they may do themselves but for what the policy names.
    """
    check_grants()
    found = served(app)
    if differing := found.keys() ^ ENDPOINTS.keys():
        raise LookupError(f"api/policy.py and the routes differ in {sorted(differing)}")
    app.state.endpoints = {(id(route.original_route), name.split()[0]): name for name, route in found.items()}
    app.state.query_names = names_by_endpoint(found)
    app.state.taking_json = taking_json(found)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    pool: ReadPool = app.state.pool
    async with pool:
        with suppress(DatabaseUnavailable):  # the hub and every request go on trying; /readyz tells
            await pool.check_schema()
        async with app.state.client_use, app.state.live, app.state.pictures, app.state.fleet:
            yield
