"""How briefs say things, in Chinese and English: words, numbers, times."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

NUMBERS = (
    "working_h",
    "travelling_h",
    "idle_h",
    "off_h",
    "unheard_h",
    "utilisation_ratio",
    "idle_ratio",
    "fuel_used_l",
    "fuel_per_hour_l",
    "idle_fuel_l",
    "distance_km",
    "engine_hours_h",
)
"""The members of a brief's numbers that are shown, in this order."""
NOTHING = "–"


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text())


def word(key: str, language: str, **values: object) -> str:
    """A word of words.toml with its placeholders filled. KeyError when there is none."""
    return _words()[key][language].format(**values)


def number(key: str, value: float | None) -> str:
    """A number as it is shown: shares in percent, litres and hours with one digit, from 10,000 on without."""
    if value is None:
        return NOTHING
    if key.endswith("_ratio"):
        return f"{100 * value:.0f} %"
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:,.1f}"


def title(brief: Mapping[str, Any], language: str) -> str:
    """'Work brief: Excavator 12'."""
    name = brief["name"] or word("all_machines", language)
    return f"{word('title_' + brief['kind'], language)}{'：' if language == 'zh' else ': '}{name}"


def period(brief: Mapping[str, Any], language: str) -> str:
    """'2026-11-16 to 2026-11-22 (Asia/Shanghai)'."""
    zone = brief["time_zone"] or word("own_zones", language)
    days = brief["from_day"]
    if brief["to_day"] != brief["from_day"]:
        days = f"{days} {word('to', language)} {brief['to_day']}"
    return f"{days} ({zone})" + ("" if brief["is_over"] else f", {word('not_over', language)}")


def zones_of(brief: Mapping[str, Any]) -> Mapping[str, str]:
    """machine id -> the time zone in which its times are told."""
    return {machine["id"]: machine["time_zone"] for machine in brief["machines"]}


def local(at: str | None, zone: str) -> str:
    """An instant (RFC 3339) on the clocks of a zone."""
    if at is None:
        return NOTHING
    return f"{datetime.fromisoformat(at).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def service(item: Mapping[str, Any] | None, language: str) -> str:
    """'due soon, 12 h left, about 2026-11-28: Change engine oil'."""
    if item is None:
        return NOTHING
    said = [word("state_due" if item["state"] == "due" else item["state"], language)]
    left = next(((unit, item["left"][unit]) for unit in _UNITS if item["left"][unit] is not None), None)
    if left is not None and (left[0] != "days" or item["due_on"] is None):
        unit = _UNITS[left[0]] or word("days_unit", language)
        said.append(word("over" if left[1] < 0 else "left", language, value=f"{abs(left[1]):,.0f}", unit=unit))
    if item["due_on"]:
        said.append(word("due", language, day=item["due_on"]))
    comma, colon = _MARKS[language]
    return f"{comma.join(said)}{colon}{item['text'][language]}"


_UNITS = {"h": "h", "km": "km", "l": "L", "days": ""}
_MARKS = {"zh": ("，", "："), "en": (", ", ": ")}


def remarks(brief: Mapping[str, Any], language: str) -> list[str]:
    """What is said in sentences: which machine it is or how many, how the model's others were used, the next service,
    refuelling and suspected theft, alarms."""
    colon = _MARKS[language][1]
    if brief["kind"] == "machine":
        (machine,) = brief["machines"]
        said = [", ".join(machine[key] for key in ("pin", "model", "site") if machine[key])]
        if machine["peers"] is not None:
            told = [machine["numbers"]["utilisation_ratio"], machine["peers"]["median_utilisation_ratio"]]
            own, middle = (number("utilisation_ratio", ratio) for ratio in told)
            said.append(word("peers_of", language, machines=machine["peers"]["machines"], ratio=middle, own=own))
        said.append(f"{word('next_service', language)}{colon}{service(machine['next_service'], language)}")
    else:
        said = [word("count_of", language, machines=len(brief["machines"]))]
    said += [fuel_told(brief, language), f"{word('alarms', language)}{colon}{alarms_told(brief, language)}"]
    if brief["kind"] == "machine" and brief["machines"][0]["fuel_is_by_rate"]:
        said.append(word("by_rate", language))
    if brief["kind"] == "machine" and brief["machines"][0]["hours_are_by_meter"]:
        said.append(word("by_meter", language))
    return said


def fuel_told(brief: Mapping[str, Any], language: str) -> str:
    """'Refuelled: 3 (840.0 L); Suspected theft: none'."""
    colon = _MARKS[language][1]
    said = []
    for kind in ("refuel", "suspected_theft", "lost_at_work"):
        found = [one for one in brief["fuel"] if one["kind"] == kind]
        litres = [one["litres"] for one in found if one["litres"] is not None]
        if found:
            times = word("times", language, kind=word(kind, language), count=len(found))
            in_all = word("in_litres", language, litres=number("litres", sum(litres))) if litres else ""
            said.append(times + in_all)
        elif kind != "lost_at_work":
            said.append(f"{word(kind, language)}{colon}{word('none', language)}")
    return ("；" if language == "zh" else "; ").join(said)


def alarms_told(brief: Mapping[str, Any], language: str) -> str:
    """'critical 1, low 2'."""
    counts = [f"{word(key, language)} {count}" for key, count in brief["alarms_by_severity"].items()]
    return _MARKS[language][0].join(counts) or word("none", language)
