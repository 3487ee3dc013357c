"""The application: its rooms put together, started and stopped."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import APIRouter, FastAPI
from fastapi.middleware.gzip import GZipMiddleware

from api import console, openapi, problems
from api.body_limit import BodyLimit
from api.headers import AnswerHeaders
from api.live_hub import CatalogueHolder, LiveHub
from api.metrics import Metrics
from api.routes import accounts, alarms, fleet, health, live, machines
from api.sessions import Sessions
from api.settings import ApiSettings
from fleet.signals import packaged_catalogue
from storage.read_scope import DatabaseUnavailable, ReadPool

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
    state = app.state
    state.settings = settings
    state.metrics = Metrics()
    state.sessions = Sessions(settings)
    state.catalogue = CatalogueHolder(packaged_catalogue())
    state.pool = ReadPool(
        settings.database_url,
        size=settings.pool_size,
        statement_timeout_ms=settings.statement_timeout_ms,
        wait_s=settings.database_wait_s,
    )
    state.live = LiveHub(state.pool, settings, state.metrics, catalogue=state.catalogue)
    problems.install(app)
    app.include_router(health.router)
    v1 = APIRouter(prefix="/api/v1")
    for room in (accounts, machines, fleet, alarms, live):
        v1.include_router(room.router)
    app.include_router(v1)
    console.mount(app, settings.console_dist)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    app.add_middleware(GZipMiddleware, minimum_size=2048, compresslevel=1)
    app.add_middleware(AnswerHeaders, sessions=state.sessions, metrics=state.metrics, secure=settings.cookie_secure)
    app.openapi = lambda: openapi.describe(app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    pool: ReadPool = app.state.pool
    async with pool:
        with suppress(DatabaseUnavailable):  # the hub and every request go on trying; /readyz tells
            await pool.check_schema()
        async with app.state.live:
            yield
