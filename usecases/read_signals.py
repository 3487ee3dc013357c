"""The signal catalogue with names in a language."""

from dataclasses import dataclass
from typing import Literal

from fleet.signals import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalEntry:
    """One signal; see api.schemas.readings."""

    key: str
    name: str
    zh: str
    en: str
    unit: str
    spn: int | None
    pgn: int | None
    valid_min: float
    valid_max: float
    aggregation: str
    iso15143: str | None
    hold_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalList:
    """The catalogue in column order."""

    items: list[SignalEntry]


def list_signals(catalogue: Catalogue, *, language: Literal["zh", "en"]) -> SignalList:
    """All signals."""
    return SignalList(
        items=[
            SignalEntry(
                key=s.key,
                name=s.zh if language == "zh" else s.en,
                zh=s.zh,
                en=s.en,
                unit=s.unit,
                spn=s.spn,
                pgn=s.pgn,
                valid_min=s.valid[0],
                valid_max=s.valid[1],
                aggregation=s.aggregation,
                iso15143=s.iso15143,
                hold_s=s.hold_s,
            )
            for s in catalogue
        ]
    )
