"""Whether a gateway is at work: each holds a shared lock on its id for as long as its connection lives.

The lock goes with the connection, so no clock decides. It keeps nobody out (the fencing epoch does that): it only tells
a gateway that stands by when nobody is left.
"""

from typing import LiteralString

import psycopg

# A holder whose host has vanished is let go of in 25 s, one that died in the middle of a statement in 2 s.
HOLD: LiteralString = """
SELECT set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),
       set_config('tcp_keepalives_count', '3', false), set_config('client_connection_check_interval', '2000', false),
       pg_advisory_lock_shared(hashtextextended('ecc gateway ' || %s, 0))
"""

IS_FREE: LiteralString = "SELECT pg_try_advisory_xact_lock(hashtextextended('ecc gateway ' || %s, 0))"


def hold(conn: psycopg.Connection, gateway_id: str) -> None:
    """Let others see that `gateway_id` is at work, until the connection ends. `conn` is in autocommit."""
    conn.execute(HOLD, [gateway_id])


def is_held(conn: psycopg.Connection, gateway_id: str) -> bool:
    """Whether a gateway of this id is at work. `conn` is in autocommit and holds nothing."""
    return conn.execute(IS_FREE, [gateway_id]).fetchone() == (False,)
