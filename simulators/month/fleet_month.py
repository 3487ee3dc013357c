"""One machine of the labelled fleet at a time: its month as a stream, with its labels. Seeded."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fleet.signals import Catalogue
from simulators.machines import SimulatedMachine, make_machines
from simulators.month.condition import make_condition
from simulators.month.duty import make_duty
from simulators.month.events import Labels
from simulators.month.instruments import Stream, measure, transmit
from simulators.month.labels import behaviours_of_state
from simulators.month.plan import (
    EXTRA_SENSORS,
    Order,
    Spread,
    draw_orders,
    faults_of,
    is_basic,
    outages_of,
    sensors_of,
)
from simulators.month.world import Machine, ambient_degc

_ROAD = ("transmission_oil_pressure_kpa", "transmission_input_speed_rpm", "transmission_output_speed_rpm")
_BESIDE = (
    "engine_oil_level_pct", "engine_coolant_level_pct", "engine_coolant_pressure_kpa", "crankcase_pressure_kpa",
    "fuel_filter_dp_kpa", "fuel_delivery_pressure_kpa", "water_in_fuel", "oil_filter_intake_pressure_kpa",
    "fan_speed_rpm", "intake_air_temp_degc", "ecu_temp_degc", "driver_demand_torque_pct", "dpf_soot_load_pct",
    "dpf_ash_load_pct", "dpf_dp_kpa", "dpf_intake_temp_degc", "dpf_outlet_temp_degc", "dpf_active_regen", "dpf_status",
    "dpf_lamp", "def_temp_degc", "def_concentration_pct", "scr_inducement_level", "hydraulic_filter_restriction",
    "key_switch_voltage_v", "terminal_backup_battery_v",
)  # fmt: skip


@dataclass(frozen=True)
class FleetMonth:
    """A fleet of `count` machines over `days`; machine by machine, since a month of one is some 100 MB."""

    count: int
    days: int
    spread: Spread
    catalogue: Catalogue
    numbers_after: int = 0

    @cached_property
    def machines(self) -> tuple[SimulatedMachine, ...]:
        """Who they are; the kinds take turns."""
        return make_machines(self.count, numbers_after=self.numbers_after)

    @cached_property
    def fitted(self) -> tuple[frozenset[str], ...]:
        """The signals of each machine."""
        return tuple(_fitted(machine) for machine in self.machines)

    @cached_property
    def orders(self) -> Sequence[Order]:
        """What goes wrong."""
        return draw_orders(self.machines, self.fitted, self.days, self.spread)

    def month(self, index: int) -> tuple[Stream, Labels]:
        """The rows of one machine and what is true of them. About a second."""
        machine = self.machines[index]
        rng = np.random.default_rng([self.spread.seed, 11, index])
        duty = make_duty(index, machine.spec, self.days, rng)
        mine = [order for order in self.orders if order.machine == index]
        faults = faults_of(mine, duty, rng)
        sensors = sensors_of(mine, duty, rng)
        condition = make_condition(machine, faults, ambient_degc(machine, self.days, rng), rng)
        physics = Machine(machine, duty, condition, rng)
        told = {key: column for key, column in physics.signals().items() if key in self.fitted[index]}
        values, signals = measure(told, sensors, self.catalogue, rng)
        outages = outages_of(index, self.days, rng)
        behaviours = (*duty.behaviours, *behaviours_of_state(index, physics))
        return (
            transmit(values, signals, outages, rng),
            Labels(faults=faults, sensors=sensors, behaviours=behaviours, outages=outages),
        )


def _fitted(machine: SimulatedMachine) -> frozenset[str]:
    keys = {*machine.spec.signals, *_BESIDE}
    if "transmission_gear" in keys:
        keys |= set(_ROAD)
    return frozenset(keys - EXTRA_SENSORS if is_basic(machine.index) else keys)
