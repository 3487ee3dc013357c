"""`ecc fleet import`: machines with everything that belongs to them, in one file."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from app.cli.master_data import (
    DryRun,
    InLanguage,
    Under,
    counts_of,
    in_the_name_of,
    language_of,
    named_faults,
    now,
    run,
)
from app.progress import bar
from fleet.signals import packaged_catalogue
from usecases.import_entries import ImportReport, RefusedImport
from usecases.import_machines import Making, import_machines

app = typer.Typer(help="Machines and their owners.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV: pin,name,model,kind[,maker,...]")]
CreateOrganisations = Annotated[
    bool, typer.Option("--create-organisations", help="Create organisations that are not there yet.")
]
MakeSites = Annotated[bool, typer.Option("--make-sites", help="Make sites that are not there yet.")]
_IMPORTED = {
    "en": "{report.created} machines created, {report.updated} updated, {report.unchanged} unchanged",
    "zh": "新建 {report.created} 台机器，更改 {report.updated} 台，未变 {report.unchanged} 台",
}
_ADVICE = {
    "organisation_unnamed": {
        "en": "Organisations that are new: create them with --create-organisations.",
        "zh": "新的组织：请用 --create-organisations 新建。",
    },
    "import_site_unknown": {
        "en": "Sites that are new: make them with --make-sites.",
        "zh": "新的工地：请用 --make-sites 新建。",
    },
}
_MADE = {
    "en": {"site": "new site: {}", "model": "new model: {}", "organisation": "new organisation: {}"},
    "zh": {"site": "新建工地：{}", "model": "新建机型：{}", "organisation": "新建组织：{}"},
}


@app.callback()
def _fleet() -> None:
    """Machines and their owners."""


@app.command("import")
def import_fleet(
    file: File,
    dry_run: DryRun = False,
    create_organisations: CreateOrganisations = False,
    make_sites: MakeSites = False,
    organisation: Under = None,
    language: InLanguage = None,
) -> None:
    """Import machines from CSV; all of them, or none and the errors by line. Known PINs are changed."""
    words = language_of(language)

    def advise(refused: RefusedImport) -> None:
        for begin, advice in _ADVICE.items():
            if any(fault.reason.key.startswith(begin) for fault in refused.faults):
                print(advice[words])

    async def imported() -> ImportReport:
        content = await asyncio.to_thread(file.read_bytes)
        with bar("importing machines") as progress:
            async with in_the_name_of(organisation, "fleet import") as (conn, by):
                return await import_machines(
                    conn,
                    by,
                    content,
                    catalogue=packaged_catalogue(),
                    making=Making(models=True, sites=make_sites, organisations=create_organisations),
                    dry_run=dry_run,
                    now=now(),
                    progress=progress,
                )

    with named_faults(file, words, colon=":", advise=advise):
        report = run(imported())
    for made in report.made:
        print(_MADE[words][made.kind].format(made.name))
    print(counts_of(report, _IMPORTED, words))
