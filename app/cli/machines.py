"""`ecc machines`, with the commissioning check and sales."""

import asyncio
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table

from app.cli.fleet import import_fleet
from app.cli.master_data import (
    DryRun,
    InLanguage,
    Noun,
    Operator,
    Under,
    as_json,
    commands,
    counts_of,
    in_the_name_of,
    language_of,
    named_faults,
    now,
    platform,
    run,
)
from app.cli.terminals import instant_of
from app.columns import wide_console
from app.progress import bar
from fleet.reasons import Language
from fleet.signals import packaged_catalogue
from storage.read_pool import Connection
from storage.sight import Scope
from usecases import edit_machines, read_fleet_overview, transfer_machine
from usecases.check_commissioning import Commissioning, check_commissioning
from usecases.import_directory import Directory
from usecases.import_entries import ImportReport
from usecases.import_transfers import import_transfers
from usecases.master_data import ListWish

_COLOURS = {"ok": "green", "warning": "yellow", "failed": "red", "unknown": "dim"}
_HEADING = {"zh": ("检查项", "结果", "说明", "怎么办"), "en": ("check", "result", "what was found", "what to do")}
_RESULTS = {
    "zh": {"ok": "正常", "warning": "注意", "failed": "不合格", "unknown": "未知"},
    "en": {"ok": "ok", "warning": "warning", "failed": "failed", "unknown": "unknown"},
}
_RECORDED = {
    "en": "{report.created} recorded, {report.unchanged} recorded before",
    "zh": "登记 {report.created}，此前已登记 {report.unchanged}",
}
_NAMES_ZH = {
    "terminal": "终端",
    "arriving": "数据",
    "clock": "时钟",
    "units": "单位",
    "position": "位置",
    "expected": "应有信号",
    "keys": "未知键",
    "ledger": "缺失消息",
    "quarantine": "隔离区",
    "identity": "PIN",
}
Pin = Annotated[str, typer.Argument(metavar="PIN", help="The machine's PIN.")]


async def _list(conn: Connection, scope: Scope, q: str | None, wish: ListWish) -> Any:
    return await read_fleet_overview.list_machines(
        conn,
        scope,
        read_fleet_overview.MachineFilter(q=q),
        sort="name",
        after=wish.page.after,
        limit=wish.limit,
        signals=(),
        catalogue=packaged_catalogue(),
        now=now(),
    )


async def _get(conn: Connection, scope: Scope, thing: UUID) -> Any:
    return await read_fleet_overview.get_machine(conn, scope, str(thing), catalogue=packaged_catalogue(), now=now())


async def _create(conn: Connection, by: Operator, values: dict[str, Any], at: datetime) -> Any:
    return await edit_machines.create_machine(conn, by, values, now=at)


async def _change(conn: Connection, by: Operator, thing: UUID, changes: dict[str, Any], at: datetime) -> Any:
    return await edit_machines.change_machine(conn, by, str(thing), changes, version=None, now=at)


app = commands(
    Noun(
        plural="machines",
        columns=("pin", "name", "kind", "model", "organisation", "site", "mode"),
        members={
            "pin": "text",
            "name": "text",
            "serial_number": "text",
            "equipment_id": "text",
            "organisation": "organisation",
            "model_id": "text",
            "nominal_voltage_v": "number",
            "site_id": "text",
            "mode": "text",
            "mode_reason": "text",
            "options": "json",
        },
        list=_list,
        get=_get,
        create=_create,
        change=_change,
        key="pin",
    )
)


app.command("import")(import_fleet)


@app.command()
def check(
    pin: Pin,
    watch: Annotated[bool, typer.Option("--watch", help="Again and again, until all is well.")] = False,
    every_s: Annotated[float, typer.Option("--every", min=1, help="Seconds between checks with --watch.")] = 5.0,
    language: InLanguage = None,
    as_json_: Annotated[bool, typer.Option("--json", help="For programs: JSON.")] = False,
) -> None:
    """Is data arriving, are units plausible, is the clock right, is it on its site? Exit code 1 unless all is well."""
    words = language_of(language)
    console = wide_console()
    while True:
        found = run(_checked(pin))
        if as_json_:
            print(as_json(found))
        else:
            if watch and console.is_terminal:
                console.clear()
            console.print(_table(found, words))
        if found.verdict == "ok" or not watch:
            raise typer.Exit(0 if found.verdict == "ok" else 1)
        time.sleep(every_s)


async def _checked(pin: str) -> Commissioning:
    async with platform("machines check") as (conn, by):
        return await check_commissioning(conn, by.scope, f"pin:{pin}", catalogue=packaged_catalogue(), now=now())


def _table(found: Commissioning, language: Language) -> Table:
    title = f"{found.name} ({found.pin}): {_RESULTS[language][found.verdict]}"
    table = Table(title=title, title_style=f"bold {_COLOURS[found.verdict]}", title_justify="left")
    for heading in _HEADING[language]:
        table.add_column(heading, overflow="fold")
    for item in found.items:
        name = _NAMES_ZH[item.code] if language == "zh" else item.code
        advice = "" if item.advice is None else getattr(item.advice, language)
        result = f"[{_COLOURS[item.verdict]}]{_RESULTS[language][item.verdict]}[/]"
        table.add_row(name, result, getattr(item.text, language), advice)
    return table


@app.command()
def transfer(
    pin: Pin,
    buyer: Annotated[str, typer.Argument(help="The buyer: id, name or number of its organisation.")],
    at: Annotated[str | None, typer.Option("--at", help="When, RFC 3339; now when left out.")] = None,
    document_no: Annotated[str | None, typer.Option(help="Of the contract or invoice.")] = None,
    corrects: Annotated[str | None, typer.Option(help="The id of the transfer that this one undoes.")] = None,
) -> None:
    """Record a sale, or correct one: the old owner sees the machine until then, the new one from then on."""

    async def sold() -> Any:
        async with platform("machines transfer") as (conn, by):
            values = {
                "to_organisation": await _organisation(conn, by, buyer),
                "at": instant_of(at),
                "document_no": document_no,
                "corrects": None if corrects is None else UUID(corrects),
            }
            return await transfer_machine.transfer(conn, by, f"pin:{pin}", values, now=now())

    print(as_json(run(sold())))


async def _organisation(conn: Connection, by: Operator, words: str) -> UUID:
    try:
        return UUID(words)
    except ValueError:
        return (await Directory.of(conn, by.scope)).get(words).public_id


@app.command("import-transfers")
def import_sales(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV: pin,to_organisation,at,document_no")],
    dry_run: DryRun = False,
    organisation: Under = None,
    language: InLanguage = None,
) -> None:
    """Record the sales of a CSV: all of them, or none and every wrong cell of each line."""

    async def imported() -> ImportReport:
        content = await asyncio.to_thread(file.read_bytes)
        with bar("recording sales") as progress:
            async with in_the_name_of(organisation, "machines import-transfers") as (conn, by):
                return await import_transfers(conn, by, content, dry_run=dry_run, now=now(), progress=progress)

    with named_faults(file, language_of(language)):
        report = run(imported())
    print(counts_of(report, _RECORDED, language_of(language)))
