"""`ecc train`, and `ecc detectors list | show | promote | rollback`."""

from typing import Annotated

import typer

from app.cli.master_data import AsJson, as_json, now, platform, run
from app.cli.terminals import instant_of
from app.columns import shown_width, table_lines
from app.processes import settings_or_exit
from app.progress import bar
from storage.keyset import PageOf
from storage.pool import connect
from storage.read_detectors import DetectorRow
from usecases import edit_detectors as edit
from usecases.edit_detectors import Trained

app = typer.Typer(
    help="Models that learned what is healthy: versions, which is in force, the way back.", no_args_is_help=True
)
Number = Annotated[int, typer.Argument(help="The number of a version, see `ecc detectors list`.")]
_MOST = 1_000


def train(
    name: Annotated[str, typer.Argument(help="A registered detector: baseline (by machine model), default ...")],
    start: Annotated[str, typer.Option("--from", help="RFC 3339 with a zone.")],
    end: Annotated[str, typer.Option("--to", help="RFC 3339 with a zone.")],
    machines: Annotated[str | None, typer.Option(help="PINs with commas between; all when left out.")] = None,
    model: Annotated[str | None, typer.Option(help="Only machines of this model, by its name.")] = None,
    processes: Annotated[int, typer.Option(min=1, help="That learn beside each other.")] = 1,
    promote: Annotated[bool, typer.Option("--promote", help="Put what was learned in force at once.")] = False,
    is_json: AsJson = False,
) -> None:
    """Learn from the stored minutes without alarms, and keep what was learned as a new version."""
    from usecases.train_models import TrainOrder, train_models

    order = TrainOrder(
        name=name,
        from_at=instant_of(start),
        to_at=instant_of(end),
        pins=None if machines is None else [pin.strip() for pin in machines.split(",") if pin.strip()],
        model=model,
        by=run(_who()),
    )
    with connect(settings_or_exit().database_url_for("ecc_owner"), application="ecc train") as conn:
        conn.autocommit = True
        with bar("training") as progress:
            trained = train_models(
                conn,
                order,
                now=now(),
                say=lambda words: typer.echo(words, err=True),
                progress=progress,
                processes=processes,
            )

    async def record() -> None:
        async with platform("train") as (conn, by):
            await edit.record_training(conn, by, trained, now=now())
            for one in trained if promote else ():
                await edit.promote_detector(conn, by, one.detector_id, now=now())

    run(record())
    print(as_json(trained) if is_json else "\n".join(_trained(one) for one in trained))
    if not promote and trained and not is_json:
        print(f"Next: ecc detectors promote {trained[-1].detector_id}")


def _trained(one: Trained) -> str:
    told = ", ".join(f"{name} {value:g}" for name, value in one.metrics.items())
    return f"{one.detector_id}: {one.name} {one.version} for {one.target} from {one.rows:,} minutes of " + (
        f"{one.machines} machines: {told}."
    )


async def _who() -> str:
    async with platform("train") as (_, by):
        return by.actor.name


@app.command("list")
def list_all(
    name: Annotated[str | None, typer.Option(help="Only of this name.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Versions that are not in force, too.")] = False,
    is_json: AsJson = False,
) -> None:
    """Those in force, the newest first."""
    rows = run(_listed(name, None))
    shown = [row for row in rows if everything or row.in_force]
    if is_json:
        print(as_json(shown))
        return
    heading = ("no", "name", "version", "for", "machines", "in force", "state", "standings", "made")
    print("\n".join(table_lines([heading, *map(_cells, shown)], width=shown_width())))
    if left := len(rows) - len(shown):
        print(f"{left} {'version' if left == 1 else 'versions'} not in force: --all")


def _cells(row: DetectorRow) -> tuple[str, ...]:
    standings = ", ".join(f"{count} {name}" for name, count in sorted(row.standings.items()))
    state = row.state if row.reason is None else f"{row.state} since {row.since:%m-%d %H:%M}Z: {row.reason}"
    return (
        *(str(row.detector), row.name, str(row.version), row.model or row.pin or "", str(row.machines)),
        *("yes" if row.in_force else "", state, standings, f"{row.made_at:%Y-%m-%d %H:%M}Z"),
    )


@app.command()
def show(number: Number) -> None:
    """One version with its card, as JSON."""
    print(as_json(run(_shown(number))))


@app.command()
def promote(number: Number) -> None:
    """Put a version in force; `ecc diagnose` judges by it from its next pass on."""
    row = run(_promoted(number))
    print(f"{row.name} {row.version} is in force for {row.model or row.pin}.")


@app.command()
def rollback(number: Number) -> None:
    """Put back what was in force before, for what this version is for."""
    row = run(_rolled_back(number))
    print("Nothing is in force any more." if row is None else f"{row.name} {row.version} is in force again.")


async def _listed(name: str | None, in_force: bool | None) -> list[DetectorRow]:
    async with platform("detectors list") as (conn, by):
        page = PageOf(sort="-made_at", after=None, limit=_MOST + 1)
        return (await edit.list_detectors(conn, by.scope, page, name=name, in_force=in_force)).items


async def _shown(number: int) -> DetectorRow:
    async with platform("detectors show") as (conn, by):
        return await edit.get_detector(conn, by.scope, number)


async def _promoted(number: int) -> DetectorRow:
    async with platform("detectors promote") as (conn, by):
        return await edit.promote_detector(conn, by, number, now=now())


async def _rolled_back(number: int) -> DetectorRow | None:
    async with platform("detectors rollback") as (conn, by):
        return await edit.roll_back_detector(conn, by, number, now=now())
