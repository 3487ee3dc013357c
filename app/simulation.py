"""`ecc simulate` and `ecc simulate-history`: simulated machines in the foreground, with a line of progress."""

import itertools
import json
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import typer

from app.processes import settings_or_exit
from app.settings import Settings
from fleet.signals import packaged_catalogue
from simulators.config import SimulationConfig
from simulators.fleet import FleetSimulation
from simulators.history import HistoryOrder, publish_history
from simulators.machines import SimulatedMachine, make_machines
from simulators.month.fleet_month import FleetMonth
from simulators.month.plan import read_spread
from simulators.mqtt import Broker
from simulators.plan import DEMO_PLAN, Plan, load_plan
from simulators.run import run_simulation

DRAIN_TIMEOUT_S = 120.0
_BEHIND_OTHERS = 10  # nice


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationOrder:
    """What is asked of a simulation; `plan` None: the demo's."""

    machines: int
    seed: int
    speedup: float
    plan: Path | None
    numbers_after: int
    duration_s: float | None
    report: Path | None
    truth: Path
    publish_log: Path | None


def simulators_broker(settings: Settings) -> Broker:
    """The broker as the simulators' own client wants it."""
    address = urlsplit(settings.broker_url())
    password = settings.mqtt_password.get_secret_value() if settings.mqtt_password else None
    return Broker(
        host=address.hostname or "127.0.0.1",
        port=address.port or 1883,
        user=settings.mqtt_username,
        password=password,
        tls=address.scheme == "mqtts",
        tls_ca=settings.mqtt_ca_file,
    )


def demo_plan(machines: int) -> Plan:
    """The demo's plan, cut down to what a fleet of so many machines has."""
    plan, fleet = load_plan(DEMO_PLAN), {machine.terminal for machine in make_machines(machines)}
    return replace(
        plan,
        faults=tuple(fault for fault in plan.faults if fault.machine in fleet),
        prepare=tuple(wish for wish in plan.prepare if wish.machine in fleet),
        dead_zones=tuple(zone for zone in plan.dead_zones if zone.machine in fleet),
        clocks=tuple(clock for clock in plan.clocks if clock.machine in fleet),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PastOrder:
    """Which weeks before now are asked for; the fleet, seed and numbers of the simulation whose past they are."""

    days: int
    machines: int
    silent: int  # machines beside them that are not in the simulation: they have just gone silent
    seed: int
    numbers_after: int
    rows_per_s: float


def publish_past(order: PastOrder) -> None:
    """Send the weeks before now and end, or at a signal; a line for each machine that is done. Gives way to others."""
    stop = _stop_at_signals()
    os.nice(_BEHIND_OTHERS)
    count = order.machines + order.silent
    fleet = FleetMonth(
        count, order.days, read_spread("tuning"), packaged_catalogue(), numbers_after=order.numbers_after
    )
    now_us = time.time_ns() // 1_000
    history = HistoryOrder(
        fleet=fleet,
        live=order.machines,
        end_us=now_us,
        seed=order.seed,
        boot=f"past-{now_us // 1_000_000:x}",
        rows_per_s=order.rows_per_s,
    )
    done = itertools.count(1)

    def told(machine: SimulatedMachine, rows: int) -> None:
        typer.echo(f"{next(done)} of {count} machines have their last {order.days} days ({machine.name}: {rows} rows)")

    publish_history(history, simulators_broker(settings_or_exit()), stop, told)


def _stop_at_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def simulate_in_foreground(order: SimulationOrder) -> None:
    """Run until the duration is over or a signal comes, wait until everything is acknowledged, write the report."""
    stop = _stop_at_signals()
    plan = load_plan(order.plan) if order.plan else demo_plan(order.machines)
    config = SimulationConfig(
        broker=simulators_broker(settings_or_exit()),
        machines=order.machines,
        seed=order.seed,
        speedup=order.speedup,
        duration_s=order.duration_s,
        plan=plan.renumbered(order.numbers_after),
        numbers_after=order.numbers_after,
        truth_path=order.truth,
        publish_log_path=order.publish_log,
    )
    report = run_simulation(config, stop, _show, drain_timeout_s=DRAIN_TIMEOUT_S)
    if order.report is not None:
        order.report.write_text(json.dumps(report.as_dict(), indent=1, ensure_ascii=False), encoding="utf-8")
    counts = report.counts
    typer.echo(
        f"published {counts['published']} rows, duplicates {counts['duplicates']}, not acknowledged {counts['pending']}"
    )


def _show(simulation: FleetSimulation) -> None:
    counts = simulation.counts()
    line = (
        f"{simulation.connected} machines connected, {counts['published']} rows published, {simulation.pending} waiting"
    )
    typer.echo(line + ("\r" if sys.stderr.isatty() else "\n"), err=True, nl=False)
