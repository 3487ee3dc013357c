"""The writer's thread: takes batches one by one, commits each or tries again until it can, runs the ticks between."""

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from app import metrics
from app.bisection import halves, refused_by_database, without_refused
from app.intake import Committed
from app.logging import get_logger
from app.pipeline import Outcome, Pipeline, platform_now
from app.ticks import Ticks
from fleet.batch import Batch, Reason
from fleet.errors import FencedOff
from gateway.decode import BatchBuilder
from gateway.session import Token
from storage.failures import ALREADY_THERE, NOT_ACCEPTABLE, OUR_FAULT, TRY_AGAIN, words_of
from storage.pool import Connection

TICK_S = 0.2
BACK_OFF_S = (0.1, 0.2, 0.5, 1.0, 2.0)
MOST_NAMED = 10  # terminals in a line of the log

log = get_logger("gateway.writer")


@dataclass(frozen=True, slots=True)
class Handed:
    """A full builder and when it was handed over (monotonic seconds)."""

    builder: BatchBuilder
    at_s: float


class Writer(threading.Thread):
    """Owns the database connection. `done` is called in this thread after each commit, `acks` after each tick,
    `fatal` when this gateway must stop (taken over, or a defect).

    A connection that broke leaves in doubt whether its transaction was committed. So before anything is tried again
    the memory is loaded anew from the database (`reload`); what was committed after all is then known as such.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        ticks: Ticks,
        connect: Callable[[], Connection],
        *,
        reload: Callable[[Connection], None],
        done: Callable[[BatchBuilder, Committed], None],
        acks: Callable[[list[tuple[str, bytes]]], None],
        fatal: Callable[[BaseException], None],
    ) -> None:
        super().__init__(name="writer", daemon=True)
        self._pipeline, self._ticks, self._connect = pipeline, ticks, connect
        self._done, self._acks, self._fatal = done, acks, fatal
        self._reload, self._in_doubt, self._settled = reload, False, False
        self._handed: queue.SimpleQueue[Handed | None] = queue.SimpleQueue()
        self._conn: Connection | None = None
        self._ticked_s = 0.0
        self.stopping = threading.Event()
        self.database_up = False

    def submit(self, builder: BatchBuilder) -> None:
        """Hand a builder over; one at a time, the next after `done`."""
        self._handed.put(Handed(builder, time.monotonic()))

    def stop(self) -> None:
        """Finish the batch at hand and end."""
        self.stopping.set()
        self._handed.put(None)

    def run(self) -> None:
        """The thread's body."""
        try:
            while not self.stopping.is_set():
                self._take_next()
                if time.monotonic() - self._ticked_s >= TICK_S:
                    self._tick()
            self._tick()
        except BaseException as error:  # noqa: BLE001 - the process ends with it; nothing of the batch is acknowledged
            self._fatal(error)
        finally:
            self._ticks.close()
            if self._conn is not None:
                self._conn.close()

    def _take_next(self) -> None:
        try:
            handed = self._handed.get(timeout=TICK_S)
        except queue.Empty:
            return
        if handed is None:
            return
        batch = handed.builder.finish()
        self._commit(batch, cast(dict[str, object], handed.builder.parts))
        tokens = cast(list[Token], batch.messages.token)
        metrics.COMMIT_SECONDS.observe(time.monotonic() - handed.at_s)
        if batch.messages.received_at_us:
            oldest = min(batch.messages.received_at_us)
            metrics.RECEIVE_TO_COMMIT_SECONDS.observe(max(0.0, time.time() - oldest / 1e6))
        self._done(handed.builder, Committed(tokens))

    def _commit(self, batch: Batch, parts: dict[str, object], *, blind: bool = True) -> None:
        """Commit, whatever it takes: again while the server is away, without what the database refuses."""
        try:
            self._note(self._attempt(batch, parts, blind=blind))
        except ALREADY_THERE:
            if not blind:
                raise  # every row was looked up first: a defect of ours, and no message's fault
            self._commit(batch, parts, blind=False)
        except NOT_ACCEPTABLE:
            self._commit_apart(without_refused(batch, self._refusal), parts)

    def _attempt(self, batch: Batch, parts: dict[str, object], *, blind: bool, trial: bool = False) -> Outcome:
        """Commit as it is, or only try to; again and again while the server is away.

        Raises NOT_ACCEPTABLE with nothing kept.
        """
        attempt = 0
        while True:
            try:
                return self._pipeline.commit(
                    self._connection(), batch, parts, now=platform_now(), blind=blind, trial=trial
                )
            except ALREADY_THERE:
                raise
            except (*TRY_AGAIN, *OUR_FAULT) as error:
                self._lost_server(error, attempt)
                attempt += 1

    def _refusal(self, batch: Batch) -> str | None:
        """The database's words when it refuses something in the batch, else None; nothing of it is kept."""
        try:
            self._attempt(batch, {}, blind=False, trial=True)
        except NOT_ACCEPTABLE as error:
            return words_of(error)
        return None

    def _commit_apart(self, batch: Batch, parts: dict[str, object]) -> None:
        """Commit what should be acceptable now; in halves when something is refused only together with others."""
        try:
            outcome = self._attempt(batch, parts, blind=False)
        except NOT_ACCEPTABLE as error:
            if len(batch.messages) > 1:
                first, second = halves(batch)
                self._commit_apart(first, {})
                self._commit_apart(second, parts)  # not before the last of the messages they came from
                return
            outcome = self._quarantined(batch, words_of(error))
        refused = [item for item in batch.quarantined if item.reason is Reason.REFUSED_BY_DATABASE]
        if refused:
            named = sorted({batch.messages.terminal[item.message] for item in refused})
            log.warning("refused by the database", terminals=named[:MOST_NAMED], entries=len(refused))
        self._note(outcome)

    def _quarantined(self, batch: Batch, words: str) -> Outcome:
        """Put a message that the database refuses into quarantine; without its place in the ledger if need be."""
        log.warning("message refused by the database", terminal=batch.messages.terminal[0])
        try:
            return self._attempt(refused_by_database(batch, words, keeps_seq=True), {}, blind=False)
        except NOT_ACCEPTABLE:
            return self._attempt(refused_by_database(batch, words, keeps_seq=False), {}, blind=False)

    def _connection(self) -> Connection:
        if self._conn is None or self._conn.closed:
            self._conn = self._connect()
        if self._in_doubt:
            self._reload(self._conn)
            self._ticks.await_every_ack()
            self._in_doubt, self._settled = False, False
        if not self._settled:
            self._ticks.settle(self._conn, platform_now())
            self._settled = True
        self.database_up = True
        return self._conn

    def _lost_server(self, error: BaseException, attempt: int) -> None:
        if isinstance(error, FencedOff):
            raise error
        self.database_up = False
        self._ticks.at_work_us = None
        self._in_doubt = True
        metrics.BATCH_RETRIES.inc()
        at_fault = isinstance(error, OUR_FAULT)
        tell = log.error if at_fault else log.warning
        words = str(error).splitlines()[0] if at_fault else ""
        tell("the database did not take it; trying again", error=type(error).__name__, words=words, attempt=attempt)
        if self._conn is not None:
            self._conn.close()
            self._conn = None
        time.sleep(BACK_OFF_S[min(attempt, len(BACK_OFF_S) - 1)])

    def _note(self, outcome: Outcome) -> None:
        self._ticks.await_ack(outcome.touched)
        self._ticks.changed_rules |= outcome.rows > 0
        self._ticks.has_due |= outcome.late_machines > 0
        metrics.MESSAGES.inc(outcome.messages)
        metrics.BATCHES.inc()
        metrics.EVENTS.inc(outcome.events)
        metrics.REDELIVERED.inc(outcome.redelivered)
        for name, count in (
            ("stored", outcome.rows),
            ("duplicate", outcome.duplicates),
            ("conflict", outcome.conflicts),
        ):
            metrics.ROWS.labels(name).inc(count)
        for reason, count in Counter(outcome.quarantined).items():
            metrics.QUARANTINED.labels(reason).inc(count)
        for kind in outcome.transitions:
            metrics.ALARMS.labels(kind).inc()

    def _tick(self) -> None:
        self._ticked_s = time.monotonic()
        try:
            acks = self._ticks.run(self._connection(), platform_now())
        except (*TRY_AGAIN, *OUR_FAULT) as error:
            self._lost_server(error, 0)
            return
        if acks:
            self._acks(acks)
