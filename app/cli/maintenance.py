"""`ecc maintenance`: plans as files, what is due, work that was done, meters."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import typer

from app.cli.master_data import (
    AsJson,
    DryRun,
    InLanguage,
    as_json,
    counts_of,
    language_of,
    named_faults,
    now,
    platform,
    run,
)
from app.cli.terminals import instant_of
from app.columns import shown_width, table_lines
from fleet.errors import NotFound
from storage.keyset import PageOf
from storage.maintenance_plans import find_plan_by_name
from usecases import edit_plans, plan_files
from usecases.change_meters import MeterChange, change_meter
from usecases.import_entries import ImportReport
from usecases.import_plans import enter_examples, import_plans
from usecases.plan_members import MEMBERS
from usecases.read_maintenance import DueFilter, DueItem, MachineItem, get_maintenance, list_due
from usecases.record_maintenance import CheckResult, Service, record_service

app = typer.Typer(help="Maintenance: plans, what is due, work that was done, meters.", no_args_is_help=True)
plans = typer.Typer(help="Maintenance plans, by kind of machine or by model.", no_args_is_help=True)
app.add_typer(plans, name="plans")
Machine = Annotated[str, typer.Argument(help="The machine's id, or pin:..., serial:..., equipment:...")]
At = Annotated[str | None, typer.Option("--at", help="RFC 3339 with a zone; left out: now.")]
_PAGE = 1_000
_IMPORTED = {
    "en": "{report.created} plans entered, {report.updated} with a new version, {report.unchanged} unchanged",
    "zh": "新建计划 {report.created}，新版本 {report.updated}，未变 {report.unchanged}",
}


@plans.command("list")
def list_plans(as_json_: AsJson = False) -> None:
    """The plans in force."""
    found = run(_plans())
    if as_json_:
        print(as_json(found))
        return
    rows = [[one.name, one.kind or one.model or "", str(one.version), str(len(one.items))] for one in found]
    for line in table_lines([["name", "for", "version", "items"], *rows], width=shown_width()):
        print(line)


@plans.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, or TOML (*.toml).")],
    dry_run: DryRun = False,
    language: InLanguage = None,
) -> None:
    """Enter the plans of a file, known by their names: all of them, or none and what is wrong."""
    said = language_of(language)
    with named_faults(file, said):
        report = run(_imported(file, dry_run))
    print(counts_of(report, _IMPORTED, said))


@plans.command("export")
def export(
    name: Annotated[str, typer.Argument(help="The plan's name.")],
    form: Annotated[Literal["toml", "csv"], typer.Option("--format", help="As which file.")] = "toml",
) -> None:
    """Print a plan as a file that `import` takes."""
    print(run(_exported(name, form)), end="")


@plans.command("examples")
def examples() -> None:
    """Enter the plans that ship, one for each kind of machine; the maker's own plan goes before them."""
    for name, outcome in run(_examples()).items():
        print(f"{name}: {outcome}")


@app.command("due")
def show_due(
    state: Annotated[list[str] | None, typer.Option("--state", help="overdue, due, soon or ok.")] = None,
    limit: Annotated[int, typer.Option("--limit", help="At most so many.", min=1, max=100_000)] = 100,
    as_json_: AsJson = False,
) -> None:
    """What is to be done, the most urgent first; left out --state: what is not ok."""
    found = run(_due(tuple(state or ("overdue", "due", "soon")), limit))
    if as_json_:
        print(as_json(found))
        return
    rows = [[one.machine_name, one.state, one.text.en, _left(one), str(one.due_on or "")] for one in found]
    for line in table_lines([["machine", "state", "item", "left", "due"], *rows], width=shown_width()):
        print(line)


@app.command("show")
def show(machine: Machine) -> None:
    """A machine's hours and the items of its plan, as JSON."""
    print(as_json(run(_shown(machine))))


@app.command("done")
def done(
    machine: Machine,
    items: Annotated[list[str], typer.Argument(help="Codes of the items that were done.")],
    at: At = None,
    hours_h: Annotated[float | None, typer.Option("--hours", help="What the hour meter showed.")] = None,
    checks: Annotated[
        list[str] | None, typer.Option("--check", help="POINT=good, attention, bad or not_done; as `show` lists them.")
    ] = None,
    note: Annotated[str | None, typer.Option("--note")] = None,
) -> None:
    """Record work that was done, in the cycles that are under way; says what check-lists still ask."""
    given = {"done_at": at and instant_of(at), "hours_h": hours_h, "note": note}
    print(as_json(run(_done(machine, items, given, [_check(one) for one in checks or []]))))


