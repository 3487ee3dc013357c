"""Words that a site adds to the platform's own."""

from typing import LiteralString

from storage.read_pool import Connection

SELECT_MACHINE_KINDS: LiteralString = "SELECT code, zh, en FROM machine_kind ORDER BY code"


async def list_machine_kinds(conn: Connection) -> list[tuple[str, str, str]]:
    """The kinds of machines: code and names in zh and en."""
    return await (await conn.execute(SELECT_MACHINE_KINDS)).fetchall()
