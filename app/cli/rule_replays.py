"""`ecc rules replay`, `ecc rules tune`, and the process that does what was asked for through the API."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.master_data import AsJson, as_json, now, platform, run
from app.cli.terminals import instant_of
from app.columns import shown_width, table_lines
from app.processes import settings_or_exit
from app.progress import bar
from fleet.errors import InvalidInput
from storage.pool import Connection, connect
from storage.rule_replays import NewReplay, ReplayRecord, begin_replay, find_plot
from storage.rule_sets import StoredRules
from usecases import edit_rule_sets as edit
from usecases.ask_replays import check_span
from usecases.picture_words import Language
from usecases.replay_pass import die_with_parent
from usecases.replay_rules import ReplayOrder, checked_machines, replay_rules
from usecases.tune_rule import work_tuning
from usecases.work_replays import work_replays

Set = Annotated[str, typer.Argument(help="Number, live, shadow, base, or the beginning of a version.")]
From = Annotated[str, typer.Option("--from", help="RFC 3339 with a zone.")]
To = Annotated[str, typer.Option("--to", help="RFC 3339 with a zone.")]
Machines = Annotated[str | None, typer.Option(help="PINs with commas between; all when left out.")]
Workers = Annotated[int, typer.Option(min=0, help="Processes; 0: as many as there are processors.")]
_REASONS = {
    "too_few_faults": "Not tuned. Confirmed faults: {faults}; needed: {least_faults}. Even if all are kept, up to "
    "{may_be_lost_ratio:.0%} of such faults may be lost.",
    "too_few_nuisances": "Not tuned. Nuisances: {nuisances}; needed to choose by: {least_nuisances}.",
    "nothing_saved": "None of {tried} stricter variants saves a nuisance and keeps every confirmed fault.",
}


def replay(
    rule_set: Set,
    start: From,
    end: To,
    machines: Machines = None,
    seats: Annotated[int | None, typer.Option(min=1, help="Seats that share the alarms; else the rosters'.")] = None,
    workers: Workers = 0,
    plot: Annotated[Path | None, typer.Option(help="Draw it: *.png or *.svg.")] = None,
    language: Annotated[Language, typer.Option(help="Of the picture's words.")] = "en",
    is_json: AsJson = False,
) -> None:
    """Judge the stored history by a set and by the live one, and keep what differs; a set needs it to be promoted."""
    if plot is not None and plot.suffix.lower() not in {".png", ".svg"}:
        raise InvalidInput(f"A picture is *.png or *.svg, not {plot.name!r}.")
    stored, live, name = run(_to_replay(rule_set))
    order = ReplayOrder(
        rules=stored,
        against=live,
        from_at=instant_of(start),
        to_at=instant_of(end),
        pins=_pins(machines),
        seats=seats,
        workers=workers,
        by=name,
    )
    with _owner("replay") as conn:
        with bar("replaying") as progress:
            record = replay_rules(conn, order, clock=now, say=typer.echo, progress=progress)
        if plot is not None:
            _write_plot(conn, record.replay_id, plot, language)
    print(as_json(record) if is_json else "\n".join(_replay_lines(record)))


def _pins(machines: str | None) -> list[str] | None:
    return None if machines is None else [pin.strip() for pin in machines.split(",") if pin.strip()]


def _owner(command: str) -> Connection:
    conn = connect(settings_or_exit().database_url_for("ecc_owner"), application=f"ecc rules {command}")
    conn.autocommit = True
    return conn


def _write_plot(conn: Connection, replay: int, path: Path, language: Language) -> None:
    found = find_plot(conn, replay, language)
    if found is None:
        raise InvalidInput(f"Replay {replay} has no picture.")
    try:
        path.write_bytes(found.png if path.suffix.lower() == ".png" else found.svg.encode())
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written: {error}") from error


def _replay_lines(record: ReplayRecord) -> list[str]:
    if record.state != "done":
        why = record.summary.get("error", {}).get("en")
        return [f"Replay {record.replay_id}: {record.state}.", *([why] if why else [])]
    summary = record.summary
    load = summary["load"]
    found, live = load["found"], load["live"]
    raised = load.get("raised", live)  # of a replay before they were counted
    columns = ("found", "live", "raised", "new", "gone", "moved", "regraded")
    heading = ("rule", "found", "live set replayed", "raised on the stream", "new", "gone", "moved", "regraded")
    rules = summary["by_rule"].items()
    rows = [(key, *(str(counts.get(name, 0)) for name in columns)) for key, counts in rules]
    return [
        f"Replay {record.replay_id}: {record.rows:,} rows of {summary['machines']:,} machines.",
        *table_lines([heading, *rows], width=shown_width()),
        *_verdict_lines(summary["verdicts"]),
        f"Alarms a seat and 10 minutes: {found['mean']:g}, at most {found['peak']:g} "
        f"(raised on the stream: {raised['mean']:g}, at most {raised['peak']:g}; "
        f"live set replayed: {live['mean']:g}, at most {live['peak']:g}). "
        "ISA-18.2: 1 is acceptable, 2 can be managed, more than 10 is a flood.",
    ]


def _verdict_lines(told: dict[str, Any]) -> list[str]:
    faults, nuisances, lead = told["confirmed"], told["nuisances"], told["lead_h"]
    lines = [
        f"Confirmed faults caught: {faults['found']} of {faults['of']} (live: {faults['live']}); "
        f"lost: {faults['lost']}.",
        f"Nuisances raised: {nuisances['found']} of {nuisances['of']} (live: {nuisances['live']}); "
        f"saved: {nuisances['saved']}.",
    ]
    lines += [f"  lost: {one['source_key']}, finding {one['finding_id']}" for one in told["lost"]]
    if lead["found"] is not None or lead["live"] is not None:
        hours = ["none" if lead[name] is None else f"{lead[name]:g} h" for name in ("found", "live")]
        lines.append(f"Lead before the machine failed, half of them more: {hours[0]} (live: {hours[1]}).")
    return lines


def tune(
    rule: Annotated[str, typer.Argument(help="The rule's key; it is tuned as the live set has it.")],
    start: From,
    end: To,
    machines: Machines = None,
    workers: Workers = 0,
    out: Annotated[
        Path | None, typer.Option(help="Write the best proposal: a site's file for `ecc rules import`.")
    ] = None,
    is_json: AsJson = False,
) -> None:
    """Look for a stricter threshold, `for` or `clear` that keeps every confirmed fault and saves nuisances."""
    from_at, to_at = instant_of(start), instant_of(end)
    check_span(from_at, to_at)
    live, _, name = run(_to_replay("live"))
    with _owner("tune") as conn, bar("tuning") as progress:
        pins = _pins(machines)
        new = NewReplay(
            rule_set_id=live.rule_set_id,
            against_id=live.rule_set_id,
            rule=rule,
            from_at=from_at,
            to_at=to_at,
            machine_ids=None if pins is None else checked_machines(conn, pins),
            by=name,
        )
        number = begin_replay(conn, new, now=now())
        record = work_tuning(conn, number, clock=now, say=typer.echo, progress=progress, workers=workers)
    proposals = record.summary.get("proposals", [])
    if out is not None and proposals:
        out.write_text(proposals[0]["edits"], encoding="utf-8")
    print(as_json(record) if is_json else "\n".join(_tuning_lines(record)))


def _tuning_lines(record: ReplayRecord) -> list[str]:
    told = record.summary
    if told.get("reason") is not None:
        return [_REASONS[told["reason"]].format(**told)]
    lines = [
        f"{record.rule}: {told['tried']} variants over {told['faults']} confirmed faults and {told['nuisances']} "
        "nuisances."
    ]
    for number, one in enumerate(told["proposals"], 1):
        members = ", ".join(f"{name} = {value}" for name, value in one["members"].items())
        lines.append(
            f"{number}. {members}: saves {len(one['nuisances_saved'])} nuisances, keeps {one['faults_kept']} faults "
            f"({one['later_s']:g} s later), {one['findings']} findings instead of {one['findings_before']}."
        )
    ratio = told["may_be_lost_ratio"]
    return [*lines, f"Kept here is no promise: up to {ratio:.0%} of such faults may be lost (95 %).",
            "Next: --out FILE, ecc rules import FILE, ecc rules replay."]  # fmt: skip


def work() -> None:
    """Do the replays and tunings that wait, at a low priority, and end; `ecc diagnose` starts this."""
    die_with_parent()
    os.nice(10)
    url = settings_or_exit().database_url_for("ecc_diagnose")
    with connect(url, application="ecc rules work") as conn:
        conn.autocommit = True
        work_replays(conn, clock=now, say=lambda told: print(told, flush=True))


async def _to_replay(reference: str) -> tuple[StoredRules, StoredRules, str]:
    async with platform("rules replay") as (conn, by):
        return await edit.get_rule_set(conn, reference), await edit.get_rule_set(conn), by.actor.name
