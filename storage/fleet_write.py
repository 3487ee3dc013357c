"""What the command line writes with a plain connection: organisations of the demo, the configuration epoch."""

import psycopg

from storage.ids import uuid7


def upsert_organisation(conn: psycopg.Connection, name: str, kind: str, parent: str | None = None) -> int:
    """The organisation's id; created when there is none of that name."""
    row = conn.execute("SELECT organisation_id FROM organisation WHERE name = %s", [name]).fetchone()
    if row is not None:
        return int(row[0])
    inserted = conn.execute(
        "INSERT INTO organisation (public_id, kind, name, parent_id) "
        "VALUES (%s, %s, %s, (SELECT organisation_id FROM organisation WHERE name = %s)) RETURNING organisation_id",
        [uuid7(), kind, name, parent],
    ).fetchone()
    assert inserted is not None  # RETURNING of an insert without a condition
    return int(inserted[0])


def bump_config_epoch(conn: psycopg.Connection) -> None:
    """Tell the gateway to read its configuration anew at the next batch border."""
    conn.execute("UPDATE config_epoch SET epoch = epoch + 1")
