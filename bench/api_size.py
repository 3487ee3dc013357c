"""How much the API bench puts into the database, and how long it measures."""

from __future__ import annotations

from dataclasses import dataclass

# Four gauges that every chart of the bench asks for.
SIGNALS = ("engine_speed_rpm", "engine_coolant_temp_degc", "fuel_level_pct", "engine_oil_pressure_kpa")
OWNER, DEALER, EXPERT = "bench-owner", "bench-dealer", "bench-expert"
PASSWORD = "a password of the bench only"
DEALER_NAME, OWNER_NAME = "Bench dealer", "Bench owner"
OTHER_DEALERS, CUSTOMERS_A_DEALER = 8, 50
MODELS = 60
KINDS = (
    *("excavator", "wheel_loader", "dozer", "roller", "truck_crane"),
    *("concrete_pump_truck", "grader", "paver", "tractor", "other"),
)
MAKERS = ("SANY", "XCMG", "Zoomlion", "Liugong", "Caterpillar", "Komatsu", "Volvo", "Hitachi")


@dataclass(frozen=True, kw_only=True)
class Size:
    """Full size; the dealer has every fifth machine below it, the owner 500 of those (a quick run: fewer)."""

    machines: int = 100_000
    ingesting: int = 10_000  # of these the generator sends, one message a second or so each
    owned: int = 500
    hourly_machines: int = 1_000
    hourly_days: int = 90
    minute_machines: int = 200
    minute_days: int = 30
    raw_machines: int = 10  # with a day of readings, one a second
    open_alarms: int = 100_000
    old_alarms: int = 20_000
    seconds: int = 180  # of measuring
    requests: int = 200  # a line, at most

    @property
    def dealt(self) -> int:
        """Machines below the dealer, its owner's included."""
        return self.machines // 5


QUICK = Size(
    machines=5_000,
    ingesting=500,
    owned=50,
    hourly_machines=40,
    minute_machines=10,
    minute_days=3,
    raw_machines=2,
    open_alarms=5_000,
    old_alarms=1_000,
    seconds=40,
    requests=30,
)
