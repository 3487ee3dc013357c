"""A machine's story as a test writes it: rows, sensor errors and fault lists at seconds, and what came of them."""

from dataclasses import dataclass, field

import numpy as np

from diagnosis.engine import Engine, Rows
from diagnosis.rejudge import Job, Rejudge, Rejudged
from diagnosis.rows import NO_TIME
from diagnosis.rule_file import parse_rules
from diagnosis.ruleset import RuleSet
from fleet.batch import EventBatch, EventKind, FaultSource
from fleet.findings import Finding
from fleet.signals import packaged_catalogue

CATALOGUE = packaged_catalogue()
START = 1_700_000_000
SECOND = 1_000_000
WORDS = "\n".join(f'{name} = {{ zh = "文", en = "text" }}' for name in ("title", "owner", "expert"))
OIL, SPEED, FUEL, VOLTS = "engine_oil_pressure_kpa", "engine_speed_rpm", "fuel_level_pct", "battery_voltage_v"
LOW = {"when": f"{OIL} < 100", "for": "10s", "clear": f"{OIL} > 140"}
CODES = f'[codes]\nkind = "dtc"\nseverity = "by_code"\n{WORDS}'


_AS_WRITTEN = {"applies": "applies_to", "limits": "limits"}  # fields given as TOML


def engine_of(*, codes: bool = False, **rules: dict[str, str]) -> Engine:
    """An engine with rules given as name={"when": ..., "for": ..., "clear": ...}."""
    texts = [CODES] if codes else []
    for name, given in rules.items():
        fields = {"severity": "low", **given}
        applies_to = fields.pop("applies_to", None)
        written = [f"{name} = {fields.pop(key)}" for key, name in _AS_WRITTEN.items() if key in fields]
        lines = [f"[{name}]", *(f'{key} = "{value}"' for key, value in fields.items())]
        if applies_to:
            lines.append(f'applies_to = ["{applies_to}"]')
        texts.append("\n".join([*lines, *written]) + "\n" + WORDS)
    return Engine(CATALOGUE, RuleSet([rule for text in texts for rule in parse_rules(text, CATALOGUE)]))


def low(**changes: str) -> Engine:
    """An engine with one rule, LOW."""
    return engine_of(low={**LOW, **changes})


@dataclass
class Story:
    """Rows and events of one machine at seconds from START."""

    machine: int = 1
    rows: dict[float, dict[str, float]] = field(default_factory=dict)
    errors: list[tuple[float, str]] = field(default_factory=list)
    faults: list[tuple[float, int, int, int, bool]] = field(default_factory=list)

    def row(self, *seconds: float, **values: float) -> "Story":
        for at in seconds:
            self.rows.setdefault(at, {}).update(values)
        return self

    def every(self, first: float, last: float, step: float = 1, **values: float) -> "Story":
        return self.row(*np.arange(first, last + step / 2, step).tolist(), **values)

    def error(self, at: float, key: str) -> "Story":
        self.errors.append((at, key))
        return self

    def dm1(self, at: float, *codes: tuple[int, int], address: int = 0) -> "Story":
        self.faults += [(at, address, spn, fmi, False) for spn, fmi in codes or ((0, 0),)]
        return self

    def listed(self, at: float, *codes: tuple[int, int, int]) -> "Story":
        self.faults += [(at, *code, True) for code in codes or ((-1, 0, 0),)]
        return self

    def between(self, start: float = -1e9, end: float = 1e9) -> "Story":
        """The part in [start, end)."""
        return Story(
            self.machine,
            {at: dict(values) for at, values in self.rows.items() if start <= at < end},
            [error for error in self.errors if start <= error[0] < end],
            [fault for fault in self.faults if start <= fault[0] < end],
        )

    def last(self) -> float:
        return max([*self.rows, *(e[0] for e in self.errors), *(f[0] for f in self.faults)])

    def first(self) -> float:
        return min([*self.rows, *(e[0] for e in self.errors), *(f[0] for f in self.faults)])


def oil(*values: float) -> Story:
    """One oil pressure a second from 0 s."""
    story = Story()
    for at, value in enumerate(values):
        story.row(at, **{OIL: value})
    return story


def us(seconds: float) -> int:
    return round((START + seconds) * SECOND)


def seconds(at_us: int | None) -> float | None:
    return None if at_us is None else at_us / SECOND - START


def rows_of(*stories: Story) -> Rows:
    found = sorted((story.machine, us(at), values) for story in stories for at, values in story.rows.items())
    matrix = np.full((len(found), len(CATALOGUE)), np.nan)
    for number, (_, _, told) in enumerate(found):
        for key, value in told.items():
            matrix[number, CATALOGUE.index[key]] = value
    matrix[:, CATALOGUE.is_float4] = matrix[:, CATALOGUE.is_float4].astype(np.float32)
    return Rows(np.array([f[0] for f in found], np.int32), np.array([f[1] for f in found], np.int64), matrix)


def events_of(*stories: Story) -> EventBatch:
    rows = []
    for story in stories:
        for at, key in story.errors:
            rows.append((story.machine, us(at), EventKind.SENSOR_ERROR, -1, -1, -1, CATALOGUE.index[key], 1))
        for at, address, spn, fmi, native in story.faults:
            source = FaultSource.NATIVE if native else FaultSource.CAN
            rows.append((story.machine, us(at), EventKind.FAULT, address, spn, fmi, -1, source))
    columns = np.array(rows, np.int64).reshape(-1, 8).T
    fill = np.full(len(rows), -1, np.int16)
    small = [column.astype(np.int16) for column in columns]
    return EventBatch(
        message=np.zeros(len(rows), np.int32),
        machine=columns[0].astype(np.int32),
        measured_at_us=columns[1],
        received_at_us=columns[1],
        kind=small[2],
        source_address=small[3],
        spn=columns[4].astype(np.int32),
        fmi=small[5],
        count=fill,
        lamps=fill,
        signal=small[6],
        value=small[7],
        text=[None] * len(rows),
    )


def shown(findings) -> list[tuple[str, float | None, float | None, float | None]]:
    """(source key, from, held, to) in seconds, the last word on each finding, in time order."""
    last = {(f.machine, f.source_key, f.from_us): f for f in findings}
    return sorted((f.source_key, seconds(f.from_us), seconds(f.held_us), seconds(f.to_us)) for f in last.values())


def judged(engine: Engine, *stories: Story) -> list[Finding]:
    """All findings of the stories judged in one batch from nothing."""
    return list(engine.judge(rows_of(*stories), events_of(*stories), engine.fresh_state()).findings)


def rejudged(engine: Engine, jobs: list[Job], recorded: list[Finding], *stored: Story) -> Rejudged:
    """Run a re-judgement to its end on stored stories; `plan.reads` of the result says what was asked for."""
    plan, by_machine = Rejudge(engine, jobs, recorded), {story.machine: story for story in stored}
    reads: list[tuple[int, float, float]] = []
    while len(need := plan.need()):
        parts, first = [], []
        for machine, start, end in zip(need.machine.tolist(), need.from_us.tolist(), need.to_us.tolist(), strict=True):
            reads.append((machine, seconds(start), seconds(end)))
            parts.append(by_machine[machine].between(seconds(start), seconds(end)))
            story = by_machine[machine]
            first.append(us(story.first()) if story.rows or story.errors or story.faults else NO_TIME)
        plan.feed(rows_of(*parts), events_of(*parts), np.array(first, np.int64))
    rejudged.reads = reads
    return plan.result()
