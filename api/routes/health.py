"""Health for supervisors and metrics for Prometheus; outside /api/v1."""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.dependencies import pool_of
from api.problems import documented
from api.schemas.accounts import Health, Readiness

router = APIRouter(tags=["health"])


@router.get("/healthz", response_model=Health)
async def healthz() -> Health:
    """The process runs."""
    return Health(status="ok")


@router.get("/readyz", response_model=Readiness, responses=documented("schema_mismatch"))
async def readyz(request: Request) -> Readiness:
    """The database answers and has the schema that this program knows; 503 otherwise."""
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
