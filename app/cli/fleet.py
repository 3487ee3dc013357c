"""`ecc fleet import`: machines with everything that belongs to them, in one file."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from app.cli.master_data import DryRun, Under, in_the_name_of, now, run
from app.progress import bar
from fleet.signals import packaged_catalogue
from usecases.import_entries import ImportReport, RefusedImport
from usecases.import_machines import Making, import_machines

app = typer.Typer(help="Machines and their owners.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV: pin,name,model,kind[,maker,...]")]
CreateOrganisations = Annotated[
    bool, typer.Option("--create-organisations", help="Create organisations that are not there yet.")
]


@app.callback()
def _fleet() -> None:
    """Machines and their owners."""


@app.command("import")
def import_fleet(
    file: File, dry_run: DryRun = False, create_organisations: CreateOrganisations = False, organisation: Under = None
) -> None:
    """Import machines from CSV; all of them, or none and the errors by line. Known PINs are changed."""
    try:
        with bar("importing machines") as progress:

            async def imported() -> ImportReport:
                content = await asyncio.to_thread(file.read_bytes)
                async with in_the_name_of(organisation, "fleet import") as (conn, by):
                    return await import_machines(
                        conn,
                        by,
                        content,
                        catalogue=packaged_catalogue(),
                        making=Making(models=True, sites=True, organisations=create_organisations),
                        dry_run=dry_run,
                        now=now(),
                        progress=progress,
                    )

            report = run(imported())
    except RefusedImport as refused:
        for fault in refused.faults:
            print(f"{file}:{fault.where.removeprefix('line ')}: {fault.reason}")
        print(refused.detail)
        if not create_organisations and any(f.reason.key.startswith("organisation_unnamed") for f in refused.faults):
            print("Organisations that are new: create them with --create-organisations.")
        raise typer.Exit(1) from None
    print(words_of(report))


def words_of(report: ImportReport) -> str:
    """The counts in a sentence."""
    counts = f"{report.created} machines created, {report.updated} updated, {report.unchanged} unchanged"
    return f"{counts}; nothing was written (dry run)." if report.dry_run else f"{counts}."
