"""The weeks before a demo: what the terminals of a fleet measured then, sent late as the back-fill of real ones is."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from threading import Event

import numpy as np
from paho.mqtt import client as paho

from fleet.signals import Catalogue
from simulators.encode import Envelope, encode_columns
from simulators.errands import is_runner, send_on_errands
from simulators.kinds import KINDS
from simulators.last_words import SILENCES, gone_silent
from simulators.machines import SimulatedMachine
from simulators.month.fleet_month import FleetMonth
from simulators.mqtt import Broker, make_client
from simulators.past_rows import ROWS_PER_MESSAGE, PastRows, first_midnight_us, past_rows
from simulators.physics.world import World

QUIET_US = 120_000_000  # between the last row and the run that follows
IN_FLIGHT = 4  # messages that the broker has not taken yet
_ANSWER_WITHIN_S = 30.0
_FINE_DECIMALS = 4  # of what is kept as float4


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryOrder:
    """What is wanted: `fleet` as it was on the `fleet.days` days up to `end_us`.

    The counters of its first `live` machines end where those of the run with `seed` begin; the others are not in that
    run: they have gone silent, each in its own way. `boot` names the power cycle of these messages; `rows_per_s` is how
    fast they may go out.
    """

    fleet: FleetMonth
    live: int
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
    """Send it machine by machine, those that are silent now before the others, oldest rows first, no faster than asked
    for; `told` hears of each machine that is done, with its rows. Returns early when `stop` is set. Raises OSError when
    the broker cannot be reached."""
    client = make_client(broker, f"{order.boot}-history")
    client.max_inflight_messages_set(IN_FLIGHT)
    client.connect(broker.host, broker.port, broker.keepalive_s)
    client.loop_start()
    machines = order.fleet.machines
    try:
        begins = counters_at_start(machines[: order.live], order.seed)
        for index in (*range(order.live, len(machines)), *range(order.live)):
            rows = 0
            for message in machine_messages(order, index, begins[index] if index < order.live else {}):
                if not _sent(client, message, stop):
                    return
                rows += message.rows
                stop.wait(message.rows / order.rows_per_s)
            told(machines[index], rows)
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
    """The messages of one machine in the order of their rows; of one that is silent now with how it went."""
    machine, catalogue = order.fleet.machines[index], order.fleet.catalogue
    end_us, silence = order.end_us - QUIET_US, None
    first_us = first_midnight_us(machine.site, order.end_us, order.fleet.days)
    rows = past_rows(order.fleet.month(index), begins, catalogue, first_us=first_us, end_us=end_us)
    if is_runner(machine.spec.kind, index // len(KINDS) + 1):
        send_on_errands(rows, first_us, order.fleet.days)
    if index >= order.live:
        silence = SILENCES[(index - order.live) % len(SILENCES)]
        rows = gone_silent(rows, silence, catalogue, end_us=end_us)
    for seq, part in _numbered(rows):
        payload = encode_columns(Envelope(order.boot, seq), rows.at_us[part].tolist(), _columns(rows, part, catalogue))
        yield HistoryMessage(f"ecc/v1/{machine.terminal}/telemetry", payload, part.stop - part.start)
    status = None if silence is None else silence.parting.status(end_us, order.boot)
    if status is not None:
        yield HistoryMessage(f"ecc/v1/{machine.terminal}/status", status, 0)


def _numbered(rows: PastRows) -> Iterator[tuple[int, slice]]:
    """Sequence number and rows of each message; what the terminal had to forget has numbers too."""
    begins = [0, *(np.flatnonzero(np.diff(rows.forgotten)) + 1).tolist(), len(rows.at_us)]
    sent = 0
    for begin, end in pairwise(begins):
        for first in range(begin, end, ROWS_PER_MESSAGE):
            yield sent + int(rows.forgotten[begin]), slice(first, min(first + ROWS_PER_MESSAGE, end))
            sent += 1


def _columns(rows: PastRows, part: slice, catalogue: Catalogue) -> dict[str, list[float | None]]:
    """What was told, signal by signal; None: not at that instant. No more digits than are kept."""
    found: dict[str, list[float | None]] = {}
    for key, column in zip(rows.keys, rows.values[part].T, strict=True):
        told = np.isfinite(column)
        if not told.any():
            continue
        fine = np.round(column, _FINE_DECIMALS) if catalogue[key].stored == "float4" else column
        values: list[float | None] = fine.tolist()
        found[key] = (
            values if told.all() else [value if is_told else None for value, is_told in zip(values, told, strict=True)]
        )
    return found
