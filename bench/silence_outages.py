"""Simulated outages of machines, each with the cause that made it: what terminal, broker and neighbours leave behind.

Terminals differ (no supply measured, no reception told, no receiver, a dead backup battery), causes leave traces only
sometimes, and some outages have two causes. Numbers are ours; alerts/silence_reason.py knows none of them.
"""

from dataclasses import dataclass

import numpy as np

from alerts.silence_reason import SIGNALS, Evidence, Parting, SilenceReason
from fleet.batch import Float64Array

STEP_S = 10.0
ROWS = 180  # half an hour
CAUSES = tuple(reason for reason in SilenceReason if reason is not SilenceReason.UNKNOWN)
MIXED = (
    (SilenceReason.POWER_CUT, SilenceReason.NO_COVERAGE),
    (SilenceReason.ENGINE_OFF, SilenceReason.NO_COVERAGE),
    (SilenceReason.TERMINAL_REMOVED, SilenceReason.NO_COVERAGE),
    (SilenceReason.CLOCK_WRONG, SilenceReason.POWER_CUT),
)
Series = dict[str, Float64Array]


@dataclass(frozen=True, slots=True)
class Outage:
    """What really happened (one cause, or two at once), and what is known of it."""

    causes: tuple[SilenceReason, ...]
    evidence: Evidence


@dataclass(slots=True, kw_only=True)
class Around:
    """What broker, quarantine and the other machines say; see Evidence."""

    parting: Parting | None = "will"
    refused_by_clock: int = 0
    clock_off: bool | None
    heard_before: int
    silent_with: int
    near_heard: int
    near_silent: int
    we_were_away: bool
    outages_here: int | None