@app.command("meter")
def meter(
    machine: Machine,
    kind: Annotated[str, typer.Argument(help="replaced, or set: the machine's total is this.")],
    new_value: Annotated[float, typer.Argument(help="What the new meter showed at first, or the total.")],
    old_value: Annotated[float | None, typer.Option("--old", help="What the old meter showed at last.")] = None,
    name: Annotated[str, typer.Option("--meter", help="Which one.")] = "engine_hours_h",
    at: At = None,
    note: Annotated[str | None, typer.Option("--note")] = None,
) -> None:
    """Say that a meter was replaced, or what a machine's total is."""
    given = {"meter": name, "kind": kind, "old_value": old_value, "new_value": new_value, "note": note}
    print(as_json(run(_meter(machine, given | {"at": at and instant_of(at)}))))


async def _plans() -> list[edit_plans.MaintenancePlan]:
    async with platform("maintenance plans list") as (conn, _):
        page = PageOf(sort="name", after=None, limit=_PAGE)
        return (await edit_plans.list_plans(conn, page, {"q": None, "kind": None, "model": None})).items


async def _imported(file: Path, dry_run: bool) -> ImportReport:
    content, is_toml = await asyncio.to_thread(file.read_bytes), file.suffix == ".toml"
    async with platform("maintenance plans import") as (conn, by):
        return await import_plans(conn, by, content, dry_run=dry_run, now=now(), is_toml=is_toml)


async def _exported(name: str, form: str) -> str:
    async with platform("maintenance plans export") as (conn, _):
        row = await find_plan_by_name(conn, name)
    if row is None:
        raise NotFound(f"There is no plan called {name!r}; `ecc maintenance plans list` shows all.")
    content = {member: row.content[member] for member in MEMBERS}
    return plan_files.as_csv(content) if form == "csv" else plan_files.as_toml(content)


async def _examples() -> dict[str, str]:
    async with platform("maintenance plans examples") as (conn, by):
        return {name: str(outcome) for name, outcome in (await enter_examples(conn, by, now=now())).items()}


async def _due(states: tuple[str, ...], limit: int) -> list[DueItem]:
    async with platform("maintenance due") as (conn, by):
        wanted = DueFilter(states=states)
        return (await list_due(conn, by.scope, wanted, after=None, limit=limit, now=now())).items


async def _shown(machine: str) -> Any:
    async with platform("maintenance show") as (conn, by):
        return await get_maintenance(conn, by.scope, machine, now=now())


async def _done(machine: str, items: list[str], given: dict[str, Any], checks: list[dict[str, str]]) -> Service:
    async with platform("maintenance done") as (conn, by):
        at: datetime = now()
        known = {one.item: one for one in (await get_maintenance(conn, by.scope, machine, now=at)).items}
        answers: dict[str, list[dict[str, str]]] = {item: [] for item in items}
        for check in checks:  # to the items that ask it; what none asks is refused with the first one
            asking = [item for item in answers if _asks(known.get(item), check["code"])]
            for item in asking or items[:1]:
                answers[item].append(check)
        cycles = {item: known[item].cycle if item in known else 1 for item in items}
        wanted = [{"item": item, "cycle": cycles[item], "checks": answers[item]} for item in items]
        return await record_service(conn, by, machine, given | {"items": wanted}, now=at)


def _asks(item: MachineItem | None, code: str) -> bool:
    return item is not None and code in {check.code for check in item.checks}


def _check(text: str) -> dict[str, str]:
    """POINT=RESULT. Raises BadParameter for what is no result."""
    code, _, result = text.partition("=")
    if result not in get_args(CheckResult):
        raise typer.BadParameter(f"{text!r}: POINT=RESULT, RESULT one of {', '.join(get_args(CheckResult))}.")
    return {"code": code, "result": result}


async def _meter(machine: str, given: dict[str, Any]) -> MeterChange:
    async with platform("maintenance meter") as (conn, by):
        return await change_meter(conn, by, machine, given, now=now())


def _left(one: DueItem) -> str:
    found = ((one.left.h, "h"), (one.left.km, "km"), (one.left.l, "l"), (one.left.days, "d"))
    return ", ".join(f"{value:g} {unit}" for value, unit in found if value is not None)
