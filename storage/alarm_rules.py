"""What the live rule set says of the alarms of its rules, where every process that raises alarms finds it."""

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

import psycopg
from psycopg.types.json import Jsonb

PUT: LiteralString = """
WITH wanted AS (
    SELECT * FROM jsonb_to_recordset(%(rows)s)
        AS r (source_kind text, source_key text, asks text, suppressed_in text[], inhibits text[])
), gone AS (
    DELETE FROM alarm_rule o WHERE NOT EXISTS (
        SELECT FROM wanted w WHERE w.source_kind = o.source_kind AND w.source_key = o.source_key)
)
INSERT INTO alarm_rule AS o (source_kind, source_key, asks, suppressed_in, inhibits)
SELECT source_kind, source_key, asks, suppressed_in, inhibits FROM wanted
ON CONFLICT (source_kind, source_key) DO UPDATE
SET asks = excluded.asks, suppressed_in = excluded.suppressed_in, inhibits = excluded.inhibits
WHERE (o.asks, o.suppressed_in, o.inhibits) IS DISTINCT FROM (excluded.asks, excluded.suppressed_in, excluded.inhibits)
"""


def put_alarm_rules(conn: psycopg.Connection, rules: Sequence[Mapping[str, Any]]) -> None:
    """Make these the rules: source_kind, source_key, asks, suppressed_in, inhibits. Open alarms keep what they ask."""
    conn.execute(PUT, {"rows": Jsonb([dict(rule) for rule in rules])})
