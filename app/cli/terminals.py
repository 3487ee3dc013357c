"""`ecc terminals`, with putting them on machines and taking them off."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import typer

from app.cli.master_data import Noun, as_json, commands, find, now, platform, run
from fleet.errors import InvalidInput
from storage.keyset import PageOf
from storage.read_pool import Connection
from storage.sight import Scope
from usecases import edit_terminals, install_terminals
from usecases.import_terminals import import_terminals
from usecases.master_data import ListWish

Pin = Annotated[str, typer.Argument(metavar="PIN", help="The machine's PIN.")]
Name = Annotated[str, typer.Argument(metavar="TERMINAL", help="The terminal's name or id.")]
At = Annotated[str | None, typer.Option("--at", help="When, RFC 3339; now when left out.")]


async def _list(conn: Connection, scope: Scope, q: str | None, wish: ListWish) -> Any:
    page = PageOf(sort="name", after=wish.page.after, limit=wish.limit + 1)
    return await edit_terminals.list_terminals(conn, scope, page, q=q, installed=None, now=now())


TERMINALS = Noun(
    plural="terminals",
    columns=("id", "name", "hardware", "firmware", "coordinate_system", "clock_offset_s"),
    members={
        "name": "text",
        "organisation": "organisation",
        "hardware": "text",
        "firmware": "text",
        "clock_offset_s": "number",
        "coordinate_system": "text",
        "sim": "json",
    },
    unchanging=frozenset({"name"}),
    list=_list,
    get=lambda conn, scope, thing: edit_terminals.get_terminal(conn, scope, thing, now=now()),
    create=lambda conn, by, values, at: edit_terminals.create_terminal(conn, by, values, now=at),
    change=lambda conn, by, thing, changes, at: edit_terminals.change_terminal(
        conn, by, thing, changes, version=None, now=at
    ),
    delete=lambda conn, by, thing, at: edit_terminals.delete_terminal(conn, by, thing, version=None, now=at),
    load=import_terminals,
)
app = commands(TERMINALS)


_YEARS = range(1970, 2200)


def instant_of(text: str | None) -> datetime:
    """A time of the command line, now when left out. Raises InvalidInput for one without its zone, or outside
    1970 to 2199."""
    if text is None:
        return now()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{text!r} is no time such as 2026-11-21T10:00:00+08:00.") from None
    if found.tzinfo is None:
        raise InvalidInput(f"{text!r} has no zone; write 2026-11-21T10:00:00+08:00 or ...Z.")
    if found.year not in _YEARS:
        raise InvalidInput("time_out_of_range")
    return found.astimezone(UTC)


@app.command()
def install(pin: Pin, terminal: Name, at: At = None) -> None:
    """Put a terminal on a machine from a time on."""

    async def installed() -> Any:
        async with platform("terminals install") as (conn, by):
            thing: UUID = await find(conn, by, TERMINALS, terminal)
            return await install_terminals.install(conn, by, f"pin:{pin}", thing, from_at=instant_of(at), now=now())

    print(as_json(run(installed())))


@app.command()
def swap(pin: Pin, terminal: Name, at: At = None) -> None:
    """Take the machine's terminal off and put another on, in one step; the history is kept."""

    async def swapped() -> Any:
        async with platform("terminals swap") as (conn, by):
            thing = await find(conn, by, TERMINALS, terminal)
            when = instant_of(at)
            return await install_terminals.swap(conn, by, f"pin:{pin}", thing, remove_id=None, at=when, now=now())

    print(as_json(run(swapped())))


@app.command()
def remove(pin: Pin, at: At = None) -> None:
    """Take the machine's terminal off at a time."""

    async def removed() -> Any:
        async with platform("terminals remove") as (conn, by):
            history = await install_terminals.list_installations(conn, by.scope, f"pin:{pin}")
            there = [one for one in history.items if one.to_at is None]
            if len(there) != 1:
                raise InvalidInput(f"There are {len(there)} terminals on {pin}.")
            return await install_terminals.remove(
                conn, by, f"pin:{pin}", there[0].id, to_at=instant_of(at), version=None, now=now()
            )

    print(as_json(run(removed())))
