"""`ecc briefs`: what machines did in some days, as JSON, CSV, a page or paper."""

from datetime import UTC, date
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import typer

from app.cli.master_data import InLanguage, as_json, language_of, now, platform, run
from fleet.errors import InvalidInput, NotFound
from fleet.signals import packaged_catalogue
from storage.read_pool import Connection
from storage.read_signals import list_added_signals
from storage.report_subscriptions import read_reader
from storage.sight import Scope
from storage.users import find_account
from usecases.briefs.brief import Brief
from usecases.briefs.make_brief import Asked, fleet_brief, machine_brief, machine_zone, site_brief, site_zone
from usecases.briefs.periods import Days, Length, chosen_days
from usecases.report_subscriptions import ReportSubscription, subscribe_person

app = typer.Typer(help="Work briefs of a machine, a site and the fleet.", no_args_is_help=True)
From = Annotated[str | None, typer.Option("--from", help="The first day, or a day of the period: 2026-11-16.")]
To = Annotated[str | None, typer.Option("--to", help="The last day, in the brief.")]
Period = Annotated[
    Literal["day", "week", "month"] | None,
    typer.Option("--period", help="That which --from lies in; without it the last one that is over. Else a week."),
]
Form = Annotated[Literal["json", "csv", "html", "pdf"], typer.Option("--format", help="As what.")]
Out = Annotated[Path | None, typer.Option("--out", dir_okay=False, help="The file to write; a PDF needs one.")]


@app.command("machine", help="A machine's brief, by the days of the site where it stands.")
@app.command("site", help="A brief of the machines that stand at a site now, by its days.")
def brief_of_one(
    context: typer.Context,
    reference: Annotated[str, typer.Argument(help="Its id; of a machine also pin:..., serial:..., equipment:...")],
    first: From = None,
    last: To = None,
    period: Period = None,
    form: Form = "json",
    out: Out = None,
    language: InLanguage = None,
) -> None:
    """The brief of a machine or a site, as the command is called."""
    made = _of_machine if context.info_name == "machine" else _of_site
    _show(run(made(reference, _wanted(first, last), period)), form, out, language)


@app.command("fleet")
def fleet(
    first: From = None,
    last: To = None,
    period: Period = None,
    form: Form = "json",
    out: Out = None,
    language: InLanguage = None,
) -> None:
    """A brief of all machines, each by the days of its own site."""
    _show(run(_of_fleet(_wanted(first, last), period)), form, out, language)


@app.command("subscribe")
def subscribe(
    login: Annotated[str, typer.Argument(help="Who is mailed it.")],
    machine_: Annotated[
        str | None, typer.Option("--machine", help="Id, pin:...; neither this nor --site: all.")
    ] = None,
    site_: Annotated[UUID | None, typer.Option("--site", help="A site's id.")] = None,
    period: Annotated[Literal["day", "week", "month"], typer.Option("--period")] = "week",
    at: Annotated[str, typer.Option("--at", help="HH:MM on the person's own clocks.")] = "07:00",
    form: Annotated[Literal["csv", "html", "pdf"], typer.Option("--format", help="As what.")] = "pdf",
) -> None:
    """Have a brief mailed to somebody: each day, on Mondays, or on the first of each month."""
    given = {"machine": machine_, "site": site_, "period": period, "at": at, "form": form}
    print(as_json(run(_subscribed(login, given))))


Wanted = tuple[date | None, date | None]


def _wanted(first: str | None, last: str | None) -> Wanted:
    try:
        return (
            None if first is None else date.fromisoformat(first),
            None if last is None else date.fromisoformat(last),
        )
    except ValueError as error:
        raise InvalidInput(f"{error}: a day is written 2026-11-16.") from error


async def _of_machine(reference: str, wanted: Wanted, period: Length | None) -> Brief:
    async with platform("briefs machine") as (conn, by):
        today = now().astimezone(await machine_zone(conn, by.scope, reference, now=now())).date()
        return await machine_brief(conn, await _asked(conn, by.scope, _days(wanted, period, today)), reference)


async def _of_site(reference: str, wanted: Wanted, period: Length | None) -> Brief:
    site_id = _site_id(reference)
    async with platform("briefs site") as (conn, by):
        today = now().astimezone(await site_zone(conn, by.scope, site_id)).date()
        return await site_brief(conn, await _asked(conn, by.scope, _days(wanted, period, today)), site_id)


def _site_id(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError as error:
        raise InvalidInput(f"{written!r} is no site's id: `ecc sites list` shows them.") from error


async def _of_fleet(wanted: Wanted, period: Length | None) -> Brief:
    async with platform("briefs fleet") as (conn, by):
        days = _days(wanted, period, now().astimezone(UTC).date())
        return await fleet_brief(conn, await _asked(conn, by.scope, days), name="")


async def _subscribed(login: str, given: dict[str, Any]) -> ReportSubscription:
    async with platform("briefs subscribe") as (conn, by):
        account = await find_account(conn, login=login)
        if account is None:
            raise NotFound(f"There is nobody called {login!r}; `ecc people list` shows all.")
        scope, _ = await read_reader(conn, account.user_id)
        return await subscribe_person(conn, by, (account.user_id, scope), given, now=now())


def _days(wanted: Wanted, period: Length | None, today: date) -> Days:
    return chosen_days(*wanted, period, today=today)


async def _asked(conn: Connection, scope: Scope, days: Days) -> Asked:
    catalogue = packaged_catalogue().with_added(await list_added_signals(conn))
    return Asked(scope=scope, catalogue=catalogue, days=days, now=now())


def _show(brief: Brief, form: Literal["json", "csv", "html", "pdf"], out: Path | None, language: str | None) -> None:
    if form == "pdf" and out is None:
        raise InvalidInput("A PDF needs a file: --out brief.pdf.")
    content = as_json(brief).encode()
    if form != "json":
        from usecases.briefs.show_brief import show_brief  # what draws takes a second to load

        content, _ = show_brief(msgspec.json.encode(brief), form, language_of(language))
    if out is None:
        print(content.decode())
    else:
        out.write_bytes(content)
        print(out)
