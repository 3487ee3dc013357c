"""What sources of alarms are called: shipped rules and cascades by their titles, the rest by what it is about.

Boards import nothing of diagnosis; its rules and words are read as the TOML files that they are.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dashboards.grafana.words import Language, keys, say
from fleet.signals import Aggregation, packaged_catalogue

_DIAGNOSIS = Path(__file__).parents[2] / "diagnosis"
ANY = "*:"
"""What the key of a source begins with that any model may have found."""
CASCADE = "cascade:"
"""What the key of several fault codes with one cause begins with; a controller's address may stand behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A kind and a key of findings with its title, in one language."""

    kind: str
    key: str
    title: str


@cache
def sources(language: Language) -> tuple[Source, ...]:
    """All that have a name, rules first: a signal's key may be a rule's too. Codes of controllers have none here."""
    return tuple(_sources(language))


@cache
def parts(language: Language) -> Mapping[str, str]:
    """What the parts are called that a verdict may name by their keys."""
    found: dict[str, str] = _read(f"words.{language}.toml")["parts"]
    return found


@cache
def checks() -> Mapping[str, str]:
    """Each check of a sensor, with the reason (list distrust_reasons) for which it does not trust it."""
    return {key: str(check["reason"]) for key, check in _read("knowledge/sensor_checks.toml").items()}


def _sources(language: Language) -> Iterator[Source]:
    for file in sorted((_DIAGNOSIS / "rules").glob("*.toml")):
        for key, rule in _read(f"rules/{file.name}").items():
            if key != "language":
                yield Source(kind="rule", key=key, title=rule["title"][language])
    for key, cascade in _read("knowledge/cascades.toml").items():
        yield Source(kind="dtc", key=CASCADE + key, title=cascade["title"][language])
    yield Source(kind="platform", key="machine_silent", title=say(language, "sources", "machine_silent"))
    for key in keys("wear"):
        yield Source(kind="model", key=f"wear:{key}", title=_about("wear", say(language, "wear", key), language))
    for signal in packaged_catalogue():
        name = signal.zh if language == "zh" else signal.en
        yield Source(kind="sensor", key=signal.key, title=_about("sensor", name, language))
        if signal.aggregation is Aggregation.GAUGE:  # models look at nothing else
            yield Source(kind="model", key=f"peers:{signal.key}", title=_about("peers", name, language))
            yield Source(kind="model", key=ANY + signal.key, title=_about("model", name, language))


def _about(words: str, name: str, language: Language) -> str:
    return say(language, "sources", words).replace("{name}", name)


def _read(file: str) -> dict[str, Any]:
    return tomllib.loads((_DIAGNOSIS / file).read_text(encoding="utf-8"))
