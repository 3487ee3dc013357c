"""Snapshots of the rule engine's state, one blob a partition (machine_id % 64)."""

from datetime import datetime
from typing import LiteralString

import psycopg
from psycopg.types.json import Jsonb

SAVE: LiteralString = """
INSERT INTO rule_state (partition, snapshot_at, version, state, marks) VALUES (%s, %s, %s, %s, '')
ON CONFLICT (partition) DO UPDATE
SET snapshot_at = excluded.snapshot_at, version = excluded.version, state = excluded.state
"""


def save_snapshots(conn: psycopg.Connection, blobs: dict[int, bytes], *, version: str, at: datetime) -> None:
    """Replace the snapshot of each partition in `blobs`; the marks are inside the blob."""
    with conn.cursor() as cursor:
        cursor.executemany(SAVE, [(partition, at, version, blob) for partition, blob in blobs.items()])


def load_snapshots(conn: psycopg.Connection) -> dict[int, tuple[str, bytes]]:
    """partition -> (rule-set version, blob)."""
    rows = conn.execute("SELECT partition, version, state FROM rule_state ORDER BY partition")
    return {partition: (version, bytes(state)) for partition, version, state in rows}


def save_parts(conn: psycopg.Connection, parts: dict[str, object]) -> None:
    """Keep terminals' half-received multi-packet messages (JSON-able, of gateway.decode); an empty one is gone."""
    if not parts:
        return
    conn.execute("DELETE FROM decode_state WHERE terminal = ANY(%s)", [list(parts)])
    kept = [(terminal, Jsonb(value)) for terminal, value in parts.items() if value]
    with conn.cursor() as cursor:
        cursor.executemany("INSERT INTO decode_state (terminal, parts) VALUES (%s, %s)", kept)


def load_parts(conn: psycopg.Connection) -> dict[str, object]:
    """What save_parts kept, by terminal."""
    return dict(conn.execute("SELECT terminal, parts FROM decode_state").fetchall())
