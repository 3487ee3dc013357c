"""Decoding in tests: one call from payloads to a batch, and a batch as plain values that read well in a diff."""

import json
import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from fleet.batch import Batch, EventKind, Float64Array, ReadingBatch
from fleet.signals import packaged_catalogue
from gateway.decode import BatchBuilder, Decoder

RECEIVED_US = 1_795_255_260_000_000  # 2026-11-21T10:01:00Z
T_MS = 1_795_255_200_000  # a minute before
TELEMETRY = "ecc/v1/EX-1/telemetry"
CAN = "ecc/v1/EX-1/can"
STATUS = "ecc/v1/EX-1/status"
CATALOGUE = packaged_catalogue()


def decode(*payloads: Any, topic: str = TELEMETRY, decoder: Decoder | None = None) -> Batch:
    """One batch of these payloads (bytes, or something to write as JSON) on one topic."""
    builder = BatchBuilder(CATALOGUE)
    feed(builder, decoder or Decoder(CATALOGUE), payloads, topic)
    return builder.finish()


def feed(builder: BatchBuilder, decoder: Decoder, payloads: Iterable[Any], topic: str = TELEMETRY) -> None:
    """Decode these payloads into `builder`."""
    for number, payload in enumerate(payloads):
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        decoder.decode(builder, topic, raw, RECEIVED_US, False, ("token", number))


def matrix(readings: ReadingBatch) -> Float64Array:
    """The values of all signals in catalogue order, (rows, signals), whatever columns the batch has."""
    assert (np.diff(readings.signals) > 0).all()
    assert readings.values.shape == (len(readings), len(readings.signals))
    values = np.full((len(readings), len(CATALOGUE)), np.nan)
    values[:, readings.signals] = readings.values
    return values


def rows(batch: Batch) -> list[dict[str, Any]]:
    """Reading rows: message, row, measured_at_us and the signals that have a value."""
    readings, values = batch.readings, matrix(batch.readings)
    return [
        {
            "message": int(readings.message[i]),
            "row": int(readings.row[i]),
            "measured_at_us": int(readings.measured_at_us[i]),
            "signals": {
                key: float(value) for key, value in zip(CATALOGUE.keys, values[i], strict=True) if not math.isnan(value)
            },
        }
        for i in range(len(readings))
    ]


def events(batch: Batch) -> list[dict[str, Any]]:
    """Event rows without the columns that do not apply."""
    columns = (
        "measured_at_us",
        "source_address",
        "spn",
        "fmi",
        "count",
        "lamps",
        "signal",
        "value",
    )
    found = []
    for i in range(len(batch.events)):
        event: dict[str, Any] = {"kind": EventKind(int(batch.events.kind[i])).name}
        event |= {name: int(getattr(batch.events, name)[i]) for name in columns}
        event = {name: value for name, value in event.items() if value != -1}
        if "signal" in event:
            event["signal"] = CATALOGUE.signals[event["signal"]].key
        if batch.events.text[i] is not None:
            event["text"] = batch.events.text[i]
        found.append(event)
    return found


def refused(batch: Batch) -> list[tuple[int, int, str]]:
    """(message, row, reason) of what is quarantined."""
    return [(q.message, q.row, q.reason.value) for q in batch.quarantined]


def values(batch: Batch, key: str) -> list[float]:
    """The values of one signal, rows without it left out."""
    column = batch.readings.of(CATALOGUE.index[key])
    return [float(value) for value in column if not math.isnan(value)]


def as_json(batch: Batch) -> dict[str, Any]:
    """A batch of one message as the golden cases keep it."""
    messages = batch.messages
    message = {"terminal": messages.terminal[0], "boot": messages.boot[0], "seq": messages.seq[0]}
    message |= {"rows": messages.rows[0]}
    return {
        "message": message,
        "readings": [{k: v for k, v in row.items() if k != "message"} for row in rows(batch)],
        "events": events(batch),
        "extra": [list(entry[1:]) for entry in batch.extra],
        "quarantined": [{"row": row, "reason": reason} for _, row, reason in refused(batch)],
    }
