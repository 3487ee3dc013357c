"""`ecc dashboards`: Grafana's boards, pushed, shown and checked."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.master_data import InLanguage, language_of
from app.settings import load_settings
from dashboards.grafana.boards import BOARDS, boards_called
from dashboards.grafana.build import Made, build, statement_of
from dashboards.grafana.expand import ALL, Asked, expand
from dashboards.grafana.panel import Board
from dashboards.grafana.push import Database, push
from fleet.signals import packaged_catalogue
from storage.board_statements import Answer, find_some_machine, grafana_session, run_statement

app = typer.Typer(help="Grafana's boards: push, show, check.", no_args_is_help=True)
Console = Annotated[str, typer.Option("--console", help="Where the console is for those who look at the boards.")]
CONSOLE = "http://localhost:8080"
NOBODY = "00000000-0000-0000-0000-000000000000"


@app.command("push")
def push_boards(
    grafana: Annotated[str, typer.Option("--grafana", envvar="GRAFANA_URL", help="http://host:3000")],
    token: Annotated[str, typer.Option("--token", envvar="GRAFANA_TOKEN", help="Of a service account, role Admin.")],
    console: Console = CONSOLE,
    database: Annotated[
        str | None,
        typer.Option("--database", help="HOST:PORT of the database as Grafana reaches it."),
    ] = None,
    boards_only: Annotated[bool, typer.Option("--boards-only", help="Leave the data source as it is.")] = False,
    language: InLanguage = None,
) -> None:
    """Put folder, data source and boards into a Grafana, in place of those of before."""
    made = Made(language=language_of(language), console=console)
    url = None if boards_only else load_settings().database_url_for("ecc_grafana")
    source = None if url is None else Database.at(url, host=database)
    for address in push(grafana, token, made, database=source):
        print(f"{grafana.rstrip('/')}{address}")


@app.command()
def show(
    board: Annotated[str | None, typer.Argument(help="One of: " + ", ".join(b.key for b in BOARDS))] = None,
    out: Annotated[Path | None, typer.Option("--out", help="A folder for one file a board.")] = None,
    console: Console = CONSOLE,
    language: InLanguage = None,
) -> None:
    """The boards as JSON, for provisioning by files."""
    made = Made(language=language_of(language), console=console)
    for one in boards_called(board):
        text = json.dumps(build(one, made), ensure_ascii=False, indent=2) + "\n"
        if out is None:
            print(text, end="")
        else:
            out.mkdir(parents=True, exist_ok=True)
            (out / f"{one.uid}.json").write_text(text, encoding="utf-8")
            print(out / f"{one.uid}.json")


@app.command()
def check(days: Annotated[int, typer.Option("--days", min=1, help="Over how many days back.")] = 7) -> None:
    """Run every panel of every board as Grafana's role; exit 1 where one fails."""
    failed = 0
    with grafana_session(load_settings().database_url_for("ecc_grafana")) as conn:
        machine = find_some_machine(conn) or NOBODY
        for board in BOARDS:
            answers = {panel.key: _answer(conn, board, panel, machine, days) for panel in board.panels}
            print(f"{board.uid}: {len(answers)} panels, {sum(one.seconds for one in answers.values()):.2f} s")
            for key, answer in answers.items():
                failed += answer.said is not None
                if answer.said is not None:
                    print(f"  {key}: {answer.said}")
    if failed:
        raise typer.Exit(1)


def _answer(conn: Any, board: Board, panel: Any, machine: str, days: int) -> Answer:
    now = datetime.now(UTC)
    chosen = {"organisation": ALL, "site": ALL, "model": ALL, "machine": machine, "signal": [_SOME_SIGNAL]}
    points = panel.points if panel.over_time else 24
    asked = Asked(from_at=now - timedelta(days=days), to_at=now, points=points, chosen=chosen)
    return run_statement(conn, expand(statement_of(panel.sql, "en"), asked))


_SOME_SIGNAL = str(packaged_catalogue()["engine_speed_rpm"].id)
