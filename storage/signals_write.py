"""A site's own signals: a row in `signal` and a column of `reading`."""

from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from fleet.signals import Aggregation, Catalogue, Signal, SignalKey, StoredType, packaged_catalogue

SELECT_SIGNALS: LiteralString = "SELECT * FROM signal ORDER BY signal_id"


def load_catalogue(conn: psycopg.Connection) -> Catalogue:
    """The packaged catalogue and the site's own signals. Raises CatalogueError when their ids do not continue it."""
    with conn.cursor(row_factory=dict_row) as cursor:
        added = [_signal(row) for row in cursor.execute(SELECT_SIGNALS)]
    return packaged_catalogue().with_added(added) if added else packaged_catalogue()


def _signal(row: dict[str, Any]) -> Signal:
    return Signal(
        key=SignalKey(row["key"]),
        id=row["signal_id"],
        unit=row["unit"],
        en=row["en"],
        zh=row["zh"],
        valid=(row["valid_min"], row["valid_max"]),
        stored=StoredType(row["stored"]),
        aggregation=Aggregation(row["aggregation"]),
        hold_s=row["hold_s"],
    )


INSERT_SIGNAL: LiteralString = """
INSERT INTO signal (signal_id, key, unit, en, zh, valid_min, valid_max, stored, aggregation, hold_s)
VALUES (%(id)s, %(key)s, %(unit)s, %(en)s, %(zh)s, %(low)s, %(high)s, %(stored)s, %(aggregation)s, %(hold_s)s)
"""


def add_signal(conn: psycopg.Connection, signal: Signal) -> None:
    """Add the row and the column; both or neither. Run as the tables' owner."""
    kind = sql.SQL("real") if signal.stored is StoredType.FLOAT4 else sql.SQL("double precision")
    conn.execute(sql.SQL("ALTER TABLE reading ADD COLUMN {} {}").format(sql.Identifier(signal.key), kind))
    conn.execute(
        INSERT_SIGNAL,
        {
            "id": signal.id,
            "key": signal.key,
            "unit": signal.unit,
            "en": signal.en,
            "zh": signal.zh,
            "low": signal.valid[0],
            "high": signal.valid[1],
            "stored": signal.stored,
            "aggregation": signal.aggregation,
            "hold_s": signal.hold_s,
        },
    )
