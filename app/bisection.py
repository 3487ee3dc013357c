"""Isolating what the database refuses: messages by halving a batch, rows and events by halving a message.

Nothing is kept while it is searched: every try is rolled back. What remains is one batch again, with what is refused
moved to quarantine, so a message is entered into the ledger once, with all its rows.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from fleet.batch import Batch, BoolArray, EventBatch, Messages, Quarantined, ReadingBatch, Reason
from ingest.quality import EVENTS_ONLY, WHOLE_MESSAGE

MOST_ISOLATED = 32  # refused rows or events of one message; with more it goes to quarantine whole

Refusal = Callable[[Batch], str | None]  # tries a batch: the database's words when it refuses it, else None


def halves(batch: Batch) -> tuple[Batch, Batch]:
    """The first and the second half of a batch's messages, with what belongs to them."""
    middle = len(batch.messages) // 2
    return part(batch, 0, middle), part(batch, middle, len(batch.messages))


def part(batch: Batch, start: int, stop: int) -> Batch:
    """Messages start to stop (exclusive) of a batch as a batch of their own."""
    readings = batch.readings.take((batch.readings.message >= start) & (batch.readings.message < stop))
    events = batch.events.take((batch.events.message >= start) & (batch.events.message < stop))
    readings.message = (readings.message - start).astype(np.int32)
    events.message = (events.message - start).astype(np.int32)
    columns = {name: getattr(batch.messages, name)[start:stop] for name in Messages.__slots__}
    return Batch(
        messages=Messages(**columns),
        readings=readings,
        events=events,
        quarantined=[
            replace(item, message=item.message - start) for item in batch.quarantined if start <= item.message < stop
        ],
        extra=[(m - start, row, key, value) for m, row, key, value in batch.extra if start <= m < stop],
    )


def refused_by_database(batch: Batch, words: str, *, keeps_seq: bool) -> Batch:
    """The batch of one message with nothing but its quarantine entry; without `keeps_seq` the ledger leaves it out."""
    messages = batch.messages if keeps_seq else replace(batch.messages, seq=[-1], boot=[""])
    return Batch(messages, ReadingBatch.empty(), EventBatch.empty(), [_refused(0, WHOLE_MESSAGE, words)])


def _refused(message: int, row: int, words: str) -> Quarantined:
    return Quarantined(message=message, row=row, reason=Reason.REFUSED_BY_DATABASE, detail=words)


def refused_among(count: int, refusal: Callable[[int, int], str | None], *, at_most: int) -> dict[int, str]:
    """Which of `count` things are refused on their own, with the database's words; ends when there are over `at_most`.

    `refusal` tries those from `start` to `stop` (exclusive). k refused ones take O(k log count) tries.
    """
    found: dict[int, str] = {}
    waiting = [(0, count)] if count else []
    while waiting and len(found) <= at_most:
        start, stop = waiting.pop()
        words = refusal(start, stop)
        if words is None:
            continue
        if stop - start == 1:
            found[start] = words
        else:
            middle = (start + stop) // 2
            waiting += [(middle, stop), (start, middle)]
    return found


@dataclass(slots=True)
class _Gone:
    """What of a batch goes to quarantine: masks over its readings and events, and the entries."""

    rows: BoolArray
    events: BoolArray
    entries: list[Quarantined] = field(default_factory=list)


def without_refused(batch: Batch, refusal: Refusal) -> Batch:
    """The batch with every row, event or message that the database refuses moved to quarantine.

    A message is refused whole when that belongs to none of its rows and events, or to more than MOST_ISOLATED.
    """
    count = len(batch.messages)
    gone = _Gone(np.zeros(len(batch.readings), np.bool_), np.zeros(len(batch.events), np.bool_))
    refused = refused_among(count, lambda start, stop: refusal(part(batch, start, stop)), at_most=count)
    for message, words in refused.items():
        _isolate(batch, message, words, refusal, gone)
    return _without(batch, gone)


def _isolate(batch: Batch, message: int, words: str, refusal: Refusal, gone: _Gone) -> None:
    """Note what of a message that is refused as a whole must go."""
    single = part(batch, message, message + 1)
    rows_of, events_of = batch.readings.message == message, batch.events.message == message
    rows, events = _refused_parts(single, words, refusal)
    if not (rows or events) or len(rows) + len(events) > MOST_ISOLATED:
        gone.rows |= rows_of
        gone.events |= events_of
        gone.entries.append(_refused(message, WHOLE_MESSAGE, words))
        return
    gone.rows[np.flatnonzero(rows_of)[list(rows)]] = True
    gone.events[np.flatnonzero(events_of)[list(events)]] = True
    if rows and len(rows) == single.messages.rows[0]:
        gone.entries.append(_refused(message, WHOLE_MESSAGE, rows[min(rows)]))
        return
    gone.entries += [_refused(message, int(single.readings.row[row]), rows[row]) for row in sorted(rows)]
    if events:
        gone.entries.append(_refused(message, EVENTS_ONLY, events[min(events)]))


def _refused_parts(single: Batch, words: str, refusal: Refusal) -> tuple[dict[int, str], dict[int, str]]:
    """Positions of the refused readings and events of a message, with words; none when it is refused without them."""
    if len(single.readings) == 1 and not len(single.events):
        return {0: words}, {}
    no_rows = ReadingBatch.empty()
    if refusal(replace(single, readings=no_rows, events=EventBatch.empty())) is not None:
        return {}, {}

    def of_rows(start: int, stop: int) -> str | None:
        readings = single.readings.take(np.arange(start, stop))
        return refusal(replace(single, readings=readings, events=EventBatch.empty()))

    def of_events(start: int, stop: int) -> str | None:
        return refusal(replace(single, readings=no_rows, events=single.events.take(np.arange(start, stop))))

    rows = refused_among(len(single.readings), of_rows, at_most=MOST_ISOLATED)
    return rows, refused_among(len(single.events), of_events, at_most=MOST_ISOLATED - len(rows))


def _without(batch: Batch, gone: _Gone) -> Batch:
    return Batch(
        messages=batch.messages,
        readings=batch.readings.take(~gone.rows),
        events=batch.events.take(~gone.events),
        quarantined=batch.quarantined + gone.entries,
        extra=batch.extra,  # ingest.quality takes those of rows that are there
    )
