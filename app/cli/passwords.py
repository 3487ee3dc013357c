"""`ecc people set-password`."""

import sys
from typing import Annotated

import typer

from app.cli.master_data import now, platform, run
from fleet.errors import InvalidInput
from usecases.own_account import set_password


def register(app: typer.Typer) -> None:
    """Add the command to those of people."""
    app.command("set-password")(change)


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
