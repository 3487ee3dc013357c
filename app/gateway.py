"""The gateway process: MQTT in one thread, the database in another, and a door for health checks."""

import asyncio
import contextlib
import ctypes
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from functools import cached_property

from app import metrics
from app.aside import Aside
from app.fault_points import BEFORE_PUBACK, passing
from app.gateway_state import GatewayState, load_state
from app.health import serve_health
from app.intake import Committed, Intake
from app.logging import get_logger, set_up_logging
from app.pipeline import CatalogueChanged, Pipeline, PipelineSettings, platform_now
from app.processes import broker_of, run, settings_or_exit, until_stopped
from app.quarantine_replays import ReplayWatch
from app.settings import Settings
from app.stand_by import StandBy
from app.supervisor import TAKEN_OVER
from app.ticks import Ticks
from app.writer import Writer
from fleet.errors import FencedOff
from gateway.decode import BatchBuilder, Decoder
from gateway.decode.can import first_engine_first
from gateway.session import Session
from storage.failures import TRY_AGAIN
from storage.gateway_holder import hold
from storage.migrate import check_version
from storage.pool import Connection, connect
from storage.registry import take_over
from storage.rule_state import load_parts

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # malloc.h
LARGEST_KEPT, MOST_KEPT = 32 << 20, 256 << 20  # bytes; glibc takes no larger threshold
SWITCH_INTERVAL_S = 0.0005  # the two threads hand the interpreter over 10 times as often as by default
DAY_US = 86_400_000_000
YEAR_US = 365 * DAY_US
ASIDE_LOCK_S, ASIDE_STATEMENT_S = 3, 15
BACK_OFF_S = (0.5, 1.0, 2.0, 5.0)
SETTLED_AFTER_CONNECT_S = 5.0  # a backlog may still be coming; silence is not judged before

log = get_logger("gateway")


class Gateway:
    """Wires session, intake, writer and ticks together; lives in the event loop's thread."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.loop = asyncio.get_running_loop()
        self.failed: asyncio.Future[None] = self.loop.create_future()
        self.connected_since = 0.0
        self.serving = False
        self.session: Session
        self.intake: Intake
        self.ticks: Ticks
        self.writer: Writer

    @cached_property
    def database_url(self) -> str:
        """Found once: embedded servers that died and are started again keep their address."""
        return self.settings.database_url_for("ecc_gateway")

    def connect_database(self) -> Connection:
        """The writer's connection; autocommit outside its transactions. While it lives, we are at work."""
        conn = connect(self.database_url, application="ecc gateway")
        conn.autocommit = True
        hold(conn, self.settings.gateway_id)
        return conn

    def connect_aside(self) -> Connection:
        """The connection for machine states; a statement of it that waits for others gives up."""
        conn = connect(self.database_url, application="ecc gateway aside")
        conn.autocommit = True
        conn.execute(f"SET lock_timeout = '{ASIDE_LOCK_S}s'; SET statement_timeout = '{ASIDE_STATEMENT_S}s'")
        return conn

    async def prepared(self) -> None:
        """Take over and load the state; a database that is away is waited for. Raises SchemaMismatch.

        In a thread that the process's end does not wait for: connecting may take its time.
        """
        attempt = 0
        while True:
            ready: Future[None] = Future()
            threading.Thread(target=self._prepare, args=(ready,), name="prepare", daemon=True).start()
            try:
                return await asyncio.wrap_future(ready)
            except TRY_AGAIN as error:
                log.warning("the database is away; trying again", error=type(error).__name__, attempt=attempt)
            await asyncio.sleep(BACK_OFF_S[min(attempt, len(BACK_OFF_S) - 1)])
            attempt += 1

    def _prepare(self, ready: Future[None]) -> None:
        if not ready.set_running_or_notify_cancel():
            return
        try:
            self.prepare()
        except BaseException as error:  # noqa: BLE001 - whoever waits is told
            ready.set_exception(error)
        else:
            ready.set_result(None)

    def prepare(self) -> None:
        """Take over, load the state, wire what serves."""
        settings = self.settings
        with self.connect_database() as conn:
            check_version(conn)
            epoch = take_over(conn, settings.gateway_id)
            state = self._load(conn)
            parts = load_parts(conn)
        pipeline_settings = PipelineSettings(
            gateway_id=settings.gateway_id,
            epoch=epoch,
            auto_register=settings.auto_register,
            retention_us=settings.retention_years * YEAR_US,
            future_tolerance_us=settings.future_tolerance_s * 1_000_000,
            late_after_us=settings.late_after_s * 1_000_000,
            ledger_warm_us=settings.ledger_warm_days * DAY_US,
        )
        self._wire(state, pipeline_settings, parts)
        log.info("ready", epoch=epoch, terminals=len(state.registry.terminals), rules=state.engine.ruleset.version)

    def _load(self, conn: Connection) -> GatewayState:
        with conn.transaction():
            return load_state(
                conn,
                gateway_id=self.settings.gateway_id,
                silence_after_us=round(self.settings.silence_after_s * self.settings.silence_scale * 1_000_000),
                ledger_since=platform_now() - timedelta(days=self.settings.ledger_warm_days),
                late_after_us=self.settings.late_after_s * 1_000_000,
                rules_on=self.settings.rules_on,
                now=platform_now(),
                say=log.info,
            )

    def _reload(self, conn: Connection, state: GatewayState) -> None:
        """Make `state` what the database says; runs in the writer's thread."""
        fresh = self._load(conn)
        if fresh.catalogue.keys != state.catalogue.keys:
            raise CatalogueChanged
        state.become(fresh)

    def _wire(self, state: GatewayState, pipeline_settings: PipelineSettings, parts: dict[str, object]) -> None:
        decoder = Decoder(
            state.catalogue,
            preferred=lambda terminal: state.registry.sources_of(terminal) or first_engine_first(terminal),
            slot_s=lambda terminal: state.registry.slot_s_of(terminal),  # noqa: PLW0108 - the registry is replaced
        )
        decoder.restore(parts)  # type: ignore[arg-type]  # JSON of its own making
        self.decoder = decoder
        self.ticks = Ticks(
            pipeline_settings,
            state,
            Aside(self.connect_aside),
            can_hear=self.can_hear,
            is_connected=lambda: self.session.connected,
        )
        self.writer = Writer(
            Pipeline(pipeline_settings, state),
            self.ticks,
            self.connect_database,
            reload=lambda conn: self._reload(conn, state),
            done=lambda builder, committed: self._from_writer(self._on_committed, builder, committed),
            acks=lambda acks: self._from_writer(self._on_acks, acks),
            fatal=lambda error: self._from_writer(self._on_fatal, error),
        )
        self.intake = Intake(
            state.catalogue,
            decoder,
            batch_rows=self.settings.batch_rows,
            batch_age_s=self.settings.batch_age_ms / 1000,
            batch_rows_limit=self.settings.batch_rows_limit,
            submit=self.writer.submit,
        )

    def _from_writer(self, call: Callable[..., None], *arguments: object) -> None:
        self.loop.call_soon_threadsafe(call, *arguments)

    def _on_committed(self, builder: BatchBuilder, committed: Committed) -> None:
        passing(BEFORE_PUBACK)
        self.decoder.adopt(builder.parts)
        self.intake.on_committed(committed)

    def _on_acks(self, acks: list[tuple[str, bytes]]) -> None:
        self.intake.publish(acks)

    def _on_fatal(self, error: BaseException) -> None:
        if not self.failed.done():
            self.failed.set_exception(error)

    def can_hear(self) -> bool:
        """Whether the platform hears its machines: connected for a while, and no backlog waits."""
        return (
            self.session.connected
            and self.loop.time() - self.connected_since > SETTLED_AFTER_CONNECT_S
            and not self.session.paused
            and self.intake.waiting_messages < self.settings.batch_rows
        )

    def conditions(self) -> dict[str, bool]:
        """What /readyz says."""
        if not self.serving:
            return dict.fromkeys(("broker", "database", "writer", "machine_states"), False)
        return {
            "broker": self.session.connected,
            "database": self.writer.database_up,
            "writer": self.writer.is_alive(),
            "machine_states": self.ticks.states_up,
        }

    def _on_connected(self) -> None:
        self.connected_since = self.loop.time()
        self.intake.on_connected()
        self.decoder.roll_back()  # what was not committed comes again from its first message

    async def serve(self, stopped: asyncio.Task[None]) -> None:
        """Run until stopped or taken over."""
        self.session = Session(broker_of(self.settings, f"ecc-{self.settings.gateway_id}"), self.intake.take)
        self.session.on_connected = self._on_connected
        self.intake.session = self.session
        self.writer.start()
        replays = ReplayWatch(self.connect_aside)
        replays.start()
        self.serving = True
        connecting = asyncio.create_task(self.session.connect())
        observing = asyncio.create_task(self._observe())
        try:
            await asyncio.wait({stopped, self.failed, observing}, return_when=asyncio.FIRST_COMPLETED)
            if self.failed.done():
                self.failed.result()
        finally:
            for task in (connecting, observing):
                task.cancel()
            replays.stop()
            await self.session.close()
            self.writer.stop()
            await asyncio.to_thread(self.writer.join, 2.0)

    async def _observe(self) -> None:
        while True:
            metrics.CONNECTED.set(self.session.connected)
            metrics.WAITING.set(self.intake.waiting_messages)
            await asyncio.sleep(1)


