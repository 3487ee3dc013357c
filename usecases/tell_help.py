"""Who is told of a request for help: whoever is on duty in the control centre, else its leads, else its experts.

And the dealers above the side that asks. At once, through quiet hours and limits, by every channel that they use.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from storage import notice_routing
from storage.help_requests import UntoldHelp, mark_told, take_untold, tell
from storage.notice_routing import PersonRow
from storage.read_pool import Connection
from usecases.route_notices import duty_of

_BESIDE_DUTY = ("lead", "expert", "administrator")  # who is told, in this order, when nobody is on duty


async def tell_help(conn: Connection, *, now: datetime, served: Collection[str]) -> int:
    """Make the notices of a portion of the requests that nobody knows yet, in the caller's transaction; how many."""
    asked = await take_untold(conn)
    if not asked:
        return 0
    above = await notice_routing.list_above(conn, sorted({one.organisation for one in asked}))
    organisations = sorted(set[int]().union(*above.values()))
    machines = sorted({one.machine for one in asked})
    people = await notice_routing.list_people(
        conn, organisations=organisations, people=[], machines=machines, alarms=[], now=now
    )
    duty = duty_of(await notice_routing.list_seats(conn, organisations), now)
    on_duty = {person for person, is_on in duty.items() if is_on}
    for one in asked:
        for person in called(one, [p for p in people if p.organisation_id in above[one.organisation]], people, on_duty):
            for channel in sorted(channels_of(person, served)):
                await tell(conn, one, person, channel, now=now)
        await mark_told(conn, one, now=now)
    return len(asked)


def called(
    asked: UntoldHelp, near: Sequence[PersonRow], people: Sequence[PersonRow], on_duty: Collection[str]
) -> list[PersonRow]:
    """The control centre's people and the dealers (of `near`, the side that asks and those above it) to be told."""
    centre = [person for person in people if person.organisation_kind == "ecc"]
    chosen = [person for person in centre if str(person.public_id) in on_duty]
    for role in _BESIDE_DUTY:
        chosen = chosen or [person for person in centre if person.role == role]
    dealers = [p for p in near if p.organisation_kind == "dealer" and p.role == "dealer"]
    return [*chosen, *(person for person in dealers if person not in chosen)]


def channels_of(person: PersonRow, served: Collection[str]) -> set[str]:
    """By what they are told: the channels that they chose, else all that reach them."""
    reached = set(person.reached_by) & set(served)
    return (reached & set(person.channels or ())) or reached
