"""What 500 machines send in the kill test: each message with its rows, disorder and duplicates planned."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

BOOTS = ("first", "second")
STEP_US = 2_000_000
HEALTHY = {
    "engine_speed_rpm": 1500.0,
    "engine_oil_pressure_kpa": 320.0,
    "engine_coolant_temp_degc": 84.0,
    "hydraulic_oil_temp_degc": 61.0,
    "fuel_level_pct": 57.0,
    "engine_hours_h": 5200.25,
}
EPISODES = (
    {"engine_oil_pressure_kpa": 58.5},
    {"engine_coolant_temp_degc": 117.25},
    {"hydraulic_oil_temp_degc": 108.75},
    {"engine_speed_rpm": 3050.5},
    {"fuel_level_pct": 3.5},
)
FAULT = {"sa": 0, "spn": 100, "fmi": 1, "oc": 3}

Key = tuple[str, str, int]  # terminal, boot, seq
Values = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message, the rows that must be stored for it, and how many of its rows must be quarantined."""

    terminal: str
    boot: str
    seq: int
    payload: bytes
    rows: tuple[tuple[int, Values], ...]
    refused: int = 0

    @property
    def key(self) -> Key:
        """What names it in acks and in the ledger."""
        return (self.terminal, self.boot, self.seq)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The same seed and start give the same plan in every process."""

    seed: int
    start_us: int
    machines: int = 500
    messages_per_machine: int = 100
    prefix: str = "kill"

    @property
    def messages_in_all(self) -> int:
        """Distinct messages."""
        return self.machines * self.messages_per_machine

    def terminal(self, machine: int) -> str:
        """A machine's terminal."""
        return f"{self.prefix}-{machine:03d}"

    def messages(self, machine: int) -> list[Message]:
        """A machine's messages in the order in which it measured them; it is switched off and on once."""
        chance = random.Random(f"{self.seed}:{machine}")
        script = list(_script(chance, self.messages_per_machine))
        first_boot = chance.randint(30, 70)
        out = []
        for number, (sick, errors, faults) in enumerate(script):
            boot, seq = (BOOTS[0], number) if number < first_boot else (BOOTS[1], number - first_boot)
            at_us = self.start_us + number * STEP_US + machine % 7 * 1000
            out.append(_message(chance, self.terminal(machine), (boot, seq), at_us, (sick, errors, faults)))
        return out

    def all_messages(self) -> list[Message]:
        """The distinct messages of all machines."""
        return [message for machine in range(self.machines) for message in self.messages(machine)]

    def sending_order(self) -> list[Message]:
        """All messages as they go out: machines interleaved, 5 % twice, neighbours swapped, stretches newest first."""
        chance = random.Random(f"{self.seed}:order")
        lines = [_disordered(random.Random(f"{self.seed}:{m}:order"), self.messages(m)) for m in range(self.machines)]
        out: list[Message] = []
        for turn in range(max(map(len, lines))):
            round_of_all = [line[turn] for line in lines if turn < len(line)]
            chance.shuffle(round_of_all)
            out += round_of_all
        return out


def _script(chance: random.Random, messages: int) -> Iterator[tuple[Values, bool, list[dict[str, int]] | None]]:
    """Per message: the values that are sick, whether the oil sensor fails, the fault list if it is sent."""
    sick: Values = {}
    sick_left = 0
    fault_left = 0
    for _ in range(messages):
        if sick_left == 0:
            ill = chance.random() < 0.03
            sick, sick_left = (chance.choice(EPISODES), chance.randint(2, 25)) if ill else ({}, chance.randint(1, 10))
        sick_left -= 1
        faults: list[dict[str, int]] | None = None
        if fault_left == 1:
            faults = []
        elif fault_left == 0 and chance.random() < 0.005:
            faults, fault_left = [FAULT], chance.randint(3, 20)
        fault_left = max(0, fault_left - 1)
        yield sick, chance.random() < 0.01, faults


def _message(
    chance: random.Random,
    terminal: str,
    name: tuple[str, int],
    at_us: int,
    script: tuple[Values, bool, list[dict[str, int]] | None],
) -> Message:
    sick, sensor_error, faults = script
    boot, seq = name
    several = not sensor_error and faults is None and chance.random() < 0.1
    times_us = [at_us + step * STEP_US // 5 for step in range(5)] if several else [at_us]
    rows = tuple((at, {key: _near(chance, value) for key, value in HEALTHY.items()} | sick) for at in times_us)
    if sensor_error:
        rows = tuple((at, {k: v for k, v in values.items() if k != "engine_oil_pressure_kpa"}) for at, values in rows)
    sent = [*rows]
    refused = 0
    if several and chance.random() < 0.1:  # a row three hours ahead of the others is quarantined, the others are kept
        sent.append((at_us + 3 * 3_600_000_000, dict(HEALTHY)))
        refused = 1
    body: dict[str, object] = {"boot": boot, "seq": seq}
    if several:
        body |= {"t": [at // 1000 for at, _ in sent], "signals": {k: [v[k] for _, v in sent] for k in HEALTHY}}
    else:
        body |= {"t": at_us // 1000, "signals": rows[0][1]}
    if sensor_error:
        body["sensor_errors"] = ["engine_oil_pressure_kpa"]
    if faults is not None:
        body["faults"] = {"list": faults}
    payload = json.dumps(body, separators=(",", ":")).encode()
    return Message(terminal=terminal, boot=boot, seq=seq, payload=payload, rows=rows, refused=refused)


def _near(chance: random.Random, value: float) -> float:
    return round(value * chance.uniform(0.995, 1.005), 3)


def _disordered(chance: random.Random, messages: list[Message]) -> list[Message]:
    line = list(messages)
    for _ in range(3):  # three stretches were stored while the machine was out of reach, and come newest first
        at = chance.randrange(len(line))
        line[at : at + 20] = reversed(line[at : at + 20])
    for at in range(0, len(line) - 1, 7):
        line[at], line[at + 1] = line[at + 1], line[at]
    for message in chance.sample(messages, len(messages) // 20):
        line.insert(chance.randrange(len(line)), message)
    return line