async def _main(settings: Settings) -> None:
    gateway = Gateway(settings)
    health = await serve_health(settings.http_host, settings.gateway_http_port, lambda: gateway.conditions())  # noqa: PLW0108 - it is replaced
    stopped = asyncio.create_task(until_stopped())
    try:
        while await _is_prepared(gateway, stopped):
            try:
                return await gateway.serve(stopped)
            except CatalogueChanged:
                log.info("the signal catalogue has changed; starting again with it")
                gateway = Gateway(settings)
    finally:
        health.cancel()
        stopped.cancel()


async def _is_prepared(gateway: Gateway, stopped: asyncio.Task[None]) -> bool:
    """Wait until the gateway can serve; False when it was stopped before."""
    preparing = asyncio.create_task(gateway.prepared())
    await asyncio.wait({preparing, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if stopped.done():
        preparing.cancel()
        return False
    preparing.result()
    return True


def _keep_freed_memory() -> None:
    """Have the C library keep what is freed: a batch's arrays are megabytes, and fetching them anew from the kernel for
    each batch costs as much as filling them. Does nothing where the C library is not glibc."""
    with contextlib.suppress(OSError, AttributeError):
        c = ctypes.CDLL("libc.so.6")
        c.mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT)
        c.mallopt(M_TRIM_THRESHOLD, MOST_KEPT)


def main(*, stand_by: bool = False) -> None:
    """Run the gateway until SIGTERM or Ctrl-C; exit code 3 when another gateway has taken over.

    `stand_by`: take over from nobody who is at work, but wait until nobody is.
    """
    settings = settings_or_exit()
    set_up_logging(settings, "gateway")
    if stand_by:
        StandBy(settings).wait()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    _keep_freed_memory()
    try:
        run(lambda: _main(settings))
    except FencedOff:
        log.warning("another gateway has taken over; this one stops")
        raise SystemExit(TAKEN_OVER) from None
