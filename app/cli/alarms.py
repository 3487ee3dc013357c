"""`ecc alarms kpi | hand-over | settings`."""

from typing import Annotated

import typer

from app.cli.master_data import AsJson, as_json, now, platform, run
from app.cli.rule_overrides import catalogue_of
from app.cli.terminals import instant_of
from app.columns import shown_width, table_lines
from storage.alarm_load import AlarmSettings
from usecases.edit_alarm_settings import get_alarm_settings
from usecases.hand_over_alarms import HandOver, hand_over
from usecases.read_alarm_load import AlarmLoad, Rate, read_alarm_load

app = typer.Typer(help="How many alarms there are to answer, and what a shift leaves open.", no_args_is_help=True)
From = Annotated[str | None, typer.Option("--from", help="RFC 3339 with a zone.")]


@app.command()
def kpi(
    start: From = None,
    end: Annotated[str | None, typer.Option("--to", help="RFC 3339 with a zone.")] = None,
    seats: Annotated[int | None, typer.Option(min=1, help="Seats that share the alarms; else the rosters'.")] = None,
    is_json: AsJson = False,
) -> None:
    """Alarms a seat beside the limits of ISA-18.2, of the last week if not said."""
    load = run(_load(start, end, seats))
    print(as_json(load) if is_json else "\n".join(_load_lines(load)))


async def _load(start: str | None, end: str | None, seats: int | None) -> AlarmLoad:
    async with platform("alarms kpi") as (conn, _):
        return await read_alarm_load(
            conn,
            from_at=None if start is None else instant_of(start),
            to_at=None if end is None else instant_of(end),
            seats=seats,
            catalogue=await catalogue_of(conn),
            now=now(),
        )


def _load_lines(load: AlarmLoad) -> list[str]:
    rates: tuple[tuple[str, Rate], ...] = (("10 min", load.ten_minutes), ("hour", load.hour), ("day", load.day))
    heading = ("alarms a seat", "mean", "peak", "acceptable", "manageable", "above")
    rows = [
        (name, f"{r.mean:g}", f"{r.peak:g}", str(r.acceptable), str(r.manageable), f"{r.above_share:.1%}")
        for name, r in rates
    ]
    top = [("source", "alarms", "share", "machines", "chatter", "fleeting")] + [
        (a.source_key, str(a.alarms), f"{a.share:.1%}", str(a.machines), str(a.chattering_points), str(a.fleeting))
        for a in load.top
    ]
    now_ = load.standing
    return [
        f"{load.alarms:,} alarms called {load.seats} seats, "
        f"{load.from_at:%Y-%m-%d %H:%M}Z to {load.to_at:%Y-%m-%d %H:%M}Z.",
        *table_lines([heading, *rows], width=shown_width()),
        f"In a flood: {load.flood_share:.2%} of the time (at most {load.flood_share_most:.0%}), "
        f"{len(load.floods)} floods.",
        f"Now: {now_.active} active, {now_.unacknowledged} not acknowledged, {now_.stale} stale "
        f"(at most {load.stale_most}), {now_.by_design} suppressed by design, {len(load.held)} held back by people.",
        *(
            f"{a.severity}: {a.acknowledged} of {a.alarms} acknowledged, half of them within {a.median_s:.0f} s, "
            f"nine of ten within {a.p90_s:.0f} s; {a.escalated} escalated."
            for a in load.answers
            if a.median_s is not None and a.p90_s is not None
        ),
        *table_lines(top, width=shown_width()),
        *(f"{w.source_key}: {w.wrong} of {w.judged} were wrong and took {w.minutes:g} min." for w in load.false_alarms),
    ]


@app.command("hand-over")
def hand_over_shift(start: From = None, is_json: AsJson = False) -> None:
    """What the shift leaves open; of the last eight hours if not said."""
    found = run(_handed(start))
    print(as_json(found) if is_json else "\n".join(_hand_over_lines(found)))


async def _handed(start: str | None) -> HandOver:
    async with platform("alarms hand-over") as (conn, by):
        catalogue = await catalogue_of(conn)
        from_at = None if start is None else instant_of(start)
        return await hand_over(conn, by.scope, from_at=from_at, roster_id=None, catalogue=catalogue, now=now())


def _hand_over_lines(found: HandOver) -> list[str]:
    heading = ("raised", "machine", "alarm", "severity", "stands", "whose")
    rows = [
        (
            *(f"{a.raised_at:%m-%d %H:%M}Z", a.machine.pin, a.text.en, a.severity, a.suppression or a.lifecycle),
            a.assigned_to or "",
        )
        for a in (*found.active, *found.to_answer)
    ]
    done = ", ".join(f"{count} {kind}" for kind, count in sorted(found.done.items()))
    return [
        f"Since {found.from_at:%Y-%m-%d %H:%M}Z: {done or 'nothing'}.",
        *table_lines([heading, *rows], width=shown_width()),
        *(f"{h.hold}: {h.machine_pin} {h.source_key} by {h.by}: {h.reason}" for h in found.held),
        *(f"{s.at:%H:%M}Z {s.actor} {s.detail['text']}" for s in found.told if s.kind == "commented"),
    ]


@app.command()
def settings() -> None:
    """The numbers that decide on chattering, floods and escalation, as JSON; the API changes them."""
    print(as_json(run(_settings())))


async def _settings() -> AlarmSettings:
    async with platform("alarms settings") as (conn, _):
        return await get_alarm_settings(conn)
