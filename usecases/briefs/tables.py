"""What papers and pages of a brief show as tables: the same cells in both, and the numbers as CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from usecases.briefs.spans import Step, spans_of
from usecases.briefs.words import NOTHING, NUMBERS, alarms_told, local, number, service, word, zones_of

CSV_NUMBERS = ("length_h", *NUMBERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with a heading; widths: how much room each column takes, of 1 in all; numbers: the columns of numbers;
    has_sum: the last row is one."""

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    numbers: range = range(0)
    has_sum: bool = False


def tables_of(brief: Mapping[str, Any], language: str) -> list[Table]:
    """Machines (of several), hours, days or weeks, fuel and alarms; those with nothing in them are left out."""
    tables = [_machines(brief, language)] if brief["kind"] != "machine" else []
    tables += [_spans(brief, language), _fuel(brief, language), _alarms(brief, language)]
    return [table for table in tables if table.rows]


_SHOWN = ("working_h", "travelling_h", "idle_h", "utilisation_ratio", "fuel_used_l", "fuel_per_hour_l", "idle_fuel_l")


def _machines(brief: Mapping[str, Any], language: str) -> Table:
    rows = []
    for machine in brief["machines"]:
        peers = machine["peers"]
        middle = None if peers is None else peers["median_utilisation_ratio"]
        cells = [number(key, machine["numbers"][key]) for key in _SHOWN]
        cells.insert(4, number("median_ratio", middle))
        rows.append([machine["name"], *cells, str(machine["alarms"]), service(machine["next_service"], language)])
    names = [word(key, language) for key in _SHOWN]
    names.insert(4, word("peers", language))
    columns = [word("machine", language), *names, word("alarms", language), word("next_service", language)]
    widths = [0.125, *[0.077] * 8, 0.058, 0.201]
    heading = word("machines", language)
    return Table(heading=heading, columns=columns, rows=rows, widths=widths, numbers=range(1, 10))


def _spans(brief: Mapping[str, Any], language: str) -> Table:
    keys = ("working_h", "travelling_h", "idle_h", "off_h", "unheard_h", "fuel_used_l", "idle_fuel_l", "distance_km")
    step, spans = spans_of(brief)
    rows = [[span.name, *[_cell(key, span.numbers, step) for key in keys]] for span in spans]
    rows.append([word("total", language), *[number(key, brief["numbers"][key]) for key in keys]])
    columns = [word(step, language), *[word(key, language) for key in keys]]
    heading, widths = word(f"by_{step}", language), [0.2, *[0.1] * 8]
    return Table(heading=heading, columns=columns, rows=rows, widths=widths, numbers=range(1, 9), has_sum=True)


_UNHEARD = ("working_h", "travelling_h", "idle_h", "off_h")


def _cell(key: str, numbers: Mapping[str, Any], step: Step) -> str:
    """Of hours in hundredths; what was not heard of at all is not nought."""
    if key in _UNHEARD and numbers["unheard_h"] >= numbers["length_h"]:
        return NOTHING
    return f"{numbers[key]:.2f}" if step == "hour" and key.endswith("_h") else number(key, numbers[key])


def _fuel(brief: Mapping[str, Any], language: str) -> Table:
    zones = zones_of(brief)
    rows = [
        [
            one["machine_name"],
            local(one["from_at"], zones[one["machine_id"]]),
            word(one["kind"], language),
            f"{number('level', one['before_pct'])} → {number('level', one['after_pct'])}",
            number("litres", one["litres"]),
        ]
        for one in sorted(brief["fuel"], key=lambda one: bool(one["kind"] == "refuel"))  # losses first, each in order
    ]
    columns = [word(key, language) for key in ("machine", "time", "kind", "level", "litres")]
    heading, widths = word("fuel_events", language), [0.28, 0.2, 0.2, 0.2, 0.12]
    return Table(heading=heading, columns=columns, rows=rows, widths=widths, numbers=range(3, 5))


def _alarms(brief: Mapping[str, Any], language: str) -> Table:
    zones = zones_of(brief)
    rows = [
        [
            one["machine_name"],
            local(one["raised_at"], zones[one["machine_id"]]),
            word("standing", language)
            if one["state"] == "active"
            else local(one["cleared_at"], zones[one["machine_id"]]),
            word(one["severity"], language),
            one["text"][language],
        ]
        for one in brief["alarms"]
    ]
    heading = f"{word('alarms', language)} ({alarms_told(brief, language)})"
    if brief["truncated"]:
        heading += f", {word('more', language)}"
    columns = [word(key, language) for key in ("machine", "raised", "ended", "severity", "what")]
    return Table(heading=heading, columns=columns, rows=rows, widths=[0.2, 0.16, 0.16, 0.09, 0.39])


def csv_of(brief: Mapping[str, Any]) -> str:
    """The numbers as CSV for programs: the days of it all, its machines, and the sum of both in the last line.

    Numbers are as in the JSON, empty where nothing tells them; a text that a spreadsheet would take for a formula has
    an apostrophe before it.
    """
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(["row", "from_day", "to_day", "machine_id", "machine", "pin", "model", "site", *CSV_NUMBERS])
    for day in brief["days"]:
        lines.writerow(["day", day["day"], day["day"], "", "", "", "", "", *_cells(day["numbers"])])
    period = [brief["from_day"], brief["to_day"]]
    for machine in brief["machines"]:
        named = [machine["id"], *(plain(machine[key] or "") for key in ("name", "pin", "model", "site"))]
        lines.writerow(["machine", *period, *named, *_cells(machine["numbers"])])
    lines.writerow(["total", *period, "", "", "", "", "", *_cells(brief["numbers"])])
    return out.getvalue()


def _cells(numbers: Mapping[str, Any]) -> list[str]:
    return ["" if numbers[key] is None else str(numbers[key]) for key in CSV_NUMBERS]


def plain(text: str) -> str:
    """The text as a cell that no spreadsheet works out."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
