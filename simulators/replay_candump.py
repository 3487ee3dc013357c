"""Replaying a recorded CAN log over MQTT, as the machine it was recorded on would have sent it."""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

from fleet.errors import InvalidInput
from simulators.candump import SLOT_US, Frame, read_candump, slots_of
from simulators.encode import Envelope, encode_can
from simulators.link import Books, Link
from simulators.mqtt import Broker
from simulators.network import Network
from simulators.outbox import Message
from simulators.publish_log import PublishLog
from simulators.tally import Tally

_POLL_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayConfig:
    """What to replay. speed: recorded seconds per wall second, at least 1 (slower, stamps would run ahead of now).

    keep_time keeps the recorded stamps; without it they move by whole seconds so that the last one falls in the
    second in which the run ends. Raises InvalidInput for a speed below 1.
    """

    path: Path
    terminal: str
    broker: Broker = field(default_factory=Broker)
    speed: float = 1.0
    keep_time: bool = False
    ack_timeout_s: float = 60.0
    boot: str | None = None  # unique per run unless given

    def __post_init__(self) -> None:
        if not self.speed >= 1.0:
            raise InvalidInput("the speed of a replay is at least 1: slower, its stamps would lie ahead of now")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayReport:
    """What was sent. first_us, last_us: stamps of the first and last frame as sent. acked: all of it is committed."""

    frames: int
    extended_frames: int
    standard_frames: int
    empty_frames: int  # remote requests and frames without data: not sent
    messages: int
    slots: int
    first_us: int
    last_us: int
    shift_s: int
    acked: bool
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Piece:
    """One message and the wall time at which its last frame is over."""

    at_s: float
    message: Message


def history_needs(frames: list[Frame], terminal: str) -> str:
    """What the platform must have for a replay that keeps its stamps, in a sentence."""
    ends = (datetime.fromtimestamp(f.at_us / 1e6, UTC) for f in (frames[0], frames[-1]))
    first, last = (end.isoformat(timespec="seconds") for end in ends)
    return (
        f"The stamps are kept: {first} to {last}. The retention must reach back to then, and terminal {terminal} must "
        "have been installed on its machine at that time; otherwise the rows go to quarantine."
    )


def whole_second_shift(frames: list[Frame], end_s: float) -> int:
    """Whole seconds to add so that the last stamp lies at most 1 s before `end_s` (Unix seconds), never after it."""
    return int((end_s * 1e6 - frames[-1].at_us) // SLOT_US)


def pieces_of(frames: list[Frame], config: ReplayConfig, boot: str, end_s: float, shift_s: int) -> Iterator[Piece]:
    """One message a slot, stamps moved by `shift_s`, paced so that the last frame falls on `end_s` (Unix seconds)."""
    last_us, shift_us = frames[-1].at_us, shift_s * SLOT_US
    topic = f"ecc/v1/{config.terminal}/can"
    for seq, (slot_us, own) in enumerate(slots_of(f for f in frames if f.body)):
        sent = [
            {"t": (f.at_us + shift_us) / 1_000, "id": f.identifier, "ext": f.extended, "hex": f.body.hex().upper()}
            for f in own
        ]
        over_us = min(slot_us + SLOT_US, last_us)
        at_s = end_s - (last_us - over_us) / 1e6 / config.speed
        payload = encode_can(Envelope(boot, seq), sent)
        yield Piece(at_s, Message(topic, payload, boot, seq, (slot_us + shift_us,)))


def replay_candump(
    config: ReplayConfig, stop: Event, progress: Callable[[int, int], None] | None = None
) -> ReplayReport:
    """Publish the log, one message a slot, and wait for the commit acks at most ack_timeout_s.

    `progress(sent, of)` is called after each message. Raises InvalidInput when the log cannot be read.
    """
    frames = read_candump(config.path)
    began_s = time.time()
    end_s = began_s + (frames[-1].at_us - frames[0].at_us) / 1e6 / config.speed
    shift_s = 0 if config.keep_time else whole_second_shift(frames, end_s)
    boot = config.boot or f"replay-{int(began_s * 1_000):x}"
    pieces = list(pieces_of(frames, config, boot, end_s, shift_s))
    link = Link(config.terminal, config.broker, Books(Tally(), PublishLog()), client_prefix="replay")
    link.boot = boot
    network = Network([link])
    try:
        sent = _publish(pieces, link, network, stop, progress)
        acked = _wait_for_acks(link, network, stop, config.ack_timeout_s) and sent == len(pieces)
    finally:
        network.close()
    empty = sum(not f.body for f in frames)
    extended = sum(f.extended for f in frames)
    return ReplayReport(
        frames=len(frames), extended_frames=extended, standard_frames=len(frames) - extended, empty_frames=empty,
        messages=sent, slots=sent, first_us=frames[0].at_us + shift_s * SLOT_US,
        last_us=frames[-1].at_us + shift_s * SLOT_US, shift_s=shift_s, acked=acked,
        seconds=round(time.time() - began_s, 3),
    )  # fmt: skip


def _publish(
    pieces: list[Piece], link: Link, network: Network, stop: Event, progress: Callable[[int, int], None] | None
) -> int:
    for sent, piece in enumerate(pieces):
        while (left_s := piece.at_s - time.time()) > 0 and not stop.is_set():
            network.poll(min(left_s, _POLL_S))
        if stop.is_set():
            return sent
        link.submit(piece.message, time.monotonic())
        network.watch(link)
        network.poll(0.0)
        if progress is not None:
            progress(sent + 1, len(pieces))
    return len(pieces)


def _wait_for_acks(link: Link, network: Network, stop: Event, timeout_s: float) -> bool:
    until_s = time.monotonic() + timeout_s
    while not link.idle and time.monotonic() < until_s and not stop.is_set():
        network.poll(_POLL_S)
    return link.idle
