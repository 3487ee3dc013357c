"""`ecc fleet import`."""

from pathlib import Path
from typing import Annotated

import typer

from app.processes import settings_or_exit
from fleet.errors import InvalidInput
from storage.pool import connect
from usecases.import_fleet import import_fleet

app = typer.Typer(help="Machines and their owners.", no_args_is_help=True)


@app.callback()
def _fleet() -> None:
    """Machines and their owners."""


@app.command("import")
def import_machines(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV: pin,name,model,kind[,maker,...]")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check every line and write nothing.")] = False,
    create_organisations: Annotated[
        bool, typer.Option("--create-organisations", help="Create organisations that are not there yet.")
    ] = False,
) -> None:
    """Import machines from CSV; all of them, or none and the errors by line."""
    settings = settings_or_exit()
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    except UnicodeDecodeError as wrong:
        raise InvalidInput(f"{file} is not UTF-8 (byte {wrong.start}); save it as UTF-8 and try again.") from None
    with connect(settings.database_url_for("ecc_owner"), application="ecc fleet import") as conn:
        report = import_fleet(conn, lines, dry_run=dry_run, create_organisations=create_organisations)
    for error in report.errors:
        print(f"{file}:{error.line}: {error.text}")
    if report.errors:
        print(f"Nothing was imported: {len(report.errors)} errors; {report.valid} lines are right.")
        raise typer.Exit(1)
    for name, parent in report.created.items():
        place = f"under {parent}" if parent else "at the root: no maker or dealer sees its machines"
        print(f"New organisation {name}, {place}.")
    print(
        f"{report.valid} machines are right; nothing was written (dry run)."
        if dry_run
        else f"{report.imported} machines imported."
    )
