"""Writing events: faults, sensor errors, status, texts; what is there already is left as it is."""

import hashlib
from collections.abc import Sequence
from typing import Any, LiteralString

import numpy as np
import psycopg

from fleet.batch import BoolArray, EventBatch, EventKind, FaultSource, Float64Array, Int32Array, Int64Array
from storage.binary import float8s, int2s, int4s, int8s, times

INSERT: LiteralString = """
WITH offered AS (
    SELECT * FROM unnest(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::text[], %s, %s)
    AS n(machine_id, measured_at, received_at, kind, source_address, spn, fmi, occurrence_count, lamps, signal_id,
         value, text, text_hash, position)
), added AS (
    INSERT INTO event (machine_id, measured_at, received_at, kind, source_address, spn, fmi, occurrence_count, lamps,
                       signal_id, value, text, text_hash)
    SELECT machine_id, measured_at, received_at, kind, source_address, spn, fmi, occurrence_count, lamps, signal_id,
           value, text, text_hash
    FROM offered ORDER BY position
    ON CONFLICT DO NOTHING
    RETURNING machine_id, measured_at, kind, source_address, spn, fmi, signal_id, text_hash
)
SELECT min(o.position) FROM offered o
JOIN added USING (machine_id, measured_at, kind, source_address, spn, fmi, signal_id, text_hash)
GROUP BY machine_id, measured_at, kind, source_address, spn, fmi, signal_id, text_hash
"""


def insert_events(conn: psycopg.Connection, events: EventBatch) -> BoolArray:
    """Store the events; returns which are really new, shape (events,). Of equal ones in a batch the first counts."""
    new = np.zeros(len(events), np.bool_)
    if not len(events):
        return new
    hashes = [0 if text is None else _hash(text) for text in events.text]
    parameters = [
        int4s(events.machine),
        times(events.measured_at_us),
        times(events.received_at_us),
        int2s(events.kind),
        int2s(events.source_address),
        int4s(events.spn),
        int2s(events.fmi),
        int2s(events.count),
        int2s(events.lamps),
        int2s(events.signal),
        int2s(events.value),
        events.text,
        int8s(hashes),
        int4s(np.arange(len(events))),
    ]
    for (position,) in conn.execute(INSERT, parameters).fetchall():
        new[position] = True
    return new


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


FAULT_CODES: LiteralString = """
INSERT INTO fault_code AS f
    (machine_id, source_address, spn, fmi, first_seen_at, last_seen_at, occurrence_count, active)
SELECT machine_id, source_address, spn, fmi, min(at), max(at), (array_agg(oc ORDER BY at DESC))[1], TRUE
FROM unnest(%s, %s, %s, %s, %s, %s) AS n(machine_id, source_address, spn, fmi, oc, at)
WHERE spn <> 0 OR fmi <> 0
GROUP BY machine_id, source_address, spn, fmi ORDER BY machine_id, source_address, spn, fmi
ON CONFLICT (machine_id, source_address, spn, fmi) DO UPDATE SET
    first_seen_at = least(f.first_seen_at, excluded.first_seen_at),
    last_seen_at = greatest(f.last_seen_at, excluded.last_seen_at),
    occurrence_count = CASE WHEN excluded.last_seen_at >= f.last_seen_at
                            THEN excluded.occurrence_count ELSE f.occurrence_count END
"""

# A code is active until a later list lacks it: a DM1 of its source address, or the terminal's own list (value 0), which
# tells of every address.
ACTIVITY: LiteralString = """
UPDATE fault_code f SET active = NOT gone.gone
FROM (
    SELECT c.machine_id, c.source_address, c.spn, c.fmi, EXISTS (
        SELECT FROM event e WHERE e.machine_id = c.machine_id AND e.kind = %(fault)s
        AND e.measured_at > c.last_seen_at AND (e.value = %(native)s OR e.source_address = c.source_address)
    ) AS gone
    FROM fault_code c WHERE c.machine_id = ANY(%(machines)s)
) gone
WHERE f.machine_id = gone.machine_id AND f.source_address = gone.source_address AND f.spn = gone.spn
  AND f.fmi = gone.fmi AND f.active = gone.gone
"""


def save_fault_codes(conn: psycopg.Connection, faults: EventBatch) -> None:
    """Bring the table of codes up to date with new FAULT rows."""
    if not len(faults):
        return
    key: list[Any] = [int4s(faults.machine), int2s(faults.source_address)]
    at = times(faults.measured_at_us)
    conn.execute(FAULT_CODES, [*key, int4s(faults.spn), int2s(faults.fmi), int2s(faults.count), at])
    told = {"fault": int(EventKind.FAULT), "native": int(FaultSource.NATIVE)}
    conn.execute(ACTIVITY, {**told, "machines": np.unique(faults.machine).tolist()})


ATTRIBUTES: LiteralString = """
INSERT INTO machine_attribute AS a (machine_id, key, value, at)
SELECT DISTINCT ON (machine_id, key) machine_id, key, value, at
FROM unnest(%s, %s::text[], %s::text[], %s) AS n(machine_id, key, value, at) ORDER BY machine_id, key, at DESC
ON CONFLICT (machine_id, key) DO UPDATE SET value = excluded.value, at = excluded.at WHERE excluded.at >= a.at
"""


def save_attributes(conn: psycopg.Connection, attributes: EventBatch) -> None:
    """Keep the newest value of each text attribute; rows are of kind ATTRIBUTE, text "key=value"."""
    if not len(attributes):
        return
    pairs = [(text or "").partition("=") for text in attributes.text]
    keys, values = [key for key, _, _ in pairs], [value for _, _, value in pairs]
    conn.execute(ATTRIBUTES, [int4s(attributes.machine), keys, values, times(attributes.measured_at_us)])


def store_events(conn: psycopg.Connection, events: EventBatch) -> BoolArray:
    """Insert events and bring the tables that follow from them up to date; returns which are new, shape (events,)."""
    new = insert_events(conn, events)
    if new.any():
        save_fault_codes(conn, events.take(new & (events.kind == EventKind.FAULT)))
        save_attributes(conn, events.take(new & (events.kind == EventKind.ATTRIBUTE)))
    return new


EXTRA: LiteralString = """
INSERT INTO reading_extra (machine_id, measured_at, key, value)
SELECT * FROM unnest(%s, %s, %s::text[], %s) ON CONFLICT DO NOTHING
"""


def store_extra(
    conn: psycopg.Connection, machine: Int32Array, at_us: Int64Array, key: Sequence[str], value: Float64Array
) -> None:
    """Values of keys that are no catalogue signals, (values,) each; rules do not see them. The first one stays."""
    if len(machine):
        conn.execute(EXTRA, [int4s(machine), times(at_us), list(key), float8s(value)])
