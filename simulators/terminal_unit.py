"""The terminal in a simulated machine: its clock, its boots and numbers, and the messages it makes of samples."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from fleet.errors import InvalidInput
from simulators.encode import ROWS_PER_MESSAGE, Envelope, Form, Sample, encode_can, encode_native, fault_list
from simulators.faults import FaultCode
from simulators.j1939_encode import encode_slot
from simulators.machines import SimulatedMachine
from simulators.outbox import UNSEQUENCED, Message

_HOUR_US = 3_600_000_000


class ClockFault(StrEnum):
    """Ways in which a terminal's clock is wrong."""

    AHEAD_8H = "ahead_8h"  # local time of Beijing sent as UTC
    BEHIND_8H = "behind_8h"
    DAYS_AHEAD = "days_ahead"
    EPOCH_1970 = "epoch_1970"  # no time source since power-on


@dataclass(slots=True)
class TerminalClock:
    """What the terminal believes the time is. `until_us`: true time at which it is set right, None: never."""

    fault: ClockFault | None = None
    until_us: int | None = None
    powered_us: int = 0  # true time of power-on

    def read_us(self, true_us: int) -> int:
        """The terminal's time at a true time, microseconds."""
        if self.fault is None or (self.until_us is not None and true_us >= self.until_us):
            return true_us
        if self.fault is ClockFault.EPOCH_1970:
            return true_us - self.powered_us
        ahead = {ClockFault.AHEAD_8H: 8, ClockFault.BEHIND_8H: -8, ClockFault.DAYS_AHEAD: 72}[self.fault]
        return true_us + ahead * _HOUR_US


@dataclass(slots=True)
class TerminalUnit:
    """Makes messages. boot and seq number them; a message's rows are known when it is made."""

    machine: SimulatedMachine
    form: Form
    boot_prefix: str
    clock: TerminalClock = field(default_factory=TerminalClock)
    boots: int = 0
    seq: int = 0
    _waiting: list[Sample] = field(default_factory=list)
    _beside: dict[str, Any] = field(default_factory=dict)
    _codes: tuple[FaultCode, ...] | None = None

    def __post_init__(self) -> None:
        if self.form not in ROWS_PER_MESSAGE:
            raise InvalidInput(f"unknown form {self.form!r}")

    @property
    def boot(self) -> str:
        """The name of this power cycle."""
        return f"{self.boot_prefix}-{self.boots}"

    def restart(self, true_us: int) -> list[Message]:
        """Power off and on: what waited goes out under the old boot, then a new boot begins at seq 0."""
        left = self.flush()
        self.boots += 1
        self.seq = 0
        self.clock.powered_us = true_us
        self._codes = None
        return left

    def take(
        self, true_us: int, signals: dict[str, float | None], codes: Sequence[FaultCode], dead: frozenset[str]
    ) -> list[Message]:
        """One reading of all sensors; returns the messages that are complete with it (often none or one)."""
        at_us = self.clock.read_us(true_us)
        if self.form is Form.CAN:
            return [self._can(at_us, signals, codes, dead)]
        if tuple(codes) != self._codes:
            if self._codes is None:
                self._beside["attributes"] = {"software_id": f"ECU-{self.machine.spec.prefix}-2.{self.boots}"}
                self._beside["events"] = [{"t": at_us // 1_000, "text": "key on"}]
            self._codes = tuple(codes)
            self._beside["faults"] = fault_list(codes, at_us)
        out: list[Message] = []
        if dead:  # an error belongs to its sample's instant: that sample goes alone
            out += self.flush()
            self._beside["sensor_errors"] = sorted(dead)
        self._waiting.append(Sample(at_us, signals))
        if dead or self._beside or len(self._waiting) >= ROWS_PER_MESSAGE[self.form]:
            out += self.flush()
        return out

    def flush(self) -> list[Message]:
        """The samples that wait for their message to fill, as a message."""
        if not self._waiting:
            return []
        samples, self._waiting = self._waiting, []
        beside, self._beside = self._beside, {}
        single = len(samples) == 1 and "sensor_errors" in beside
        form = Form.SAMPLE if single else self.form
        return [self.native(samples, form, beside)]

    def native(self, samples: Sequence[Sample], form: Form, beside: Mapping[str, Any]) -> Message:
        """The next message of this boot, in a native form."""
        payload = encode_native(Envelope(self.boot, self.seq, dict(beside)), samples, form)
        return self._number("telemetry", payload, tuple(s.at_us for s in samples))

    def malformed(self, rng: np.random.Generator, true_us: int) -> Message:
        """A message that no decoder can take, each one different from all others."""
        nonce = f"{self.boot}-{self.seq}-{rng.integers(1 << 48):012x}"
        at_ms = self.clock.read_us(true_us) // 1_000
        bodies = (
            f'{{"t":{at_ms},"signals":{{"engine_speed_rpm":18'.encode() + nonce.encode(),  # cut off
            f'{{"t":{at_ms},"signals":{{"engine_speed_rpm":NaN}},"x":"{nonce}"}}'.encode(),
            f'{{"t":"yesterday {nonce}","signals":{{"engine_speed_rpm":900}}}}'.encode(),
            b"\x1f\x8b\x08\x00" + nonce.encode(),  # says gzip, is not
            f"\x02HELLO {nonce}".encode(),
            json.dumps({"t": [at_ms, at_ms + 1], "signals": {"engine_speed_rpm": [1.0]}, "x": nonce}).encode(),
        )
        body = bodies[int(rng.integers(len(bodies)))]
        topic = f"ecc/v1/{self.machine.terminal}/telemetry"
        return Message(topic, body, self.boot, UNSEQUENCED, ())

    def _can(
        self, at_us: int, signals: dict[str, float | None], codes: Sequence[FaultCode], dead: frozenset[str]
    ) -> Message:
        slot_us = at_us - at_us % 1_000_000
        frames = encode_slot(slot_us // 1_000, signals, codes, dead)
        payload = encode_can(Envelope(self.boot, self.seq), frames)
        return self._number("can", payload, (slot_us,))

    def _number(self, topic: str, payload: bytes, rows: tuple[int, ...]) -> Message:
        message = Message(f"ecc/v1/{self.machine.terminal}/{topic}", payload, self.boot, self.seq, rows)
        self.seq += 1
        return message
