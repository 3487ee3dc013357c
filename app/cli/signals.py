"""`ecc signals list | add`."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.processes import settings_or_exit
from storage.pool import connect
from storage.signals_write import load_catalogue
from usecases.add_signal import add_signal

app = typer.Typer(help="The signal catalogue.", no_args_is_help=True)


@app.command("list")
def list_signals() -> None:
    """Every signal: key, unit, valid range, SPN."""
    settings = settings_or_exit()
    with connect(settings.database_url_for("ecc_owner"), application="ecc signals") as conn:
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
) -> None:
    """Add a signal of this site's own: a column of its own, usable in rules; the gateway takes it at once."""
    settings = settings_or_exit()
    with connect(settings.database_url_for("ecc_owner"), application="ecc signals") as conn:
        signal = add_signal(conn, key, unit=unit, en=en, zh=zh, valid=(minimum, maximum), counter=counter)
    print(f"Signal {signal.key} added as column {signal.id}.")
