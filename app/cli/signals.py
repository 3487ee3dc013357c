"""`ecc signals list | add | unpromoted | take-over`."""

import json
from dataclasses import asdict
from datetime import UTC
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.columns import shown_width, table_lines
from app.processes import settings_or_exit
from app.progress import bar
from storage.pool import Connection, connect
from storage.signals_write import load_catalogue
from storage.unpromoted import Unpromoted, count_extra, list_unpromoted
from usecases.add_signal import add_signal, can_be_signal
from usecases.show_quarantined import printable
from usecases.take_over_unpromoted import take_over_unpromoted

app = typer.Typer(help="The signal catalogue.", no_args_is_help=True)


@app.command("list")
def list_signals() -> None:
    """Every signal: key, unit, valid range, SPN."""
    with _connected() as conn:
        catalogue = load_catalogue(conn)
    table = Table("key", "unit", "valid", "SPN", "English", "中文")
    for s in catalogue:
        table.add_row(s.key, s.unit, f"{s.valid[0]:g} .. {s.valid[1]:g}", str(s.spn or ""), s.en, s.zh)
    Console().print(table)


@app.command()
def add(
    key: Annotated[str, typer.Argument(help="Lower-case with its unit last, e.g. boom_cylinder_pressure_kpa.")],
    unit: Annotated[str, typer.Option(help="Its unit.")],
    en: Annotated[str, typer.Option(help="English name.")],
    zh: Annotated[str, typer.Option(help="Chinese name.")],
    minimum: Annotated[float, typer.Option("--min", help="Lowest physically possible value.")],
    maximum: Annotated[float, typer.Option("--max", help="Highest physically possible value.")],
    counter: Annotated[bool, typer.Option("--counter", help="It only ever grows (hours, litres used).")] = False,
    take_over: Annotated[bool, typer.Option("--take-over", help="Move what came under this key into it.")] = False,
) -> None:
    """Add a signal of this site's own: a column of its own, usable in rules; the gateway takes it at once."""
    with _connected() as conn:
        signal = add_signal(conn, key, unit=unit, en=en, zh=zh, valid=(minimum, maximum), counter=counter)
        print(f"Signal {signal.key} added as column {signal.id}.")
        if take_over:
            _take_over(conn, key)
        elif kept := count_extra(conn, key):
            print(f"{_values(kept)} came under this key before; move them into it: ecc signals take-over {key}")


@app.command()
def unpromoted(
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON array.")] = False,
) -> None:
    """Keys that machines send and that are no signals, those with most values first; rules do not see them."""
    with _connected() as conn:
        found = list_unpromoted(conn, load_catalogue(conn).keys)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], default=str, ensure_ascii=False))
        return
    if not found:
        typer.echo("Machines send nothing but signals.")
        return
    heading = ("key", "machines", "values", "first seen UTC", "last seen UTC", "last value")
    for line in table_lines([heading, *map(_cells, found)], width=shown_width(), at_most={0: 24}):
        typer.echo(line)
    if unusable := [one.key for one in found if not can_be_signal(one.key)]:
        typer.echo(f"\nNot usable as a signal's key: {_names(unusable)}")
    if len(unusable) < len(found):
        typer.echo(
            "\nMake one a signal: ecc signals add KEY --unit ... --en ... --zh ... --min ... --max ... --take-over"
        )


def _names(keys: list[str]) -> str:
    """The first keys, on one line."""
    shown = ", ".join(repr(printable(key)) for key in keys[:10])
    return f"{shown} and {len(keys) - 10:,} more" if len(keys) > 10 else shown


def _cells(one: Unpromoted) -> list[str]:
    seen = [f"{at.astimezone(UTC):%Y-%m-%d %H:%M}" for at in (one.first_at, one.last_at)]
    return [
        printable(one.key).replace("\n", " "),
        f"{one.machines:,}",
        f"{one.rows:,}",
        *seen,
        f"{one.last_value:g}",
    ]


@app.command("take-over")
def take_over_kept(key: Annotated[str, typer.Argument(help="A signal, added with `ecc signals add`.")]) -> None:
    """Move what came under a key before it was a signal into the signal; rollups and rules follow."""
    with _connected() as conn:
        _take_over(conn, key)


def _take_over(conn: Connection, key: str) -> None:
    with bar("taking over") as progress:
        result = take_over_unpromoted(conn, key, progress=progress)
    print(f"{result.moved:,} values are in the signal now.")
    if result.left:
        print(f"{result.left:,} stay aside: out of the valid range, or another value was there.")


def _values(kept: dict[int, int]) -> str:
    return f"{sum(kept.values()):,} values of {len(kept):,} machine{'s' if len(kept) > 1 else ''}"


def _connected() -> Connection:
    conn = connect(settings_or_exit().database_url_for("ecc_owner"), application="ecc signals")
    conn.autocommit = True
    return conn
