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
    """A number as it is shown: shares in percent, litres and hours with one digit."""
    if value is None:
        return NOTHING
    return f"{100 * value:.0f} %" if key.endswith("_ratio") else f"{value:,.1f}"


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
    """'Change engine oil: due soon, due 2026-11-28'."""
    if item is None:
        return NOTHING
    state = "state_due" if item["state"] == "due" else item["state"]
    due = f", {word('due', language)} {item['due_on']}" if item["due_on"] else ""
    return f"{item['text'][language]}: {word(state, language)}{due}"


def remarks(brief: Mapping[str, Any], language: str) -> list[str]:
    """What is said of one machine in sentences: which it is, its next service, how its model's others were used."""
    if brief["kind"] != "machine":
        return []
    (machine,) = brief["machines"]
    said = [", ".join(machine[key] for key in ("pin", "model", "site") if machine[key])]
    said.append(f"{word('next_service', language)}: {service(machine['next_service'], language)}")
    if machine["peers"] is not None:
        middle = number("median_ratio", machine["peers"]["median_utilisation_ratio"])
        said.append(word("peers_of", language, machines=machine["peers"]["machines"], ratio=middle))
    if machine["fuel_is_by_rate"]:
        said.append(word("by_rate", language))
    return said
