"""The weeks before a demo: what the terminals of a fleet measured then, sent late as the back-fill of real ones is."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isfinite
from threading import Event
from zoneinfo import ZoneInfo

import numpy as np
from paho.mqtt import client as paho

from fleet.batch import BoolArray, Float64Array
from fleet.signals import Aggregation, Catalogue
from simulators.encode import Envelope, Form, Sample, encode_native
from simulators.machines import SimulatedMachine
from simulators.month.fleet_month import FleetMonth
from simulators.month.instruments import Stream
from simulators.month.rows import ROW_US, START_US
from simulators.mqtt import Broker, make_client
from simulators.physics.world import World

ROWS_PER_MESSAGE = 200
ON_EVERY_ROWS, OFF_EVERY_ROWS = 6, 90  # a reading a minute at work, one in a quarter of an hour at rest
TURNS_RPM = 300.0  # an engine that is not cranked any more
QUIET_US = 120_000_000  # between the last row and the run that follows
IN_FLIGHT = 4  # messages that the broker has not taken yet
_ANSWER_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryOrder:
    """What is wanted: `fleet` as it was on the `fleet.days` days up to `end_us`.

    Its counters end where those of the run with `seed` begin. `boot` names the power cycle of these messages;
    `rows_per_s` is how fast they may go out.
    """

    fleet: FleetMonth
    end_us: int
    seed: int
    boot: str
    rows_per_s: float


@dataclass(frozen=True, slots=True)
class HistoryMessage:
    """One PUBLISH: topic, payload, and how many rows are in it."""

    topic: str
    payload: bytes
    rows: int


def publish_history(
    order: HistoryOrder, broker: Broker, stop: Event, told: Callable[[SimulatedMachine, int], None]
) -> None:
    """Send it machine by machine, oldest rows first, no faster than asked for; `told` hears of each machine that is
    done, with its rows. Returns early when `stop` is set. Raises OSError when the broker cannot be reached."""
    client = make_client(broker, f"{order.boot}-history")
    client.max_inflight_messages_set(IN_FLIGHT)
    client.connect(broker.host, broker.port, broker.keepalive_s)
    client.loop_start()
    try:
        begins = counters_at_start(order.fleet.machines, order.seed)
        for index, machine in enumerate(order.fleet.machines):
            rows = 0
            for message in machine_messages(order, index, begins[index]):
                if not _sent(client, message, stop):
                    return
                rows += message.rows
                stop.wait(message.rows / order.rows_per_s)
            told(machine, rows)
    finally:
        client.disconnect()
        client.loop_stop()


def _sent(client: paho.Client, message: HistoryMessage, stop: Event) -> bool:
    """Whether the broker has taken it; False once `stop` is set."""
    waiting = client.publish(message.topic, message.payload, qos=1)
    while not stop.is_set():
        waiting.wait_for_publish(_ANSWER_WITHIN_S if client.is_connected() else 0.5)
        if waiting.is_published():
            return True
    return False


def counters_at_start(machines: Sequence[SimulatedMachine], seed: int) -> list[dict[str, float]]:
    """Signal key -> what each machine's instruments read when the run with `seed` begins; NaN for what it lacks."""
    world = World(machines, seed)
    values = world.measure(np.arange(len(machines), dtype=np.intp))
    return [dict(zip(world.instruments.keys, row.tolist(), strict=True)) for row in values]


def machine_messages(order: HistoryOrder, index: int, begins: dict[str, float]) -> Iterator[HistoryMessage]:
    """The messages of one machine in the order of their rows."""
    machine = order.fleet.machines[index]
    stream, _ = order.fleet.month(index)
    at_us = stream.at_us - START_US + _first_midnight_us(machine, order)
    kept = _kept(stream, order.fleet.catalogue) & (at_us < order.end_us - QUIET_US)
    at_us, values = at_us[kept], _ending_at(stream, stream.values[kept], begins, order.fleet.catalogue)
    keys = [order.fleet.catalogue.signals[position].key for position in stream.signals.tolist()]
    for seq, first in enumerate(range(0, len(at_us), ROWS_PER_MESSAGE)):
        part = slice(first, first + ROWS_PER_MESSAGE)
        samples = [
            Sample(at, {key: value for key, value in zip(keys, row, strict=True) if isfinite(value)})  # NaN: not told
            for at, row in zip(at_us[part].tolist(), values[part].tolist(), strict=True)
        ]
        payload = encode_native(Envelope(order.boot, seq), samples, Form.GZIP)
        yield HistoryMessage(f"ecc/v1/{machine.terminal}/telemetry", payload, len(samples))


def _first_midnight_us(machine: SimulatedMachine, order: HistoryOrder) -> int:
    """The midnight of the machine's site at which its first day begins; the last one is the day of `end_us`."""
    zone = ZoneInfo(machine.site.time_zone)
    last = datetime.fromtimestamp(order.end_us / 1e6, UTC).astimezone(zone).date()
    first = datetime.combine(last - timedelta(days=order.fleet.days - 1), datetime.min.time(), zone)
    return round(first.timestamp() * 1e6) // ROW_US * ROW_US


def _kept(stream: Stream, catalogue: Catalogue) -> BoolArray:
    """Which rows the terminal kept: fewer while the engine stands, and the first and last of each spell."""
    runs = stream.values[:, int(np.flatnonzero(stream.signals == catalogue.index["engine_speed_rpm"])[0])] > TURNS_RPM
    row = (stream.at_us - START_US) // ROW_US
    turns = np.concatenate(([True], runs[1:] != runs[:-1]))
    every = np.where(runs, ON_EVERY_ROWS, OFF_EVERY_ROWS)
    kept: BoolArray = (row % every == 0) | turns | np.append(turns[1:], True)
    return kept


def _ending_at(stream: Stream, kept: Float64Array, begins: dict[str, float], catalogue: Catalogue) -> Float64Array:
    """The rows `kept`, each counter moved so that it ends where the run begins (from 0 up where it grew more)."""
    values = kept.copy()
    for column, position in enumerate(stream.signals.tolist()):
        signal = catalogue.signals[position]
        end = begins.get(signal.key, float("nan"))
        told = np.flatnonzero(np.isfinite(values[:, column]))
        if signal.aggregation is Aggregation.COUNTER and np.isfinite(end) and len(told):
            counted = values[:, column] - values[told[0], column]
            grown = counted[told[-1]]
            values[:, column] = np.round(max(end - grown, 0.0) + counted * min(1.0, end / max(grown, 1e-9)), 3)
    return values
