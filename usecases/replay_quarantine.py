"""Send quarantined messages again over MQTT, where they belong: after a terminal was registered, or with a time offset.

A whole message goes again byte for byte where its place in the ledger can stay. What is changed (its times, or because
only some of its rows were refused) goes as a message of its own whose boot names the replay, so that the ledger of the
original stays exact. Sent again, what was kept is the same and adds nothing; what is refused again comes back to the
entry it already has.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from diagnosis.tokens import duration_us
from fleet.batch import Reason
from fleet.errors import InvalidInput
from gateway.decode.envelope import Format, route
from gateway.resend import WHOLE, Resend, resent
from storage.pool import Connection
from storage.quarantine import (
    Delivered,
    RefusedMessage,
    get_quarantined,
    list_fates,
    list_refused_messages,
    mark_replayed,
)

REPLAY_BOOT = "replay-"
MARK_EVERY = 50  # messages
ASK_EVERY_S = 0.2
QUIET_S = 3.0  # what names no seq and is to be refused is refused by then
CURABLE = frozenset({Reason.UNKNOWN_TERMINAL, Reason.NOT_INSTALLED, Reason.CLOCK_PAST, Reason.CLOCK_FUTURE})

Publish = Callable[[str, bytes], None]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOrder:
    """What to send again. Ids, or filters, or everything that waits; entries sent before only when `again`."""

    ids: Sequence[UUID] | None = None
    reason: str | None = None
    terminal: str | None = None
    again: bool = False
    offset_ms: int = 0
    retention: timedelta = timedelta(days=3650)
    future_tolerance: timedelta = timedelta(minutes=5)


@dataclass(slots=True)
class ReplayReport:
    """What became of the messages that were sent: kept, refused again by reason, without a sign (they name no seq, and
    nothing refused them), or not known yet. not_sendable: entries that were not sent, with why."""

    sent: int = 0
    entries: int = 0
    kept: int = 0
    refused_again: Counter[str] = field(default_factory=Counter)
    without_sign: int = 0
    unknown: int = 0
    not_sendable: list[tuple[UUID, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sent:
    """One message on its way; covered_at: when the ledger last took one of its power cycle, before it was sent."""

    message: Delivered
    covered_at: datetime | None


def offset_ms_of(text: str) -> int:
    """Milliseconds of "8h", "-90min", "+250ms", "1.5h". Raises InvalidInput."""
    sign, amount = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    us = duration_us(amount)
    if us is None or us % 1000:
        raise InvalidInput("offset_unreadable", found=text)
    return sign * us // 1000


def messages_to_replay(conn: Connection, order: ReplayOrder) -> list[RefusedMessage]:
    """The messages that the order names, in the order they came. Raises NotFound for an id that does not exist."""
    for quarantine_id in order.ids or ():
        get_quarantined(conn, quarantine_id)
    return list_refused_messages(conn, ids=order.ids, reason=order.reason, terminal=order.terminal, again=order.again)


def replay(
    conn: Connection,
    messages: Sequence[RefusedMessage],
    order: ReplayOrder,
    publish: Publish,
    *,
    replay_id: UUID,
    clock: Callable[[], datetime],
    progress: Progress,
) -> tuple[ReplayReport, list[Sent]]:
    """Publish the messages one by one and mark them; `progress(done, of)`.

    An entry is marked once the broker has confirmed it. Raises what `publish` raises; what was confirmed before is
    marked then, the rest still waits.
    """
    report, on_their_way = ReplayReport(), list[Sent]()
    unmarked: list[RefusedMessage] = []
    numbering = Counter[str]()
    try:
        for done, message in enumerate(messages, 1):
            try:
                sent = _send(conn, message, order, publish, (replay_id, numbering))
            except InvalidInput as error:
                report.not_sendable += [(quarantine_id, str(error)) for quarantine_id in message.ids]
            else:
                on_their_way.append(sent)
                unmarked.append(message)
            if len(unmarked) >= MARK_EVERY:
                _mark(conn, unmarked, clock())
            progress(done, len(messages))
    finally:
        report.sent = len(on_their_way)
        report.entries = sum(len(message.ids) for message in messages) - len(report.not_sendable)
        _mark(conn, unmarked, clock())
    return report, on_their_way


def _mark(conn: Connection, unmarked: list[RefusedMessage], at: datetime) -> None:
    with conn.transaction():
        for message in unmarked:
            mark_replayed(conn, message, at)
    unmarked.clear()


def _send(
    conn: Connection, message: RefusedMessage, order: ReplayOrder, publish: Publish, numbers: tuple[UUID, Counter[str]]
) -> Sent:
    entry = get_quarantined(conn, message.ids[0])
    replay_id, numbering = numbers
    boot, seq = message.boot, message.seq
    position = None
    is_status = route(entry.topic)[1] is Format.STATUS
    if _needs_place(message, order) and not is_status:
        position = boot, seq = f"{REPLAY_BOOT}{replay_id}", numbering[message.terminal]
    payload = resent(
        entry.payload,
        Resend(
            rows=message.rows,
            offset_ms=order.offset_ms,
            was_refused=_clock_check(message, order),
            position=position,
            arrived_ms=round(entry.received_at.timestamp() * 1000) if is_status else None,
        ),
    )
    identity = Delivered(message.terminal, boot, seq, hashlib.sha256(payload).digest(), message.received_at)
    sent = Sent(identity, list_fates(conn, [identity])[0].covered_at)
    publish(entry.topic, payload)
    if position is not None:
        numbering[message.terminal] += 1
    return sent


def _needs_place(message: RefusedMessage, order: ReplayOrder) -> bool:
    """Whether it goes as a message of the replay's own boot: it is changed, or names no seq by which to know its fate.

    What comes from an earlier replay keeps the place it got then.
    """
    if message.seq >= 0 and message.boot.startswith(REPLAY_BOOT):
        return False
    is_changed = WHOLE not in message.rows or order.offset_ms != 0
    return is_changed or (message.seq < 0 and CURABLE.issuperset(message.reasons))


def _clock_check(message: RefusedMessage, order: ReplayOrder) -> Callable[[float], bool]:
    """Whether an instant (ms) of this message had been refused for its time."""
    latest = (message.received_at + order.future_tolerance).timestamp() * 1000
    oldest = (message.received_at - order.retention).timestamp() * 1000
    return lambda at_ms: not oldest <= at_ms <= latest


def settle(
    conn: Connection, sent: Sequence[Sent], report: ReplayReport, *, timeout_s: float, progress: Progress
) -> None:
    """Wait until it is known what became of the messages, at most `timeout_s`, and write it into the report."""
    waiting = set(range(len(sent)))
    first_s: dict[int, float] = {}  # when each was first seen to be covered and not refused
    began_s = time.monotonic()
    while waiting and (passed_s := time.monotonic() - began_s) < timeout_s:
        for number, reasons in _known(conn, sent, sorted(waiting)):
            was_covered = sent[number].covered_at is not None  # so another message of its power cycle may have moved it
            if was_covered and not reasons and passed_s - first_s.setdefault(number, passed_s) < QUIET_S:
                continue
            waiting.discard(number)
            report.refused_again.update(reasons[:1])
            report.kept += not reasons
        if passed_s > QUIET_S and all(sent[number].message.seq < 0 for number in waiting):
            report.without_sign = len(waiting)
            waiting.clear()
        progress(len(sent) - len(waiting), len(sent))
        if waiting:
            time.sleep(ASK_EVERY_S)
    report.unknown = len(waiting)


def _known(conn: Connection, sent: Sequence[Sent], waiting: Sequence[int]) -> list[tuple[int, tuple[str, ...]]]:
    """(number, reasons of refusal) of those of which it is known what became of them."""
    fates = list_fates(conn, [sent[number].message for number in waiting])
    return [
        (number, fate.refused)
        for number, fate in zip(waiting, fates, strict=True)
        if fate.refused or fate.covered_at not in {None, sent[number].covered_at}
    ]
