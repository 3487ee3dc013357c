"""The signal catalogue: every measurable quantity, in the one unit the platform keeps it in."""

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, NewType

import numpy as np
import numpy.typing as npt

from fleet.errors import CatalogueError

SignalKey = NewType("SignalKey", str)


class StoredType(StrEnum):
    """The PostgreSQL type a signal's column has."""

    FLOAT4 = "float4"
    FLOAT8 = "float8"


class Aggregation(StrEnum):
    """How rollups sum a signal up."""

    GAUGE = "gauge"  # min, max, mean, last
    COUNTER = "counter"  # increase, first, last
    STATE = "state"  # last, min, max
    POSITION = "position"  # first, last


def check_key(key: str) -> None:
    """Raises CatalogueError when no signal can have the key."""
    if not key.replace("_", "").isalnum() or not key.islower() or len(key) > 59:
        raise CatalogueError("signal_key_wrong", where="key", found=key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One measurable quantity of a machine, in the one unit the platform keeps it in."""

    key: SignalKey  # "engine_oil_pressure_kpa"
    id: int  # position in a batch's matrix; never reused
    unit: str
    en: str
    zh: str
    spn: int | None = None  # SAE J1939 suspect parameter number
    pgn: int | None = None  # SAE J1939 parameter group number
    valid: tuple[float, float]  # physical limits; outside is a sensor fault, never a reading
    stored: StoredType = StoredType.FLOAT4
    aggregation: Aggregation = Aggregation.GAUGE
    iso15143: str | None = None  # ISO 15143-3 element it feeds
    hold_s: float = 5.0  # a comparison may use the last value up to this age

    def __post_init__(self) -> None:
        check_key(self.key)
        if not self.valid[0] < self.valid[1]:
            raise CatalogueError(
                "signal_range_empty", where="valid", key=self.key, low=self.valid[0], high=self.valid[1]
            )


class Catalogue:
    """An ordered, immutable set of signals; `signals[i].id == i`.

    Raises CatalogueError when ids have gaps or keys or SPNs repeat.
    """

    def __init__(self, signals: Sequence[Signal]) -> None:
        self.signals = tuple(sorted(signals, key=lambda s: s.id))
        if [s.id for s in self.signals] != list(range(len(self.signals))):
            raise CatalogueError("signal_ids_with_gaps")
        self.index: dict[str, int] = {s.key: s.id for s in self.signals}
        if len(self.index) != len(self.signals):
            raise CatalogueError("signal_keys_shared")
        self.by_spn: dict[int, Signal] = {s.spn: s for s in self.signals if s.spn is not None}
        if len(self.by_spn) != sum(s.spn is not None for s in self.signals):
            raise CatalogueError("signal_spns_shared")

    def __len__(self) -> int:
        return len(self.signals)

    def __iter__(self) -> Iterator[Signal]:
        return iter(self.signals)

    def __contains__(self, key: object) -> bool:
        return key in self.index

    def __getitem__(self, key: str) -> Signal:
        return self.signals[self.index[key]]

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Keys in matrix order."""
        return tuple(s.key for s in self.signals)

    @cached_property
    def valid_min(self) -> npt.NDArray[np.float64]:
        """Lower physical limits, shape (signals,)."""
        return np.array([s.valid[0] for s in self.signals])

    @cached_property
    def valid_max(self) -> npt.NDArray[np.float64]:
        """Upper physical limits, shape (signals,)."""
        return np.array([s.valid[1] for s in self.signals])

    @cached_property
    def hold_us(self) -> npt.NDArray[np.int64]:
        """How long the last value may be used, microseconds, shape (signals,)."""
        return np.array([round(s.hold_s * 1_000_000) for s in self.signals], dtype=np.int64)

    @cached_property
    def is_float4(self) -> npt.NDArray[np.bool_]:
        """True where the column is float4, shape (signals,)."""
        return np.array([s.stored is StoredType.FLOAT4 for s in self.signals])

    def with_added(self, added: Iterable[Signal]) -> "Catalogue":
        """This catalogue and a site's own signals (from the `signal` table), whose ids continue these."""
        return Catalogue([*self.signals, *added])


def _signal(key: str, entry: dict[str, Any]) -> Signal:
    low, high = entry["valid"]
    return Signal(
        key=SignalKey(key),
        id=entry["id"],
        unit=entry["unit"],
        en=entry["en"],
        zh=entry["zh"],
        spn=entry.get("spn"),
        pgn=entry.get("pgn"),
        valid=(float(low), float(high)),
        stored=StoredType(entry["stored"]),
        aggregation=Aggregation(entry["aggregation"]),
        iso15143=entry.get("iso15143"),
        hold_s=float(entry.get("hold_s", 5.0)),
    )


@cache
def packaged_catalogue() -> Catalogue:
    """The catalogue shipped in fleet/signals.toml."""
    text = files("fleet").joinpath("signals.toml").read_text(encoding="utf-8")
    return Catalogue([_signal(key, entry) for key, entry in tomllib.loads(text).items()])
