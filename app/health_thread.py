"""The health door of a process that has no event loop: a thread with one."""

import asyncio
import threading

from app.health import serve_health


class HealthThread(threading.Thread):
    """Serves /healthz, /readyz and /metrics; `conditions` is what /readyz says. Port 0 serves nothing."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(name="health", daemon=True)
        self._host, self._port = host, port
        self.conditions: dict[str, bool] = {"database": False}

    def run(self) -> None:
        """The thread's body."""
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        await (await serve_health(self._host, self._port, lambda: dict(self.conditions)))
