"""The kinds of machines that there are, and whether a condition names one of them."""

from collections.abc import Sequence
from difflib import get_close_matches

from fleet.errors import InvalidInput
from fleet.reasons import reason
from storage.read_codes import list_machine_kinds
from storage.read_pool import Connection


async def check_kind(conn: Connection, wanted: str | None, *, where: str = "kind") -> None:
    """Raise InvalidInput unless it is None or a kind that there is, with machines of it or without."""
    if wanted is not None:
        await check_kinds(conn, [wanted], where=where)


async def check_kinds(conn: Connection, wanted: Sequence[str], *, where: str) -> None:
    """Raise InvalidInput unless each is a kind that there is; `where` names the condition."""
    if not wanted:
        return
    known = [code for code, _, _ in await list_machine_kinds(conn)]
    unknown = next((kind for kind in wanted if kind not in known), None)
    if unknown is None:
        return
    nearest = get_close_matches(unknown, known, n=1)
    meant = reason("kind_near", nearest=nearest[0]) if nearest else reason("kinds_known", known=known)
    raise InvalidInput("unknown_machine_kind", where=where, kind=unknown, known=meant)
