"""`ecc simulate`: simulated machines in the foreground, with a line of progress a second."""

import json
import signal
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import typer

from app.processes import settings_or_exit
from app.settings import Settings
from simulators.config import SimulationConfig
from simulators.fleet import FleetSimulation
from simulators.mqtt import Broker
from simulators.plan import DEMO_PLAN, load_plan
from simulators.run import run_simulation

DRAIN_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationOrder:
    """What is asked of a simulation; `plan` None: the demo's."""

    machines: int
    seed: int
    speedup: float
    plan: Path | None
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


def simulate_in_foreground(order: SimulationOrder) -> None:
    """Run until the duration is over or a signal comes, wait until everything is acknowledged, write the report."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    config = SimulationConfig(
        broker=simulators_broker(settings_or_exit()),
        machines=order.machines,
        seed=order.seed,
        speedup=order.speedup,
        duration_s=order.duration_s,
        plan=load_plan(order.plan or DEMO_PLAN),
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
