"""`ecc notices`: what waits to be sent, what could not be, sending again, the texts."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import typer

from app.cli.master_data import AsJson, as_json, now, platform, run
from app.columns import shown_width, table_lines
from fleet.errors import Conflict, NotFound
from storage import notice_sending, read_notices
from storage.notice_sending import QueueRow
from storage.read_notices import DeliveryRow, NoticeRow
from storage.read_pool import Connection

app = typer.Typer(help="What people are told by mail and other channels; the sender sends it.", no_args_is_help=True)
Id = Annotated[UUID, typer.Argument(help="Id of the notice, see `ecc notices dead`.")]
_NEWEST = 2**63 - 1
_PAGE = 1_000


@app.command()
def queue(is_json: AsJson = False) -> None:
    """How many notices wait, and how many are dead, by state, severity and channel."""
    found = run(_queue())
    if is_json:
        print(as_json(found))
        return
    rows = [(q.state, q.severity, q.channel, str(q.notices), f"{q.late_s:.0f}") for q in found]
    _print([("state", "severity", "channel", "notices", "late s"), *rows])


@app.command()
def dead(is_json: AsJson = False) -> None:
    """The newest notices that were given up or refused, with the provider's last words."""
    found = run(_dead())
    if is_json:
        print(as_json(found))
        return
    rows = [(str(n.id), n.login, n.channel, n.severity, f"{n.ended_at:%Y-%m-%d %H:%M}", n.answer or "") for n in found]
    _print([("id", "person", "channel", "severity", "ended", "answer"), *rows])


@app.command()
def log(notice: Id, is_json: AsJson = False) -> None:
    """What became of each attempt to send a notice, newest first."""
    found = run(_log(notice))
    if is_json:
        print(as_json(found))
        return
    rows = [(str(d.attempt), f"{d.at:%Y-%m-%d %H:%M:%S}", str(d.times), d.outcome, d.answer) for d in found]
    _print([("attempt", "at", "times", "outcome", "answer"), *rows])


@app.command()
def resend(notices: Annotated[list[UUID], typer.Argument(help="Ids of dead notices.")]) -> None:
    """Let dead notices be tried for another day."""
    for notice in notices:
        run(_resend(notice))
        print(f"{notice} is on its way; `ecc notices log {notice}` tells what becomes of it.")


def _print(rows: Sequence[tuple[str, ...]]) -> None:
    print("\n".join(table_lines(list(rows), width=shown_width())))


async def _queue() -> list[QueueRow]:
    async with platform("notices queue") as (conn, _):
        return await notice_sending.read_queue(conn, now=now())


async def _dead() -> list[NoticeRow]:
    async with platform("notices dead") as (conn, _):
        return await read_notices.list_notices(conn, user=None, state="dead", before=_NEWEST, limit=_PAGE)


async def _find(conn: Connection, notice: UUID) -> NoticeRow:
    found = await read_notices.find_notice(conn, notice, user=None)
    if found is None:
        raise NotFound
    return found


async def _log(notice: UUID) -> list[DeliveryRow]:
    async with platform("notices log") as (conn, _):
        return await read_notices.list_deliveries(conn, (await _find(conn, notice)).number)


async def _resend(notice: UUID) -> None:
    async with platform("notices resend") as (conn, _):
        if not await read_notices.resend(conn, (await _find(conn, notice)).number, now=now()):
            raise Conflict("notice_not_dead")
