"""`ecc webhooks`: where events are sent, a test, sending again."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer

from app.cli.master_data import AsJson, as_json, now, platform, run
from app.columns import shown_width, table_lines
from fleet.errors import InvalidInput
from usecases import webhooks
from usecases.webhooks import TestAsked, Webhook

app = typer.Typer(help="Signed events over HTTPS; the sender sends them.", no_args_is_help=True)
Id = Annotated[UUID, typer.Argument(help="Id of the webhook, see `ecc webhooks list`.")]
_PAGE = 1_000


@app.command("list")
def list_webhooks(is_json: AsJson = False) -> None:
    """All webhooks with their state, oldest first."""
    found = run(_list())
    if is_json:
        print(as_json(found))
        return
    rows = [(w.id, w.url, " ".join(w.kinds) or "all", _state(w), w.cursor) for w in found]
    print("\n".join(table_lines([("id", "url", "kinds", "state", "cursor"), *rows], width=shown_width())))


def _state(webhook: Webhook) -> str:
    if webhook.state == "retrying" and webhook.next_attempt_at is not None:
        return f"retrying, next {webhook.next_attempt_at:%H:%M:%S}"
    return f"paused ({webhook.paused_reason})" if webhook.state == "paused" else webhook.state


@app.command()
def test(webhook: Id) -> None:
    """Let the sender send one event of the kind webhook.test, even when the webhook is off or paused."""
    print(f"{run(_test(webhook)).event} is on its way; what became of it is in the delivery log.")


@app.command()
def replay(
    webhook: Id,
    start: Annotated[str, typer.Option("--from", help="Place in the event log (731-42), or a time with its zone.")],
) -> None:
    """Send again what came behind a place, or from a time on; events keep their ids."""
    print(f"It goes on from {run(_replay(webhook, _start(start))).cursor}.")


def _start(text: str) -> str | datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    if at.tzinfo is None:
        raise InvalidInput("The time needs its zone: 2026-11-21T10:00:00Z.")
    return at


async def _list() -> list[Webhook]:
    found: list[Webhook] = []
    async with platform("webhooks list") as (conn, by):
        after: int | None = 0
        while after is not None:
            page = await webhooks.list_webhooks(conn, by, after=after, limit=_PAGE, now=now())
            found += page.items
            after = page.end
    return found


async def _test(webhook: UUID) -> TestAsked:
    async with platform("webhooks test") as (conn, by):
        return await webhooks.ask_for_test(conn, by, webhook, now=now())


async def _replay(webhook: UUID, start: str | datetime) -> Webhook:
    async with platform("webhooks replay") as (conn, by):
        return await webhooks.replay(conn, by, webhook, start=start, now=now())
