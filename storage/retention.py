"""Dropping what is too old: hypertables a whole chunk at a time, other tables row by row in bounded portions."""

from datetime import datetime
from typing import LiteralString

import psycopg

PORTION = 10_000  # rows of one statement: milliseconds of locks

# A row that changes while its deletion waits for it is looked at again, by the outer condition: not every version of
# PostgreSQL looks at the ctid again.
LEDGER: LiteralString = """
DELETE FROM ledger WHERE last_received_at < %(before)s AND ctid = ANY(ARRAY(
    SELECT l.ctid FROM ledger l
    WHERE l.last_received_at < %(before)s AND EXISTS (
        SELECT FROM ledger n
        WHERE n.terminal_id = l.terminal_id AND (n.last_received_at, n.boot) > (l.last_received_at, l.boot))
    LIMIT %(portion)s))
"""
QUARANTINE: LiteralString = """
DELETE FROM quarantine WHERE received_at < %(before)s AND ctid = ANY(ARRAY(
    SELECT ctid FROM quarantine WHERE received_at < %(before)s LIMIT %(portion)s))
"""
# Its newest entry came at its received_at: every one of them is past its age.
REFUSED_PAYLOAD: LiteralString = """
DELETE FROM refused_payload WHERE received_at < %(before)s AND ctid = ANY(ARRAY(
    SELECT ctid FROM refused_payload WHERE received_at < %(before)s LIMIT %(portion)s))
"""
EVENT_LOG: LiteralString = """
WITH gone AS (
    DELETE FROM event_log WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM event_log WHERE at < %(before)s ORDER BY at LIMIT %(portion)s))
    RETURNING xact, id
), told AS (
    UPDATE event_log_horizon h SET xact = g.xact, id = g.id
    FROM (SELECT xact, id FROM gone ORDER BY xact DESC, id DESC LIMIT 1) g
    WHERE (g.xact, g.id) > (h.xact, h.id)
)
SELECT FROM gone
"""
ALARM_TRANSITION: LiteralString = """
DELETE FROM alarm_transition WHERE ctid = ANY(ARRAY(
    SELECT t.ctid FROM alarm_transition t JOIN alarm a USING (alarm_id)
    WHERE t.at < %(before)s AND a.state <> 'active' AND NOT EXISTS (
        SELECT FROM alarm_transition n WHERE n.alarm_id = t.alarm_id AND n.at >= %(before)s)
    LIMIT %(portion)s))
"""
READING_CONFLICT: LiteralString = """
DELETE FROM reading_conflict WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM reading_conflict WHERE measured_at < %(before)s LIMIT %(portion)s))
"""
DELETE: dict[str, LiteralString] = {
    "ledger": LEDGER,
    "quarantine": QUARANTINE,
    "refused_payload": REFUSED_PAYLOAD,
    "event_log": EVENT_LOG,
    "alarm_transition": ALARM_TRANSITION,
    "reading_conflict": READING_CONFLICT,
}


def drop_chunks(conn: psycopg.Connection, table: str, *, before: datetime) -> int:
    """Drop the chunks of a hypertable that end at or before `before`; returns how many.

    Only readings, events and rollups may be dropped; the database refuses any other table.
    """
    row = conn.execute("SELECT drop_chunks_older_than(%s, %s)", [table, before]).fetchone()
    assert row is not None
    return int(row[0])


def delete_older(conn: psycopg.Connection, table: str, *, before: datetime, portion: int = PORTION) -> int:
    """Delete at most `portion` rows from before `before` of one of the tables in DELETE; returns how many.

    Of the ledger each terminal's newest power cycle stays, of alarm transitions those of open alarms and of alarms with
    a newer one. What goes of the event log moves its horizon.
    """
    return conn.execute(DELETE[table], {"before": before, "portion": portion}).rowcount


def delete_worn_sessions(conn: psycopg.Connection, *, now: datetime) -> int:
    """Delete sign-ins that have ended by themselves; returns how many.

    Counted attempts and links for a new password go after 90 days.
    """
    conn.execute("DELETE FROM sign_in_counter WHERE counted_at <= %s - interval '90 days'", [now])
    conn.execute("DELETE FROM password_link WHERE created_at <= %s - interval '90 days'", [now])
    return conn.execute("DELETE FROM app_session WHERE expires_at <= %s", [now]).rowcount


def delete_fleet_changes(conn: psycopg.Connection, *, now: datetime) -> int:
    """Delete what API processes were told of the fleet a week ago; returns how many.

    They ask every ten seconds; one that could not ask for so long has to be started anew.
    """
    return conn.execute("DELETE FROM fleet_change WHERE at < %s - interval '7 days'", [now]).rowcount
