"""`ecc rosters`, with `on-duty`."""

from datetime import datetime
from typing import Annotated

import typer

from app.cli.master_data import Noun, Reference, as_json, commands, find, now, platform, run
from fleet.errors import InvalidInput
from usecases import edit_rosters as edit
from usecases.import_rosters import import_rosters
from usecases.read_on_duty import RosterDuty, get_on_duty

NOUN = Noun(
    plural="rosters",
    columns=("id", "name", "time_zone", "organisation_name"),
    members={
        "name": "text",
        "time_zone": "text",
        "organisation": "organisation",
        "exceptions": "json",
        "seats": "json",
    },
    list=lambda conn, scope, q, wish: edit.list_rosters(conn, scope, edit.RosterFilter(q=q), wish),
    get=edit.get_roster,
    create=lambda conn, by, values, now: edit.create_roster(conn, by, values, now=now),
    change=lambda conn, by, thing, changes, now: edit.change_roster(conn, by, thing, changes, version=None, now=now),
    delete=lambda conn, by, thing, now: edit.delete_roster(conn, by, thing, version=None, now=now),
    load=import_rosters,
)
app = commands(NOUN)


@app.command("on-duty")
def show_on_duty(
    reference: Reference,
    at: Annotated[str | None, typer.Option("--at", help="RFC 3339 with a zone; left out: now.")] = None,
) -> None:
    """Who holds each seat, until when, and who is next."""
    print(as_json(run(_on_duty(reference, now() if at is None else _instant(at)))))


def _instant(words: str) -> datetime:
    try:
        found = datetime.fromisoformat(words)
    except ValueError:
        raise InvalidInput(f"{words!r} is no time such as 2026-11-21T10:00:00+08:00.") from None
    if found.tzinfo is None:
        raise InvalidInput(f"{words!r} has no zone: add Z or +08:00.")
    return found


async def _on_duty(reference: str, at: datetime) -> RosterDuty:
    async with platform("rosters on-duty") as (conn, by):
        return await get_on_duty(conn, by.scope, await find(conn, by, NOUN, reference), at=at)