class World:
    """Draws outages; everything comes from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def chance(self, share: float) -> bool:
        """Whether something happens that happens so often."""
        return bool(self.random.random() < share)

    def outage(self, *causes: SilenceReason) -> Outage:
        """One outage; of two causes the first one's traces come with the second one's."""
        nominal = 24.0 if self.chance(0.85) else 12.0
        series = self._work(nominal)
        told = self._surroundings()
        for cause in reversed(causes):
            getattr(self, f"_{cause.value}")(series, nominal, told)
        self._forget(series)
        if self.chance(0.05):
            told.parting = None
        at_us = np.arange(ROWS, dtype=np.int64) * round(STEP_S * 1e6)
        evidence = Evidence(
            at_us=at_us,
            series=series,
            nominal_v=nominal if self.chance(0.95) else None,
            parting=told.parting,
            refused_by_clock=told.refused_by_clock,
            clock_off=told.clock_off,
            heard_before=told.heard_before,
            silent_with=told.silent_with,
            near_heard=told.near_heard,
            near_silent=told.near_silent,
            we_were_away=told.we_were_away,
            outages_here=told.outages_here,
        )
        return Outage(causes, evidence)

    def _work(self, nominal: float) -> Series:
        """Half an hour of a machine at work, with idling in between."""
        noise = self.random.normal
        load = 55 + 20 * np.sin(np.arange(ROWS) / self.random.uniform(4, 20)) + noise(0, 8, ROWS)
        rpm = 1000 + 12 * load + noise(0, 30, ROWS)
        idles = self.random.random(ROWS // 20).repeat(20) < 0.2
        rpm[idles], load[idles] = 850 + noise(0, 15, idles.sum()), 20 + noise(0, 4, idles.sum())
        speed = np.clip(noise(self.random.choice([0.0, 4.0, 12.0], p=[0.6, 0.25, 0.15]), 1.0, ROWS), 0, None)
        speed[idles] = np.abs(noise(0, 0.2, idles.sum()))
        volts = nominal * (1.165 + noise(0, 0.008, ROWS))
        reception = self.random.uniform(-100, -65) + noise(0, 3, ROWS)
        return {
            "engine_speed_rpm": rpm,
            "engine_load_pct": np.clip(load, 0, 100),
            "battery_voltage_v": volts,
            "ground_speed_kmh": speed,
            "signal_strength_dbm": reception,
            "gnss_satellites_count": np.clip(self.random.integers(8, 20) + noise(0, 1, ROWS), 0, 40).round(),
            "terminal_supply_voltage_v": volts - self.random.uniform(0, 0.6),
            "terminal_backup_battery_v": self._backup() + noise(0, 0.01, ROWS),
        }

    def _backup(self) -> float:
        """A battery that is charged; of one terminal in twelve a worn one, whatever silences it."""
        return float(self.random.uniform(2.8, 3.6) if self.chance(0.08) else self.random.uniform(3.75, 4.2))

    def _surroundings(self) -> Around:
        """The rest of the fleet on an ordinary minute; now and then a shift ends and some stop at once."""
        heard = int(self.random.integers(0, 40))
        together = 0.3 if self.chance(0.06) else 0.01
        near = int(self.random.integers(0, 5))
        return Around(
            clock_off=self.chance(0.02) if self.chance(0.9) else None,
            heard_before=heard,
            silent_with=int(self.random.binomial(heard, together)),
            near_heard=near,
            near_silent=int(self.random.binomial(near, together)),
            we_were_away=self.chance(0.02),
            outages_here=int(self.random.poisson(0.3)) if self.chance(0.9) else None,
        )

    def _forget(self, series: Series) -> None:
        """What this terminal does not measure, and rows that are lost."""
        gone = [("terminal_supply_voltage_v", 0.25), ("terminal_backup_battery_v", 0.3), ("signal_strength_dbm", 0.15)]
        for signal, share in [*gone, ("gnss_satellites_count", 0.15), ("ground_speed_kmh", 0.1)]:
            if self.chance(share):
                series[signal][:] = np.nan
        if self.chance(0.1) and np.isfinite(series["terminal_supply_voltage_v"]).any():
            series["terminal_supply_voltage_v"][:] = 0.0  # measures nothing and says so
        lost = self.random.random(ROWS) < 0.03
        lost[-1] = False
        for signal in SIGNALS:
            series[signal][lost] = np.nan

    def _idle(self, series: Series, rows: int) -> None:
        rows = max(1, min(rows, ROWS))
        series["engine_speed_rpm"][-rows:] = 850 + self.random.normal(0, 15, rows)
        series["engine_load_pct"][-rows:] = 18 + self.random.normal(0, 3, rows)
        series["ground_speed_kmh"][-rows:] = np.abs(self.random.normal(0, 0.2, rows))

    # --- what each cause leaves ---

    def _engine_off(self, series: Series, nominal: float, told: Around) -> None:
        if self.chance(0.8):
            self._idle(series, int(self.random.integers(1, 40)))
        told.parting = "goodbye" if self.chance(0.65) else "will"
        if self.chance(0.35):
            series["battery_voltage_v"][-1:] = nominal * self.random.uniform(1.02, 1.065)
            series["terminal_supply_voltage_v"][-1:] = series["battery_voltage_v"][-1]

    def _no_coverage(self, series: Series, nominal: float, told: Around) -> None:
        if self.chance(0.15):
            self._idle(series, int(self.random.integers(5, 30)))
        if self.chance(0.75):
            rows = int(self.random.integers(10, 90))
            end = self.random.uniform(-119, -102)
            series["signal_strength_dbm"][-rows:] = np.linspace(
                series["signal_strength_dbm"][-rows], end, rows
            ) + self.random.normal(0, 2.5, rows)
        if self.chance(0.3):
            series["gnss_satellites_count"][-int(self.random.integers(1, 8)) :] = self.random.integers(0, 4)
        if self.chance(0.55) and told.outages_here is not None:
            told.outages_here = 2 + int(self.random.poisson(3))
        if self.chance(0.4):
            told.near_silent = told.near_heard

    def _power_cut(self, series: Series, nominal: float, told: Around) -> None:
        if self.chance(0.65):
            rows = int(self.random.integers(3, 120))
            series["terminal_supply_voltage_v"][-rows:] = np.abs(self.random.normal(0.1, 0.1, rows))
            series["terminal_backup_battery_v"][-rows:] -= np.linspace(0, self.random.uniform(0.05, 0.7), rows)
            series["ground_speed_kmh"][-rows:] = np.abs(self.random.normal(0, 0.3, rows))
            if self.chance(0.7):  # the main switch takes the machine's bus along
                self._stop_bus(series, rows)
            return
        series["terminal_backup_battery_v"][:] = self.random.uniform(2.8, 3.6)
        if self.chance(0.5):
            rows = int(self.random.integers(1, 20))
            series["terminal_supply_voltage_v"][-rows:] *= self.random.uniform(0.3, 0.7)

    def _terminal_removed(self, series: Series, nominal: float, told: Around) -> None:
        if self.chance(0.2):  # pulled and its antenna off at once
            return
        rows = int(self.random.integers(6, 60))
        series["terminal_supply_voltage_v"][-rows:] = np.abs(self.random.normal(0.1, 0.1, rows))
        self._stop_bus(series, rows)
        carried = self.random.uniform(5, 60) if self.chance(0.75) else 0.3
        series["ground_speed_kmh"][-rows:] = np.abs(self.random.normal(carried, carried / 4, rows))

    def _clock_wrong(self, series: Series, nominal: float, told: Around) -> None:
        if self.chance(0.85):
            told.refused_by_clock = int(self.random.integers(1, 300))
            told.parting = "none" if self.chance(0.85) else "will"
        else:
            told.parting = "will"  # cannot connect: its certificates are not valid yet
        if self.chance(0.4):
            told.clock_off = True

    def _broker_or_us(self, series: Series, nominal: float, told: Around) -> None:
        heard = told.heard_before
        one_carrier = self.chance(0.25)
        share = self.random.uniform(0.25, 0.6) if one_carrier else self.random.uniform(0.7, 1.0)
        told.silent_with = int(self.random.binomial(heard, share))
        told.near_silent = int(self.random.binomial(told.near_heard, share))
        told.parting = "will" if one_carrier or self.chance(0.4) else "none"
        told.we_were_away = not one_carrier and self.chance(0.5)

    def _stop_bus(self, series: Series, rows: int) -> None:
        for signal in ("engine_speed_rpm", "engine_load_pct", "battery_voltage_v"):
            series[signal][-rows:] = np.nan
