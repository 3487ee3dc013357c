"""Snapshots of the rule engine's state, one blob a partition (machine_id % 64)."""

from datetime import datetime
from typing import LiteralString

import psycopg

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


def save_decode_parts(conn: psycopg.Connection, parts: bytes) -> None:
    """Keep the decoder's half-received multi-packet messages (JSON of all terminals); an empty object clears them."""
    conn.execute("DELETE FROM decode_state")
    conn.execute("INSERT INTO decode_state (terminal, parts) VALUES ('*', %s::jsonb)", [parts.decode()])


def load_decode_parts(conn: psycopg.Connection) -> object:
    """What save_decode_parts kept, None when nothing was."""
    row = conn.execute("SELECT parts FROM decode_state WHERE terminal = '*'").fetchone()
    return row[0] if row else None
