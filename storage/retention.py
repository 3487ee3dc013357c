"""Dropping what is too old, a whole chunk at a time."""

from datetime import datetime

import psycopg


def drop_chunks(conn: psycopg.Connection, table: str, *, before: datetime) -> int:
    """Drop the chunks of a hypertable that end at or before `before`; returns how many.

    Only readings, events and rollups may be dropped; the database refuses any other table.
    """
    row = conn.execute("SELECT drop_chunks_older_than(%s, %s)", [table, before]).fetchone()
    assert row is not None
    return int(row[0])


def delete_worn_sessions(conn: psycopg.Connection, *, now: datetime) -> int:
    """Delete sign-ins that have ended by themselves; returns how many."""
    return conn.execute("DELETE FROM app_session WHERE expires_at <= %s", [now]).rowcount
