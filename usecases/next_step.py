"""What a notice's reader is told to expect: of the control centre nothing that its roster does not bear out."""

from datetime import datetime

from storage.notice_routing import list_active_of_platform, list_seats
from storage.notice_sending import Claimed
from storage.read_pool import Connection
from usecases.route_notices import duty_of

ASKED_OF = frozenset({"critical", "high"})  # of other severities nobody is promised anything
ACKNOWLEDGING = frozenset({"dealer", "expert", "lead", "administrator"})  # roles; api/rights.py says so


async def next_step_of(conn: Connection, notice: Claimed, *, now: datetime) -> str:
    """The group of notice_words.toml that says what is next: to a dealer, an engineer or whoever else works on the
    machine what is expected of them, as far as they may do it; to its owner whether anybody of the control centre is
    on duty now."""
    if notice.side != "customer":
        return "next_step_staff" if notice.role in ACKNOWLEDGING else "next_step_engineer"
    if notice.severity not in ASKED_OF:
        return "next_step"
    duty = duty_of(await list_seats(conn, []), now)
    active = await list_active_of_platform(conn, [person for person, is_on in duty.items() if is_on])
    return "next_step_on_duty" if active else "next_step"
