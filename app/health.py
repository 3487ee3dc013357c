"""/healthz, /readyz and /metrics of a process that has no API of its own, and the API's /metrics: each on a port that
only operators reach."""

import asyncio
from collections.abc import Callable

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


def health_app(ready: Callable[[], dict[str, bool]]) -> Starlette:
    """An ASGI app; `ready` names each condition and whether it holds now."""

    async def healthz(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(request: Request) -> Response:
        conditions = ready()
        return JSONResponse(conditions, status_code=200 if all(conditions.values()) else 503)

    return Starlette(routes=[Route("/healthz", healthz), Route("/readyz", readyz), _metrics(REGISTRY)])


def _metrics(registry: CollectorRegistry) -> Route:
    async def metrics(request: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return Route("/metrics", metrics)


class QuietServer(uvicorn.Server):
    """uvicorn without signal handlers of its own: the process that composes it owns them."""

    def install_signal_handlers(self) -> None:
        """Leave the signals to the process."""

    def capture_signals(self) -> "_Nothing":  # type: ignore[override]
        """Leave the signals to the process."""
        return _Nothing()


class _Nothing:
    def __enter__(self) -> None: ...

    def __exit__(self, *exc: object) -> None: ...


async def serve_health(host: str, port: int, ready: Callable[[], dict[str, bool]]) -> asyncio.Task[None]:
    """Serve in the background of the running loop; cancel the task to stop. Port 0 serves nothing."""
    return _serve_aside(health_app(ready), host, port)


def serve_metrics(host: str, port: int, registry: CollectorRegistry) -> asyncio.Task[None]:
    """The same with /metrics alone."""
    return _serve_aside(Starlette(routes=[_metrics(registry)]), host, port)


def _serve_aside(app: Starlette, host: str, port: int) -> asyncio.Task[None]:
    if port == 0:
        return asyncio.create_task(asyncio.sleep(0))
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        log_level="warning",
        access_log=False,
        lifespan="off",
    )
    return asyncio.create_task(_serve(QuietServer(config)))


async def _serve(server: QuietServer) -> None:
    """Serve until cancelled, and let go of the port then: the process may serve again."""
    try:
        await server.serve()
    finally:
        for listener in getattr(server, "servers", ()):
            listener.close()
