"""The five kinds of simulated machine: what they are built of, how they work, and which signals they report."""

from dataclasses import dataclass

_ENGINE = (
    "engine_speed_rpm", "engine_load_pct", "engine_torque_pct", "accelerator_pedal_pct", "engine_oil_pressure_kpa",
    "engine_oil_temp_degc", "engine_coolant_temp_degc", "fuel_temp_degc", "fuel_level_pct", "fuel_rate_lph",
    "fuel_used_total_l", "engine_hours_h", "idle_hours_h", "intake_manifold_pressure_kpa",
    "intake_manifold_temp_degc", "air_filter_dp_kpa", "exhaust_temp_degc", "barometric_pressure_kpa",
    "ambient_temp_degc", "battery_voltage_v", "charging_voltage_v", "alternator_current_a",
    "engine_operating_state", "def_level_pct",
)  # fmt: skip
_POSITION = ("latitude_deg", "longitude_deg", "altitude_m", "ground_speed_kmh", "heading_deg")
_TERMINAL = ("terminal_supply_voltage_v", "signal_strength_dbm", "gnss_satellites_count")
_HYDRAULIC = ("hydraulic_oil_temp_degc", "hydraulic_pressure_kpa", "pilot_pressure_kpa")
_ROAD = ("wheel_speed_kmh", "parking_brake", "transmission_gear", "transmission_oil_temp_degc", "distance_total_km")
_ALL = (*_ENGINE, *_POSITION, *_TERMINAL, *_HYDRAULIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class KindSpec:
    """What one kind of machine is built of. Nominal values; every machine differs from them by a few per cent.

    cycle_flow and cycle_pressure: share of full pump flow and of `work_pressure_kpa` over the eight equal phases of
    one work cycle. *_mean_s: mean length of one spell of the activity, machine time.
    """

    kind: str
    maker: str
    model: str
    prefix: str  # of terminal names
    nominal_voltage_v: int
    rated_power_kw: float
    idle_rpm: float
    work_rpm: float
    travel_rpm: float
    displacement_l: float
    fuel_tank_l: float
    def_tank_l: float
    pump_cm3: float
    work_pressure_kpa: float
    relief_kpa: float
    hydraulic_mass_kj_k: float
    cycle_s: float
    cycle_flow: tuple[float, float, float, float, float, float, float, float]
    cycle_pressure: tuple[float, float, float, float, float, float, float, float]
    work_mean_s: float
    travel_mean_s: float
    idle_mean_s: float
    off_mean_s: float
    travel_kmh: float
    travel_power_share: float
    work_power_share: float  # driven into the ground at work, beside the hydraulics
    roam_m: float
    load_kg: float  # payload of one work cycle; 0: the kind moves none
    strokes_per_cycle: float
    signals: tuple[str, ...]


EXCAVATOR = KindSpec(
    kind="excavator", maker="Xugong", model="XE215", prefix="XE215", nominal_voltage_v=24,
    rated_power_kw=128, idle_rpm=850, work_rpm=1900, travel_rpm=1850, displacement_l=6.7,
    fuel_tank_l=400, def_tank_l=40, pump_cm3=224, work_pressure_kpa=24_000, relief_kpa=34_300,
    hydraulic_mass_kj_k=600, cycle_s=18,
    cycle_flow=(0.75, 0.80, 0.85, 0.70, 0.65, 0.45, 0.50, 0.55),
    cycle_pressure=(0.80, 1.00, 1.00, 0.85, 0.75, 0.40, 0.50, 0.60),
    work_mean_s=240, travel_mean_s=25, idle_mean_s=45, off_mean_s=120,
    travel_kmh=4.5, travel_power_share=0.45, work_power_share=0.0, roam_m=120, load_kg=1_600, strokes_per_cycle=0,
    signals=(*_ALL, "main_pump_1_pressure_kpa", "main_pump_2_pressure_kpa", "swing_pressure_kpa",
             "travel_pressure_kpa", "boom_angle_deg", "load_count", "payload_total_kg"),
)  # fmt: skip
WHEEL_LOADER = KindSpec(
    kind="wheel_loader", maker="Xugong", model="LW500", prefix="LW500", nominal_voltage_v=24,
    rated_power_kw=162, idle_rpm=800, work_rpm=1950, travel_rpm=2000, displacement_l=9.7,
    fuel_tank_l=250, def_tank_l=35, pump_cm3=140, work_pressure_kpa=15_000, relief_kpa=18_000,
    hydraulic_mass_kj_k=550, cycle_s=32,
    cycle_flow=(0.80, 0.95, 0.98, 0.70, 0.65, 0.80, 0.65, 0.60),
    cycle_pressure=(0.95, 1.10, 1.10, 0.80, 0.75, 0.90, 0.70, 0.65),
    work_mean_s=200, travel_mean_s=60, idle_mean_s=50, off_mean_s=120,
    travel_kmh=18, travel_power_share=0.50, work_power_share=0.30, roam_m=250, load_kg=5_000, strokes_per_cycle=0,
    signals=(*_ALL, *_ROAD, "payload_kg", "load_count", "payload_total_kg", "boom_angle_deg"),
)  # fmt: skip
TRUCK_CRANE = KindSpec(
    kind="truck_crane", maker="Xugong", model="XCT25", prefix="XCT25", nominal_voltage_v=24,
    rated_power_kw=213, idle_rpm=700, work_rpm=1500, travel_rpm=1750, displacement_l=8.8,
    fuel_tank_l=350, def_tank_l=38, pump_cm3=170, work_pressure_kpa=20_000, relief_kpa=25_000,
    hydraulic_mass_kj_k=700, cycle_s=150,
    cycle_flow=(0.55, 0.70, 0.75, 0.75, 0.70, 0.60, 0.45, 0.40),
    cycle_pressure=(0.55, 0.90, 1.00, 0.95, 0.85, 0.70, 0.45, 0.40),
    work_mean_s=300, travel_mean_s=120, idle_mean_s=90, off_mean_s=150,
    travel_kmh=42, travel_power_share=0.40, work_power_share=0.10, roam_m=2_500, load_kg=6_500, strokes_per_cycle=0,
    signals=(*_ALL, *_ROAD, "boom_angle_deg", "load_moment_pct", "payload_kg", "load_count"),
)  # fmt: skip
PUMP_TRUCK = KindSpec(
    kind="concrete_pump_truck", maker="Xugong", model="HB62", prefix="HB62", nominal_voltage_v=24,
    rated_power_kw=320, idle_rpm=700, work_rpm=1600, travel_rpm=1600, displacement_l=12.8,
    fuel_tank_l=380, def_tank_l=60, pump_cm3=380, work_pressure_kpa=22_000, relief_kpa=33_000,
    hydraulic_mass_kj_k=1200, cycle_s=5,
    cycle_flow=(0.75, 0.80, 0.80, 0.80, 0.78, 0.76, 0.70, 0.55),
    cycle_pressure=(0.90, 1.00, 1.00, 0.98, 0.95, 0.90, 0.80, 0.55),
    work_mean_s=420, travel_mean_s=120, idle_mean_s=90, off_mean_s=120,
    travel_kmh=48, travel_power_share=0.40, work_power_share=0.0, roam_m=3_500, load_kg=0, strokes_per_cycle=2,
    signals=(*_ALL, *_ROAD, "pumping_pressure_kpa", "pump_strokes_count", "boom_angle_deg"),
)  # fmt: skip
ROLLER = KindSpec(
    kind="roller", maker="Xugong", model="XMR403", prefix="XMR403", nominal_voltage_v=12,
    rated_power_kw=36, idle_rpm=900, work_rpm=2050, travel_rpm=1950, displacement_l=2.2,
    fuel_tank_l=65, def_tank_l=12, pump_cm3=56, work_pressure_kpa=17_500, relief_kpa=28_000,
    hydraulic_mass_kj_k=180, cycle_s=60,
    cycle_flow=(0.70, 0.75, 0.75, 0.70, 0.70, 0.75, 0.75, 0.65),
    cycle_pressure=(0.80, 0.90, 0.95, 0.90, 0.80, 0.90, 0.95, 0.85),
    work_mean_s=260, travel_mean_s=40, idle_mean_s=60, off_mean_s=120,
    travel_kmh=7, travel_power_share=0.45, work_power_share=0.10, roam_m=180, load_kg=0, strokes_per_cycle=0,
    signals=(*_ALL, "vibration_frequency_hz", "wheel_speed_kmh", "parking_brake", "distance_total_km"),
)  # fmt: skip

KINDS: dict[str, KindSpec] = {s.kind: s for s in (EXCAVATOR, WHEEL_LOADER, TRUCK_CRANE, PUMP_TRUCK, ROLLER)}
