"""Batches written down as tables: rows of (machine or terminal, seconds, {signal: value})."""

from collections.abc import Sequence

import numpy as np

from fleet.batch import Batch, EventBatch, Messages, ReadingBatch
from fleet.signals import Catalogue, packaged_catalogue

T0_US = 1_790_000_040_000_000  # a whole minute
CATALOGUE = packaged_catalogue()
Row = tuple[int, float, dict[str, float]]


def us(seconds: float) -> int:
    """Microseconds UTC of `seconds` after T0."""
    return T0_US + round(seconds * 1_000_000)


def readings(rows: Sequence[Row], catalogue: Catalogue = CATALOGUE, *, received_s: float | None = None) -> ReadingBatch:
    """One message a row, in this order; received one second after it was measured unless told."""
    values = np.full((len(rows), len(catalogue)), np.nan)
    for number, (_, _, signals) in enumerate(rows):
        for key, value in signals.items():
            values[number, catalogue.index[key]] = value
    count = len(rows)
    return ReadingBatch(
        message=np.arange(count, dtype=np.int32),
        row=np.zeros(count, np.int32),
        machine=np.array([row[0] for row in rows], np.int32),
        measured_at_us=np.array([us(row[1]) for row in rows], np.int64),
        received_at_us=np.array([us(row[1] + 1 if received_s is None else received_s) for row in rows], np.int64),
        values=values,
        signals=np.arange(len(catalogue)),
    )


def in_order(rows: ReadingBatch) -> ReadingBatch:
    """Sorted by (machine, measured_at), stably."""
    return rows.take(np.lexsort((rows.measured_at_us, rows.machine)))


def messages(count: int, terminal: str = "T1", boot: str = "b") -> Messages:
    """`count` messages of one row each, seq from 0."""
    made = Messages()
    for number in range(count):
        made.terminal.append(terminal)
        made.topic.append(f"ecc/v1/{terminal}/telemetry")
        made.payload.append(b"%d" % number)
        made.boot.append(boot)
        made.seq.append(number)
        made.rows.append(1)
        made.received_at_us.append(us(number))
        made.redelivered.append(False)
        made.token.append(number)
    return made


def batch(rows: Sequence[tuple[str, float, dict[str, float]]], **more: object) -> Batch:
    """A batch of one-row messages, one for each (terminal, seconds, values); machines are unresolved."""
    made = messages(len(rows))
    made.terminal = [terminal for terminal, _, _ in rows]
    table = readings([(-1, at, values) for _, at, values in rows], **more)  # type: ignore[arg-type]
    return Batch(made, table, EventBatch.empty(), [])
