"""Isolating what the database refuses: a batch in halves, and a single message as its own quarantine entry."""

from dataclasses import replace

import numpy as np

from fleet.batch import Batch, EventBatch, Messages, Quarantined, ReadingBatch, Reason


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
            Quarantined(message=item.message - start, row=item.row, reason=item.reason, detail=item.detail)
            for item in batch.quarantined
            if start <= item.message < stop
        ],
        extra=[(m - start, row, key, value) for m, row, key, value in batch.extra if start <= m < stop],
    )


def refused_by_database(batch: Batch, *, keeps_seq: bool) -> Batch:
    """The batch of one message with nothing but its quarantine entry; without `keeps_seq` the ledger leaves it out."""
    messages = batch.messages if keeps_seq else replace(batch.messages, seq=[-1], boot=[""])
    refused = Quarantined(
        message=0, row=-1, reason=Reason.REFUSED_BY_DATABASE, detail="the database refused a value of this message"
    )
    signals = batch.readings.values.shape[1]
    return Batch(messages, ReadingBatch.empty(signals), EventBatch.empty(), [refused])
