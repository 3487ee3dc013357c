"""`ecc people set-password` and `ecc people password-link`."""

import sys
from typing import Annotated

import typer

from app.cli.master_data import AsJson, as_json, find, now, platform, run
from app.cli.people import NOUN, POWERS, app
from app.processes import settings_or_exit
from fleet.errors import InvalidInput
from usecases.own_account import set_password
from usecases.password_links import PasswordLink, make_link


@app.command("set-password")
def change(login: Annotated[str, typer.Argument(help="Whose password.")]) -> None:
    """Give somebody a password: asked for twice, or read from standard input. Every session of the person ends."""
    if sys.stdin.isatty():
        password = typer.prompt("New password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise InvalidInput("There is no password.")
    ended = run(_set(login, password))
    print(f"{login} has a new password; {ended} sessions ended.")


async def _set(login: str, password: str) -> int:
    async with platform("people set-password") as (conn, by):
        return await set_password(conn, by.actor, login, password, now=now())


@app.command("password-link")
def link(
    login: Annotated[str, typer.Argument(help="Whose password is to be chosen: id or login.")], is_json: AsJson = False
) -> None:
    """Make a link by which somebody chooses a password: good once, for three days, in place of any older one."""
    address = settings_or_exit().public_url
    made = run(_link(login, (address or "").rstrip("/")))
    if is_json:
        print(as_json(made))
        return
    print(f"{made.link}\nFor {made.login}, once, until {made.expires_at:%Y-%m-%d %H:%M} UTC; it is not shown again.")
    if address is None:
        print("Put the address of the platform before it: ECC_PUBLIC_URL is not set.")


async def _link(login: str, address: str) -> PasswordLink:
    async with platform("people password-link") as (conn, by):
        person = await find(conn, by, NOUN, login)
        return await make_link(conn, by, person, powers=POWERS, address=address, now=now())
