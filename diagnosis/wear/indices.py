"""Degradation indices of a machine and day: what its minutes show of wear when it does the same thing each day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from diagnosis.wear.features import FloatArray
from fleet.batch import BoolArray

MIN_MINUTES = 10
"""Fewer minutes of the kind that an index looks at say nothing of a day."""
YOUTH = 14
"""Days whose median is the youth that a relative limit starts from."""
Minutes = Mapping[str, FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True)
class WearIndex:
    """One index: the median over those minutes of a day that `when` chooses; `limit` ends the part's life.

    worse: +1 where it rises with wear, -1 where it falls. is_relative: the limit is a multiple of the machine's youth.
    """

    key: str
    zh: str
    en: str
    unit: str
    limit: float
    worse: int
    signals: tuple[str, ...]
    value: Callable[[Minutes], FloatArray]
    when: Callable[[Minutes], BoolArray]
    is_relative: bool = False

    def limit_of(self, values: FloatArray) -> float:
        """The limit in the unit of the index, from its daily values, oldest first."""
        return self.limit * float(np.median(values[:YOUTH])) if self.is_relative else self.limit


def _over_ambient(minutes: Minutes, key: str) -> FloatArray:
    return minutes[key] - minutes["ambient_temp_degc"]


def _power(minutes: Minutes) -> FloatArray:
    """Share of the engine's power, roughly: load times speed over 2000 rpm."""
    return minutes["engine_load_pct"] / 100 * minutes["engine_speed_rpm"] / 2000


INDICES = (
    WearIndex(
        key="oil_pressure_hot_idle",
        zh="热怠速机油压力",
        en="Oil pressure at hot idle",
        unit="kPa",
        limit=100,  # as the rule low_oil_pressure
        worse=-1,
        signals=("engine_speed_rpm", "engine_coolant_temp_degc", "engine_oil_pressure_kpa"),
        value=lambda m: m["engine_oil_pressure_kpa"],
        when=lambda m: (
            (m["engine_speed_rpm"] > 500) & (m["engine_speed_rpm"] < 1000) & (m["engine_coolant_temp_degc"] > 75)
        ),
    ),
    WearIndex(
        key="coolant_over_ambient",
        zh="负载下冷却液高出环境温度",
        en="Coolant over ambient at load",
        unit="K",
        limit=75,  # 105 degC, where the rule coolant_overheat holds, on a day of 30 degC
        worse=1,
        signals=("engine_load_pct", "engine_coolant_temp_degc", "ambient_temp_degc"),
        value=lambda m: _over_ambient(m, "engine_coolant_temp_degc"),
        when=lambda m: (m["engine_load_pct"] > 50) & (m["ambient_temp_degc"] > 10),  # below, the thermostat decides
    ),
    WearIndex(
        key="hydraulic_temp_per_power",
        zh="单位功率液压油温升",
        en="Hydraulic oil over ambient per power",
        unit="K",
        limit=1.4,
        worse=1,
        signals=("engine_speed_rpm", "engine_load_pct", "hydraulic_oil_temp_degc", "ambient_temp_degc"),
        value=lambda m: _over_ambient(m, "hydraulic_oil_temp_degc") / np.maximum(_power(m), 0.1),
        when=lambda m: (_power(m) > 0.3) & (m["hydraulic_oil_temp_degc"] > 40),
        is_relative=True,
    ),
    WearIndex(
        key="air_filter_restriction",
        zh="空气滤清器阻力",
        en="Air filter restriction",
        unit="kPa",
        limit=6.2,  # 25 inH2O, as the rule air_filter_restriction
        worse=1,
        signals=("engine_speed_rpm", "engine_load_pct", "air_filter_dp_kpa"),
        value=lambda m: m["air_filter_dp_kpa"],
        when=lambda m: (m["engine_speed_rpm"] > 1400) & (m["engine_load_pct"] > 50),
    ),
)
BY_KEY = {index.key: index for index in INDICES}
SIGNALS = tuple(dict.fromkeys(key for index in INDICES for key in index.signals))


def day_indices(keys: Sequence[str], rows: FloatArray) -> dict[str, tuple[float, int]]:
    """index -> its value and of how many minutes; left out where the day has too few of the kind.

    rows: minutes of one machine and day x `keys`, NaN not reported.
    """
    minutes = {key: rows[:, at] for at, key in enumerate(keys)}
    told = {}
    for index in INDICES:
        if not minutes.keys() >= set(index.signals):
            continue
        values = index.value(minutes)[index.when(minutes)]
        known = values[~np.isnan(values)]
        if len(known) >= MIN_MINUTES:
            told[index.key] = (float(np.median(known)), len(known))
    return told
