"""The catalogue as the API knows it: the packaged signals and those that the site added."""

from typing import LiteralString

from psycopg.rows import dict_row

from fleet.signals import Aggregation, Signal, SignalKey, StoredType
from storage.read_pool import Connection

ADDED: LiteralString = """
SELECT signal_id, key, unit, en, zh, valid_min, valid_max, stored, aggregation, hold_s FROM signal ORDER BY signal_id
"""


async def list_added_signals(conn: Connection) -> list[Signal]:
    """The signals that the site added, in id order."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        rows = await (await cursor.execute(ADDED)).fetchall()
    return [
        Signal(
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
        for row in rows
    ]
