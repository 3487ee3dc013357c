"""Health for supervisors and metrics for Prometheus; outside /api/v1."""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.dependencies import pool_of
from api.live_hub import LiveHub
from api.problems import documented
from api.schemas.accounts import Health, Readiness
from storage.read_scope import DatabaseUnavailable

router = APIRouter(tags=["health"])


@router.get("/healthz", response_model=Health)
async def healthz() -> Health:
    """The process runs."""
    return Health(status="ok")


@router.get("/readyz", response_model=Readiness, responses=documented("schema_mismatch"))
async def readyz(request: Request) -> Readiness:
    """The database answers, has the schema that this program knows, and the live stream is read; 503 otherwise."""
    live: LiveHub = request.app.state.live
    if not live.is_reading:
        raise DatabaseUnavailable("The reader of the live stream has stopped; restart this process.")
    return Readiness(status="ready", schema_version=await pool_of(request).check_schema())


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}, "example": "ecc_api_live_subscribers 3"}}}
    },
)
async def metrics(request: Request) -> Response:
    """Metrics of this process in Prometheus' text format."""
    return Response(generate_latest(request.app.state.metrics.registry), media_type=CONTENT_TYPE_LATEST)
