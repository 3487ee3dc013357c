"""The API process: /api/v1 and the console."""

import asyncio
import os
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path
from socket import socket
from types import FrameType

import typer
import uvicorn
from fastapi import FastAPI

from api.app import ApiSettings, create_app
from api.connection import LineProtocol
from api.live_hub import LiveHub
from api.trusted_proxies import TrustedProxies
from app.collecting import collect_seldom
from app.health import serve_metrics
from app.logging import set_up_logging
from app.processes import NOT_STARTED, settings_or_exit
from app.settings import Settings

# Above the idle time of proxies in front (60 s mostly): who closes first must be the asker, or its next request meets a
# line that just ended.
KEEP_ALIVE_S = 75
CONSOLE_DIST = Path(__file__).resolve().parent.parent / "dashboards" / "console" / "dist"


def session_secret(settings: Settings) -> str:
    """ECC_SESSION_SECRET, or one made once and kept in the data directory, readable by its owner only.

    Prints what is wrong in words and exits 2 where it can be neither kept nor read.
    """
    if settings.session_secret is not None:
        return settings.session_secret.get_secret_value()
    try:
        return _kept_secret(settings.data_dir / "session_secret")
    except OSError as error:
        typer.echo(
            f"The secret of sessions cannot be kept in {settings.data_dir} ({error.strerror}). Set ECC_SESSION_SECRET,"
            " or ECC_DATA_DIR to a directory of this account.",
            err=True,
        )
        raise SystemExit(2) from None


def _kept_secret(path: Path) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text()


def main() -> None:
    """Serve until SIGTERM or Ctrl-C. Exits with NOT_STARTED when it could not begin."""
    settings = settings_or_exit()
    set_up_logging(settings, "api")
    app = create_app(
        ApiSettings(
            database_url=settings.database_url_for("ecc_api"),
            session_secret=session_secret(settings),
            console_dist=CONSOLE_DIST,
            cookie_secure=settings.cookie_secure,
            public_url=settings.public_url,
            grafana_url=settings.grafana_url,
            company_secrets_dir=settings.company_secrets_dir,
            webhook_allow_private=settings.webhook_allow_private,
            company_login_allow_private=settings.company_login_allow_private,
            reads_per_minute=settings.reads_per_minute,
            expensive_reads_per_minute=settings.expensive_reads_per_minute,
            writes_per_minute=settings.writes_per_minute,
            aemp_polls_per_quarter_hour=settings.aemp_polls_per_quarter_hour,
            anonymous_reads_per_minute=settings.anonymous_reads_per_minute,
            anonymous_writes_per_minute=settings.anonymous_writes_per_minute,
            live_streams_per_caller=settings.live_streams_per_caller,
            live_streams_per_organisation=settings.live_streams_per_organisation,
        )
    )
    collect_seldom()
    server = _Server(_config(app, settings), app.state.live, partial(_metrics_door, app, settings))
    server.run()
    if not server.started:
        raise SystemExit(NOT_STARTED)


def _config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """How uvicorn serves: what a header says of where a request came from is believed of trusted proxies only."""
    proxies = [one.strip() for one in settings.trusted_proxies.split(",")] if settings.trusted_proxies else []
    return uvicorn.Config(
        TrustedProxies(app, proxies=proxies) if proxies else app,
        host=settings.http_host,
        port=settings.http_port,
        loop="uvloop",
        http=LineProtocol,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=KEEP_ALIVE_S,
        proxy_headers=False,
    )


def _metrics_door(app: FastAPI, settings: Settings) -> asyncio.Task[None]:
    return serve_metrics(settings.http_host, settings.api_metrics_port, app.state.metrics.registry)


class _Server(uvicorn.Server):
    """uvicorn with a door for metrics beside it. It ends the live streams first: it would wait for them until its grace
    is over."""

    def __init__(self, config: uvicorn.Config, live: LiveHub, door: Callable[[], asyncio.Task[None]]) -> None:
        super().__init__(config)
        self._live = live
        self._door = door

    async def serve(self, sockets: list[socket] | None = None) -> None:
        """Serve until told to stop."""
        door = self._door()
        try:
            await super().serve(sockets)
        finally:
            door.cancel()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM or Ctrl-C, in the event loop's thread."""
        asyncio.get_running_loop().call_soon_threadsafe(self._live.close)
        super().handle_exit(sig, frame)
