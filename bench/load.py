"""What the benches send: which machine says what at which instant, as MQTT packets and as rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bench.packets import PACKET_IDS, PUBLISH_QOS1, V5, variable_length
from bench.signal_sets import HEALTHY, SignalSet, signal_sets

Float64Array = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]

BLOCKS = 400  # distinct payloads a machine in one condition cycles through


@dataclass(frozen=True, kw_only=True)
class Load:
    """One run's messages. Message i belongs to machine i % machines and is its (i // machines)-th one.

    start_us: measured_at of the first row; spacing_us: between a machine's rows; newest_first sends each machine's
    history backwards, with the sequence numbers it was recorded under. 1 % of the machines break a rule.
    """

    messages: int
    start_us: int
    spacing_us: int
    boot: str
    machines: int = 10_000
    rows_per_message: int = 1
    sets: int = 3
    newest_first: bool = False
    sentinel_us: int = 0  # measured_at of the closing row of each connection; 0: none

    def __post_init__(self) -> None:
        if self.messages % self.machines:
            raise ValueError("every machine sends the same number of messages")
        if self.spacing_us % 1000 or self.start_us % 1000 or self.sentinel_us % 1000:
            raise ValueError("the wire carries milliseconds")

    @property
    def rows(self) -> int:
        """Reading rows in all, the closing rows not counted."""
        return self.messages * self.rows_per_message

    @property
    def breaking_machines(self) -> int:
        """How many machines break a rule."""
        return self.machines // 100

    @cached_property
    def signal_sets(self) -> list[SignalSet]:
        """The sets in use; machine m reports set m % sets."""
        return signal_sets(self.sets)

    @cached_property
    def turn(self) -> Int64Array:
        """Which of its machine's messages each message is, by recording time, (messages,)."""
        turn = np.arange(self.messages, dtype=np.int64) // self.machines
        return (self.messages // self.machines - 1) - turn if self.newest_first else turn

    @cached_property
    def machine(self) -> Int64Array:
        """The machine of each message, (messages,)."""
        return np.arange(self.messages, dtype=np.int64) % self.machines

    @cached_property
    def first_at_ms(self) -> Int64Array:
        """measured_at of the first row of each message, (messages,); machines are spread over the spacing."""
        spacing_ms = self.spacing_us // 1000
        offset = self.machine * spacing_ms // self.machines
        return self.start_us // 1000 + self.turn * self.rows_per_message * spacing_ms + offset

    @cached_property
    def block(self) -> Int64Array:
        """Which of the pool's payloads each message carries, (messages,)."""
        return (self.machine * 7 + self.turn * 13) % BLOCKS

    @cached_property
    def condition(self) -> npt.NDArray[np.int8]:
        """HEALTHY, or the index in its set's `breaks`, (messages,): a breaker is ill in the middle half of the run."""
        condition = np.full(self.messages, HEALTHY, np.int8)
        turns = self.messages // self.machines
        ill = (self.machine < self.breaking_machines) & (self.turn >= turns // 4) & (self.turn < turns - turns // 4)
        for number, signals in enumerate(self.signal_sets):
            rows = np.flatnonzero(ill & (self.machine % self.sets == number))
            if signals.breaks:
                condition[rows] = (self.machine[rows] // self.sets) % len(signals.breaks)
        return condition

    @cached_property
    def pools(self) -> list[dict[int, Pool]]:
        """For each set and condition, the payload pieces and their values."""
        return [
            {c: Pool.made(signals, c, self.rows_per_message) for c in range(HEALTHY, len(signals.breaks))}
            for signals in self.signal_sets
        ]


@dataclass(frozen=True)
class Pool:
    """Payload pieces: texts[b] is the inside of "signals" whose values are values[b], (rows, signals)."""

    texts: list[bytes]
    values: Float64Array = field(repr=False)

    @classmethod
    def made(cls, signals: SignalSet, condition: int, rows: int) -> Pool:
        """BLOCKS pieces of `rows` rows each, the same ones in every process."""
        values = signals.values(condition, BLOCKS * rows, seed=1).reshape(BLOCKS, rows, len(signals.keys))
        return cls([_text(signals.keys, block) for block in values], values)


def _text(keys: tuple[str, ...], block: Float64Array) -> bytes:
    if len(block) == 1:
        return ",".join(f'"{key}":{value!r}' for key, value in zip(keys, block[0].tolist(), strict=True)).encode()
    columns = block.T.tolist()
    return ",".join(
        f'"{key}":[{",".join(map(repr, column))}]' for key, column in zip(keys, columns, strict=True)
    ).encode()


def terminal_name(machine: int) -> str:
    """The terminal of a machine; it is the machine's PIN too."""
    return f"bench-{machine:05d}"


def sentinel_name(connection: int) -> str:
    """The terminal that closes a connection's messages."""
    return f"bench-end-{connection:02d}"


@dataclass(frozen=True)
class Stream:
    """One connection's packets: `ends[i]` is where packet i ends in `blob`."""

    blob: bytes
    ends: Int64Array


def encode(load: Load, connection: int, connections: int, version: int = V5) -> Stream:
    """The PUBLISH packets of the messages i with i % connections == connection, packet ids counted from 1."""
    mine = np.arange(connection, load.messages, connections)
    properties = b"\0" if version == V5 else b""
    topics = [_topic(terminal_name(m)) for m in range(load.machines)]
    ids = [i.to_bytes(2, "big") + properties for i in range(1, PACKET_IDS + 1)]
    texts = [{c: pool.texts for c, pool in pools.items()} for pools in load.pools]
    head, times = b'{"boot":"' + load.boot.encode() + b'","seq":', _times(load, mine)
    packets = []
    columns = (load.machine, load.turn, load.condition, load.block)
    for number, (machine, turn, condition, block, at) in enumerate(
        zip(*(column[mine].tolist() for column in columns), times, strict=True)
    ):
        text = texts[machine % load.sets][condition][block]
        body = b'%b%b%b%d,"t":%b,"signals":{%b}}' % (
            *(topics[machine], ids[number % PACKET_IDS], head, turn, at, text),
        )
        packets.append(b"\x32" + variable_length(len(body)) + body)
    if load.sentinel_us:
        packets.append(_sentinel(load, connection, ids[len(packets) % PACKET_IDS]))
    return Stream(b"".join(packets), np.cumsum([len(p) for p in packets]))


def _times(load: Load, mine: Int64Array) -> list[bytes]:
    first = load.first_at_ms[mine].tolist()
    if load.rows_per_message == 1:
        return [b"%d" % at for at in first]
    spacing, rows = load.spacing_us // 1000, load.rows_per_message
    return [f"[{','.join(map(str, range(at, at + rows * spacing, spacing)))}]".encode() for at in first]


def _topic(terminal: str) -> bytes:
    topic = f"ecc/v1/{terminal}/telemetry".encode()
    return len(topic).to_bytes(2, "big") + topic


def _sentinel(load: Load, connection: int, packet_id: bytes) -> bytes:
    at = load.sentinel_us // 1000
    payload = b'{"boot":"%d","seq":0,"t":%d,"signals":{"engine_speed_rpm":800.0}}' % (at, at)
    body = _topic(sentinel_name(connection)) + packet_id + payload
    return bytes((PUBLISH_QOS1,)) + variable_length(len(body)) + body


@dataclass(frozen=True)
class Rows:
    """The same load as rows, in the order in which it is sent; (rows,) each, values (rows, signals of the set)."""

    machine: Int64Array
    at_us: Int64Array
    set_number: Int64Array
    values: Float64Array


def rows_of(load: Load) -> Rows:
    """What the database must hold after `load`, before rounding to the stored types."""
    width = load.rows_per_message
    values = np.empty((load.messages, width, len(load.signal_sets[0].keys)))
    set_number = load.machine % load.sets
    for number, pools in enumerate(load.pools):
        for condition, pool in pools.items():
            chosen = np.flatnonzero((set_number == number) & (load.condition == condition))
            values[chosen] = pool.values[load.block[chosen]]
    steps = np.arange(width, dtype=np.int64) * load.spacing_us
    at_us = (load.first_at_ms * 1000)[:, None] + steps
    return Rows(
        np.repeat(load.machine, width),
        at_us.ravel(),
        np.repeat(set_number, width),
        values.reshape(load.rows, -1),
    )
