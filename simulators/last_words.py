"""How a machine of the past went silent: its last quarter of an hour at work, with what tells why nothing comes any
more, and how its connection ended."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np

from fleet.signals import Aggregation, Catalogue
from simulators.encode import LAST_WILL, encode_status
from simulators.past_rows import PastRows
from simulators.physics.sensors import M_PER_DEG

TAIL_ROWS, TAIL_ROW_US = 90, 10_000_000  # a quarter of an hour
_WORKS_RPM = 1_200.0
_DRIVES_KMH = 36.0
_STAYS = frozenset({"latitude_deg", "longitude_deg", "fuel_level_pct", "def_level_pct"})


class Parting(Enum):
    """How the broker saw it go: the terminal said good-bye, was gone without a word, or is still connected for it."""

    GOODBYE = "goodbye"
    WILL = "will"
    NONE = "none"

    def status(self, at_us: int, boot: str) -> bytes | None:
        """What comes on the terminal's status topic."""
        if self is Parting.NONE:
            return None
        return LAST_WILL if self is Parting.WILL else encode_status(online=False, at_us=at_us, boot=boot)


@dataclass(frozen=True, slots=True)
class Silence:
    """One way to go silent: what the last rows show (`shape` changes them in place), and the end of the connection."""

    shape: Callable[[PastRows], None]
    parting: Parting


def _out_of_coverage(tail: PastRows) -> None:
    tail.column("signal_strength_dbm")[:] = np.round(np.linspace(-84.0, -112.0, TAIL_ROWS))
    tail.column("gnss_satellites_count")[-1] = 3.0  # under the roof of a tunnel


def _cut_off(tail: PastRows) -> None:
    supply = tail.column("terminal_supply_voltage_v")
    supply[-4:] = (0.6 * np.nanmax(supply), 0.2, 0.0, 0.0)


def _carried_off(tail: PastRows) -> None:
    """On the terminal's own battery, along a road."""
    rows = 24
    tail.column("terminal_supply_voltage_v")[-rows:] = 0.0
    tail.column("ground_speed_kmh")[-rows:] = _DRIVES_KMH
    way_m = np.arange(1, rows + 1) * _DRIVES_KMH / 3.6 * TAIL_ROW_US / 1e6
    tail.column("latitude_deg")[-rows:] += way_m / M_PER_DEG


def _switched_off(tail: PastRows) -> None:
    rows = 24
    volts = tail.column("battery_voltage_v")
    for key, value in (("engine_speed_rpm", 800.0), ("engine_load_pct", 12.0), ("ground_speed_kmh", 0.0)):
        tail.column(key)[-rows:] = value
    volts[-2:] = np.round(np.nanmedian(volts) * 0.89, 2)  # what the battery has without the alternator


def _nothing_to_see(tail: PastRows) -> None:
    """A terminal that fails tells nobody."""


SILENCES = (
    Silence(_out_of_coverage, Parting.WILL),
    Silence(_cut_off, Parting.WILL),
    Silence(_carried_off, Parting.WILL),
    Silence(_switched_off, Parting.GOODBYE),
    Silence(_nothing_to_see, Parting.NONE),
)
"""In the order of the kinds of machines: an excavator in a tunnel, a loader whose fuse blew, a crane on the road ..."""


def gone_silent(rows: PastRows, silence: Silence, catalogue: Catalogue, *, end_us: int) -> PastRows:
    """The rows with a tail until `end_us` in which the machine works as it did last, and goes silent."""
    begin_us = end_us - (TAIL_ROWS - 1) * TAIL_ROW_US
    before = rows.taken(rows.at_us < begin_us - 6 * TAIL_ROW_US)
    tells_all = np.isfinite(before.column("terminal_supply_voltage_v"))
    works = np.flatnonzero((before.column("engine_speed_rpm") > _WORKS_RPM) & tells_all)
    tail = before.taken(np.resize(works[-TAIL_ROWS:], TAIL_ROWS).astype(np.int64))
    for column, key in enumerate(before.keys):
        if catalogue[key].aggregation is Aggregation.COUNTER or key in _STAYS:
            tail.values[:, column] = before.values[-1, column]
    silence.shape(tail)
    return PastRows(
        at_us=np.append(before.at_us, begin_us + np.arange(TAIL_ROWS, dtype=np.int64) * TAIL_ROW_US),
        values=np.concatenate([before.values, tail.values]),
        keys=rows.keys,
        forgotten=np.append(before.forgotten, np.full(TAIL_ROWS, before.forgotten[-1])),
    )
