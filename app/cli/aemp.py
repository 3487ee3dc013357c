"""`ecc aemp check`."""

import asyncio
import json
import locale
import os
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from app.columns import wide_console
from fleet.errors import InvalidInput
from usecases.aemp_check.fetch import Credentials, Limits, origin_of
from usecases.aemp_check.report import Language, Outcome, Report, Status
from usecases.aemp_check.run import Question, check_server
from usecases.aemp_check.series import ELEMENTS

app = typer.Typer(help="ISO 15143-3 (AEMP 2.0).", no_args_is_help=True)
_OURSELVES = {"127.0.0.1", "::1", "localhost"}
_COLOURS = {Status.PASS: "green", Status.WARN: "yellow", Status.FAIL: "red", Status.SKIP: "dim"}
_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "check": "check", "result": "result", "where": "where, and what stood there", "why": "standard or practice",
        "more": "and {n} more", "fleet": "pages of the fleet", "json": "pages as JSON", "errors": "errors",
        "series": "time series", "pass": "pass", "warn": "warn", "fail": "fail", "skip": "skip",
        "sum": "{pass} passed, {warn} warnings, {fail} failed, {skip} not tried: {url}",
    },
    "zh": {
        "check": "检查项", "result": "结果", "where": "位置与内容", "why": "标准或惯例",
        "more": "另有 {n} 处", "fleet": "车队分页", "json": "JSON 分页", "errors": "错误处理",
        "series": "时间序列", "pass": "通过", "warn": "警告", "fail": "失败", "skip": "未检查",
        "sum": "通过 {pass}，警告 {warn}，失败 {fail}，未检查 {skip}：{url}",
    },
}  # fmt: skip


@app.callback()
def _aemp() -> None:
    """ISO 15143-3 (AEMP 2.0)."""


@app.command()
def check(
    url: Annotated[str, typer.Argument(help="The server's base: what stands before /Fleet.")],
    token: Annotated[str | None, typer.Option(envvar="AEMP_TOKEN", help="A bearer token.")] = None,
    client_id: Annotated[str | None, typer.Option(envvar="AEMP_CLIENT_ID", help="OAuth 2 client.")] = None,
    client_secret: Annotated[str | None, typer.Option(envvar="AEMP_CLIENT_SECRET", help="Its secret.")] = None,
    token_url: Annotated[str | None, typer.Option(help="Where tokens are got.")] = None,
    user: Annotated[str | None, typer.Option(envvar="AEMP_USER", help="A login, for HTTP Basic or a token.")] = None,
    password: Annotated[str | None, typer.Option(envvar="AEMP_PASSWORD", help="Its password.")] = None,
    pin: Annotated[list[str] | None, typer.Option(help="A machine to look at closely; repeat for more.")] = None,
    pages: Annotated[int, typer.Option(min=1, max=10_000, help="Pages of the fleet to walk at most.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="The outcomes as JSON.")] = False,
    language: Annotated[str | None, typer.Option(help="zh or en; the locale's without.")] = None,
) -> None:
    """Check any ISO 15143-3 server against the standard. Exit code 1 when a check fails; warnings do not."""
    if origin_of(url)[0] not in {"http", "https"}:
        raise InvalidInput(f"{url} is no address: it must begin with http:// or https://.")
    if client_id is not None and token_url is None:
        raise InvalidInput("--client-id needs --token-url: where its tokens are got.")
    credentials = Credentials(
        token=token,
        client_id=client_id,
        client_secret=client_secret,
        user=user,
        password=password,
        token_url=token_url,
    )
    asked = _question(url, credentials, tuple(pin or ()), pages)
    words = language_of(language)
    report = _checked(asked, words)
    if as_json:
        typer.echo(json.dumps(_as_json(asked, report, words), ensure_ascii=False, indent=2))
    else:
        _show(asked, report, words)
    raise typer.Exit(1 if report.failed else 0)


def _question(url: str, credentials: Credentials, pins: tuple[str, ...], pages: int) -> Question:
    """What is asked, with limits that fit the pages and machines."""
    limits = Limits(
        pages=pages,
        requests=200 + 4 * pages + 300 * max(1, len(pins)),
        pause_s=0 if origin_of(url)[1] in _OURSELVES else 0.05,
    )
    return Question(url=url, credentials=credentials, pins=pins, limits=limits, now=datetime.now(UTC))


def language_of(asked: str | None) -> Language:
    """The language asked for, or the locale's."""
    said = asked or os.environ.get("LC_ALL") or os.environ.get("LANG") or locale.getlocale()[0] or "en"
    return "zh" if said.lower().startswith("zh") else "en"


def _checked(asked: Question, language: Language) -> Report:
    words = _WORDS[language]
    totals: dict[str, int | None] = {"series": len(ELEMENTS)}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task(words["fleet"], total=None)

        def progress(step: str, done: int) -> None:
            bars.update(bar, description=words[step], completed=done, total=totals.get(step))

        return asyncio.run(check_server(asked, progress))


def _as_json(asked: Question, report: Report, language: Language) -> dict[str, object]:
    return {
        "url": asked.url,
        "passed": not report.failed,
        "checks": [
            {
                "check": outcome.check.key,
                "title": outcome.check.title[language],
                "result": outcome.status.value,
                "violations": outcome.violations,
                "places": [{"where": place.where, "said": place.said} for place in outcome.places],
                "why": outcome.check.why[language],
            }
            for outcome in report.outcomes()
        ],
    }


def _show(asked: Question, report: Report, language: Language) -> None:
    words = _WORDS[language]
    console = wide_console()
    table = Table(show_lines=False, expand=console.is_terminal)
    table.add_column(words["check"], ratio=3)
    table.add_column(words["result"], no_wrap=True)
    table.add_column(words["where"], ratio=5, overflow="fold")
    table.add_column(words["why"], ratio=5)
    outcomes = list(report.outcomes())
    for outcome in outcomes:
        colour, violated = _COLOURS[outcome.status], outcome.violations > 0
        why = escape(outcome.check.why[language]) if violated else ""
        status = f"[{colour}]{words[outcome.status.value]}[/]"
        table.add_row(outcome.check.title[language], status, _places(outcome, words), why)
    console.print(table)
    counts = {s.value: sum(outcome.status is s for outcome in outcomes) for s in Status}
    typer.echo(words["sum"].format(url=asked.url, **counts))


def _places(outcome: Outcome, words: dict[str, str]) -> str:
    lines = [f"{escape(place.where)}: {escape(place.said)}" for place in outcome.places]
    if outcome.violations > len(lines):
        lines.append(words["more"].format(n=outcome.violations - len(lines)))
    return "\n".join(lines)
