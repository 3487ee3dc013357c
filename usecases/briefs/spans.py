"""What a brief's charts and tables go by: the hours of one day, the days, or the weeks of a long period."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

Step = Literal["hour", "day", "week"]
MOST_DAYS = 62
"""More are told by weeks."""
SUMMED = (
    "length_h",
    "working_h",
    "travelling_h",
    "idle_h",
    "off_h",
    "unheard_h",
    "fuel_used_l",
    "idle_fuel_l",
    "distance_km",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One bar or line: what a table and what a chart's axis call it, and the sums of it (None: nothing tells it)."""

    name: str
    tick: str
    numbers: Mapping[str, float | None]


def spans_of(brief: Mapping[str, Any]) -> tuple[Step, list[Span]]:
    """The hours of a brief of one day, the days of one of at most 62, else its weeks from Monday to Sunday."""
    if brief["hours"]:
        return "hour", [Span(name=one["begins"], tick=one["begins"], numbers=one["numbers"]) for one in brief["hours"]]
    days = [(date.fromisoformat(one["day"]), one["numbers"]) for one in brief["days"]]
    if len(days) <= MOST_DAYS:
        return "day", [Span(name=f"{day}", tick=f"{day:%m-%d}", numbers=numbers) for day, numbers in days]
    weeks: dict[date, list[tuple[date, Mapping[str, Any]]]] = {}
    for day, numbers in days:
        weeks.setdefault(day - timedelta(days=day.weekday()), []).append((day, numbers))
    return "week", [_week(week) for week in weeks.values()]


def _week(days: Sequence[tuple[date, Mapping[str, Any]]]) -> Span:
    first, last = days[0][0], days[-1][0]
    sums: dict[str, float | None] = {}
    for key in SUMMED:
        told = [numbers[key] for _, numbers in days if numbers[key] is not None]
        sums[key] = sum(told) if told else None
    return Span(name=f"{first} – {last:%m-%d}", tick=f"{first:%m-%d}", numbers=sums)
