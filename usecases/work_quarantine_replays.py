"""Replays of the quarantine that people asked for, worked one after the other by what may publish to the broker."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from fleet.errors import EccError
from gateway.republish import Republisher
from storage.ids import uuid7
from storage.pool import Connection
from storage.quarantine_replays import Outcome, QueuedReplay, claim_replay, finish_replay, save_progress
from usecases.replay_quarantine import Progress, ReplayOrder, ReplayReport, messages_to_replay, replay, settle

SETTLE_S = 30.0
SAY_EVERY_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayStand:
    """What every replay is worked with: the connection to the broker, and what is refused for its time."""

    connect: Callable[[], AbstractContextManager[Republisher]]
    retention: timedelta
    future_tolerance: timedelta
    clock: Callable[[], datetime]


def work_quarantine_replays(conn: Connection, stand: ReplayStand) -> int:
    """Do all that wait; how many there were. What the broker does not take is kept as failed, and still waits."""
    done = 0
    while (asked := claim_replay(conn, now=stand.clock())) is not None:
        try:
            outcome = outcome_of(_worked(conn, asked, stand))
        except EccError as error:
            outcome = Outcome(refused_again={}, failure=error.code)
        finish_replay(conn, asked.replay_id, outcome, now=stand.clock())
        done += 1
    return done


def _worked(conn: Connection, asked: QueuedReplay, stand: ReplayStand) -> ReplayReport:
    order = ReplayOrder(
        ids=asked.ids,
        reason=asked.reason,
        terminal=asked.terminal,
        again=asked.again,
        offset_ms=asked.offset_ms,
        retention=stand.retention,
        future_tolerance=stand.future_tolerance,
    )
    messages = messages_to_replay(conn, order)
    if not messages:
        return ReplayReport()
    told = _Told(conn, asked.replay_id, len(messages), stand.clock)
    with stand.connect() as publisher:
        report, sent = replay(
            conn,
            messages,
            order,
            publisher.publish,
            replay_id=uuid7(),
            clock=stand.clock,
            progress=told.sending,
        )
    settle(conn, sent, report, timeout_s=SETTLE_S, progress=told.settling)
    return report


def outcome_of(report: ReplayReport) -> Outcome:
    """What is kept of a report."""
    return Outcome(
        messages=report.sent,
        entries=report.entries,
        kept=report.kept,
        refused_again=dict(report.refused_again),
        without_sign=report.without_sign,
        unknown=report.unknown,
        not_sendable=[quarantine_id for quarantine_id, _ in report.not_sendable],
    )


@dataclass(slots=True)
class _Told:
    """Says how far a replay is, twice a second at most."""

    conn: Connection
    replay: int
    messages: int
    clock: Callable[[], datetime]
    said_s: float = float("-inf")

    @property
    def sending(self) -> Progress:
        """For the messages that the broker has confirmed."""
        return lambda done, of: self._say(done, 0)

    @property
    def settling(self) -> Progress:
        """For those of which it is known what became of them."""
        return lambda done, of: self._say(self.messages, done)

    def _say(self, sent: int, settled: int) -> None:
        if time.monotonic() - self.said_s >= SAY_EVERY_S:
            self.said_s = time.monotonic()
            save_progress(self.conn, self.replay, messages=self.messages, sent=sent, settled=settled, now=self.clock())
