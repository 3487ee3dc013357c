"""The spans in which the platform was able to hear; silence is judged inside these only."""

from typing import LiteralString

import psycopg

EXTEND: LiteralString = """
UPDATE platform_health SET to_at = to_timestamp(%(to_us)s::float8 / 1e6)
WHERE health_id = (SELECT max(health_id) FROM platform_health WHERE gateway_id = %(gateway)s)
  AND from_at = to_timestamp(%(from_us)s::float8 / 1e6)
"""

BEGIN: LiteralString = """
INSERT INTO platform_health (gateway_id, from_at, to_at)
VALUES (%(gateway)s, to_timestamp(%(from_us)s::float8 / 1e6), to_timestamp(%(to_us)s::float8 / 1e6))
"""

LIST: LiteralString = """
SELECT (extract(epoch FROM from_at) * 1000000)::bigint, (extract(epoch FROM to_at) * 1000000)::bigint
FROM platform_health WHERE gateway_id = %s AND to_at > now() - interval '400 days' ORDER BY from_at
"""


def save_span(conn: psycopg.Connection, gateway_id: str, from_us: int, to_us: int) -> None:
    """Keep the newest healthy span; the same `from_us` again extends it."""
    parameters = {"gateway": gateway_id, "from_us": from_us, "to_us": to_us}
    if conn.execute(EXTEND, parameters).rowcount == 0:
        conn.execute(BEGIN, parameters)


GO_ON_BEHIND: LiteralString = """
UPDATE platform_behind SET to_at = to_timestamp(%(to_us)s::float8 / 1e6)
WHERE behind_id = (SELECT max(behind_id) FROM platform_behind WHERE gateway_id = %(gateway)s)
  AND to_at = to_timestamp(%(from_us)s::float8 / 1e6)
"""

BE_BEHIND: LiteralString = """
INSERT INTO platform_behind (gateway_id, from_at, to_at)
VALUES (%(gateway)s, to_timestamp(%(from_us)s::float8 / 1e6), to_timestamp(%(to_us)s::float8 / 1e6))
"""


def save_behind(conn: psycopg.Connection, gateway_id: str, from_us: int, to_us: int) -> None:
    """Keep that the gateway worked and was behind; what begins where the newest such time ends goes on with it."""
    parameters = {"gateway": gateway_id, "from_us": from_us, "to_us": to_us}
    if conn.execute(GO_ON_BEHIND, parameters).rowcount == 0:
        conn.execute(BE_BEHIND, parameters)


def list_spans(conn: psycopg.Connection, gateway_id: str) -> list[tuple[int, int]]:
    """(from, to) of the spans of the last 400 days, microseconds UTC, oldest first."""
    return [(row[0], row[1]) for row in conn.execute(LIST, [gateway_id])]
