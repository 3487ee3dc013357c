"""What a check found: one line a check, in the order of checks.toml, with the places where it is violated."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Literal

Language = Literal["zh", "en"]
_PLACES = 5  # shown of each check


class Status(StrEnum):
    """How a check came out."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what a violation of it is, its name, and what the standard or practice says."""

    key: str
    level: Status
    title: dict[Language, str]
    why: dict[Language, str]


@cache
def all_checks() -> dict[str, Check]:
    """The checks of checks.toml by key, in its order."""
    text = files("usecases.aemp_check").joinpath("checks.toml").read_text(encoding="utf-8")
    return {
        key: Check(
            key=key,
            level=Status(row["level"]),
            title={"zh": row["zh"], "en": row["en"]},
            why={"zh": row["why_zh"], "en": row["why_en"]},
        )
        for key, row in tomllib.loads(text).items()
    }


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was found, and what stood there."""

    where: str
    said: str


@dataclass(slots=True)
class _Line:
    tried: int = 0
    violations: int = 0
    level: Status = Status.PASS
    places: list[Place] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line of the table. `violations` counts all, `places` holds the first few."""

    check: Check
    status: Status
    violations: int
    places: tuple[Place, ...]


class Report:
    """Collects what was tried and what was found."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {key: _Line() for key in all_checks()}

    def tried(self, *keys: str) -> None:
        """These checks were made; without a violation they are passed."""
        for key in keys:
            self._lines[key].tried += 1

    def found(self, key: str, where: str, said: object, *, level: Status | None = None) -> None:
        """A violation; `level` only where it is another than the check's own."""
        line = self._lines[key]
        line.tried += 1
        line.violations += 1
        level = level or all_checks()[key].level
        if line.level is not Status.FAIL:
            line.level = level
        if len(line.places) < _PLACES:
            line.places.append(Place(where, _short(said)))

    def outcomes(self) -> Iterator[Outcome]:
        """Every check, in order."""
        for key, check in all_checks().items():
            line = self._lines[key]
            status = line.level if line.tried else Status.SKIP
            yield Outcome(check, status, line.violations, tuple(line.places))

    @property
    def failed(self) -> bool:
        """True when a check that the standard demands is violated."""
        return any(outcome.status is Status.FAIL for outcome in self.outcomes())


def _short(said: object) -> str:
    text = " ".join(str(said).split())
    shown = "".join(c if c.isprintable() else "?" for c in text)
    return shown if len(shown) <= 160 else f"{shown[:157]}..."
