"""Health for supervisors; outside /api/v1. Metrics have a port of their own (app/api.py): they are the operator's."""

from fastapi import APIRouter, Request

from api.dependencies import pool_of
from api.fleet_memory import FleetMemory
from api.live_hub import LiveHub
from api.problems import documented
from api.schemas.accounts import Health, Readiness
from storage.read_pool import DatabaseUnavailable

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
        raise DatabaseUnavailable("live_reader_stopped")
    fleet: FleetMemory = request.app.state.fleet
    version = await pool_of(request).check_schema()
    return Readiness(status="ready", schema_version=version, fleet_index=fleet.standing)
