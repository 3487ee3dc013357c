"""Random rules and random machines: few values, few thresholds and round times, so that borders are often met."""

import random
from dataclasses import dataclass
from datetime import datetime
from math import ceil, log2
from zoneinfo import ZoneInfo

from diagnosis.rule import Rule
from diagnosis.rule_file import parse_rules
from diagnosis.ruleset import RuleSet
from fleet.signals import Catalogue
from tests.fuzz.oracle import SECOND, OracleOverride, OracleRule, SignalFacts, Stream, float4

SIGNALS = (
    "engine_speed_rpm",  # hold 5 s
    "battery_voltage_v",  # 5 s, 13.2 is not a float4
    "fuel_level_pct",  # 5 s
    "water_in_fuel",  # 30 s
    "dpf_soot_load_pct",  # 60 s
    "engine_hours_h",  # float8, 3600 s
    "latitude_deg",  # float8, 5 s
    "longitude_deg",
)
BRISK_SIGNALS = (*SIGNALS[:3], "latitude_deg", "longitude_deg")
UNITS = {"engine_speed_rpm": "rpm", "battery_voltage_v": "V", "fuel_level_pct": "%", "engine_hours_h": "h"}
FLOAT8 = ("engine_hours_h", "latitude_deg", "longitude_deg")
VALUES = {
    "engine_speed_rpm": (0.0, 300.0, 600.0, 600.125, 900.0),
    "battery_voltage_v": (11.4, 13.2, 13.3, 15.0),
    "fuel_level_pct": (0.0, 10.0, 50.4, 55.0, 60.0),
    "water_in_fuel": (0.0, 1.0),
    "dpf_soot_load_pct": (80.1, 90.0, 100.0),
    "engine_hours_h": (100.05, 100.1, 100.15),
    "latitude_deg": (31.0, 31.001, 31.002, 31.0025, 31.01),
    "longitude_deg": (121.0,),
}
STEPS_S = (0.5, 1, 1, 1, 1, 2, 4, 5, 5, 6, 10, 10, 29, 30, 60, 60, 61, 90, 600, 3599, 3600, 3601, 7200)
FORS_S = (0, 0, 1, 2, 5, 10, 15, 60, 120, 3600)
GAPS_S = (1, 5, 60, 60, 60, 600, 3600)
WINDOWS_S = (1, 5, 30, 59, 60, 120, 600, 3600)
DURATIONS_S = (1, 5, 10, 30, 60, 90, 600)
BUFFERS_M = (None, None, 0.0, 100.0, 250.0)
KINDS = ("excavator", "roller")
ZONES = ("Asia/Shanghai", "Asia/Kathmandu", "America/St_Johns", "UTC")
CODES = ((100, 1), (110, 16), (190, 3))
CASCADING = (
    ((3509, 4), (100, 4), (102, 4), (157, 4), (84, 9)),
    ((168, 18), (639, 9), (84, 9), (91, 9), (100, 4)),
    ((110, 15), (110, 0), (1569, 31), (1109, 31), (100, 1)),
    ((3509, 4), (100, 4), (102, 4), (168, 18), (639, 9), (84, 9), (91, 9)),
)
ADDRESSES = (-1, 0, 3)
_WORDS_TOML = "\n".join(f'{name} = {{ zh = "文", en = "text" }}' for name in ("title", "owner", "expert"))
_CODES_TOML = f'[codes]\nkind = "dtc"\nseverity = "by_code"\n{_WORDS_TOML}'
START = 1_700_000_000 * SECOND


@dataclass
class Case:
    rules: RuleSet
    oracle_rules: list[OracleRule]
    streams: dict[int, Stream]


def signal_facts(catalogue: Catalogue) -> dict[str, SignalFacts]:
    return {
        key: SignalFacts(round(catalogue[key].hold_s * SECOND), key not in FLOAT8, _step(*catalogue[key].valid))
        for key in SIGNALS
    }


def _step(low: float, high: float) -> float:
    return 2.0 ** (ceil(log2(max(abs(low), abs(high)))) - 36)


@dataclass(frozen=True)
class Kind:
    """What a case is made of. Brisk: short holds and windows, long streams of small steps, so that late rows lie in
    the middle of history that is neither read nor judged again as a whole; else few rows over many hours."""

    brisk: bool
    codes: bool
    windows: bool = False  # mostly what looks back, in plain conditions

    @property
    def signals(self) -> tuple[str, ...]:
        return BRISK_SIGNALS if self.brisk else SIGNALS

    @property
    def windows_s(self) -> tuple[int, ...]:
        return WINDOWS_S[:3] if self.brisk else WINDOWS_S

    @property
    def durations_s(self) -> tuple[int, ...]:
        return DURATIONS_S[:4] if self.brisk else DURATIONS_S


def make_case(rng: random.Random, catalogue: Catalogue) -> Case:
    kind = Kind(brisk=rng.random() < 0.5, codes=rng.random() < 0.3, windows=rng.random() < 0.5)
    oracle_rules = [_rule(rng, number, kind) for number in range(rng.randint(1, 3))]
    rules: list[Rule] = []
    for rule in oracle_rules:
        rules += parse_rules(_toml(rule), catalogue)
    if kind.codes or rng.random() < 0.5:
        rules += parse_rules(_CODES_TOML, catalogue)
    machines = rng.sample([0, 1, 2, 63, 64, 700], rng.randint(1, 2 if kind.brisk else 3))
    streams = {machine: _stream(rng, kind) for machine in machines}
    for stream in streams.values():
        _give_facts(rng, stream, oracle_rules)
    return Case(RuleSet(rules), oracle_rules, streams)


def _give_facts(rng: random.Random, stream: Stream, rules: list[OracleRule]) -> None:
    stream.kind = rng.choice((*KINDS, ""))
    stream.reports = frozenset(rng.sample(SIGNALS, rng.randint(3, len(SIGNALS))))
    stream.border_deg = rng.choice((31.0, 31.001, None)) if rng.random() < 0.9 else None
    stream.zone = rng.choice((*ZONES, None))
    if stream.zone is not None and rng.random() < 0.8:
        begin = (_minute(stream.zone) + rng.choice((-600, -1, 0, 1, 3, 60))) % 1440
        stream.hours = ((begin, (begin + rng.choice((2, 5, 120, 900))) % 1440),)
        stream.workdays = frozenset(rng.sample(range(7), rng.randint(3, 7)))
    until = rng.choice([*stream.rows, START]) if stream.rows else START
    for rule in rules:
        if rng.random() < 0.3:
            stream.overrides[rule.key] = OracleOverride(rng.choice((None, 600.0, 13.2, 50.4, 0.0)), until)


def _toml(rule: OracleRule) -> str:
    lines = [f"[{rule.key}]", f'when = "{text_of(rule.when)}"', f'for = "{_duration(rule.for_us)}"']
    lines += [f'max_gap = "{_duration(rule.max_gap_us)}"', 'severity = "low"']
    lines.append(_WORDS_TOML)
    if rule.clear is not None:
        lines.append(f'clear = "{text_of(rule.clear)}"')
    if rule.kinds:
        lines.append(f"applies_to = {{ kind = {list(rule.kinds)} }}")
    lines.append(f"limits = {{ own = {rule.limit} }}")
    return "\n".join(lines)


def _duration(us: int) -> str:
    return f"{us // SECOND}s"


def _rule(rng: random.Random, number: int, kind: Kind) -> OracleRule:
    when = _condition(rng, rng.choice((0, 0, 1)) if kind.windows else 2, kind)
    clear = _condition(rng, 1, kind) if rng.random() < 0.7 else None
    if clear is not None and rng.random() < 0.5:
        clear = ("not", when) if rng.random() < 0.3 else ("or", clear, _comparison(rng, kind))
    for_us, max_gap_us = rng.choice(FORS_S) * SECOND, rng.choice(GAPS_S) * SECOND
    kinds = tuple(rng.sample(KINDS, rng.randint(1, 2))) if rng.random() < 0.15 else ()
    limit = rng.choice((600.0, 13.2, 50.4, 0.0))
    return OracleRule(f"rule_{number}", when, clear, for_us, max_gap_us, limit, kinds)


def _condition(rng: random.Random, depth: int, kind: Kind) -> tuple:
    dice = rng.random()
    if depth == 0 or dice < 0.3:
        if rng.random() < 0.15:
            return _by_the_clock(rng)
        if kind.codes and rng.random() < 0.3:
            spn, fmi = rng.choice(CODES)
            return ("dtc", spn, rng.choice((fmi, None)))
        return _comparison(rng, kind) if rng.random() < (0.5 if kind.windows else 0.7) else _lasting(rng, kind)
    if dice < 0.4:
        return ("not", _condition(rng, depth - 1, kind))
    parts = [_condition(rng, depth - 1, kind) for _ in range(rng.randint(2, 3))]
    return ("and" if dice < 0.75 else "or", *parts)


def _by_the_clock(rng: random.Random) -> tuple:
    """Around the hour at which streams begin in one of the zones."""
    if rng.random() < 0.4:
        return ("working",)
    begin = (_minute(rng.choice(ZONES)) + rng.choice((-1, 0, 1, 2, 5, 60))) % 1440
    return ("clock", begin, (begin + rng.choice((1, 3, 60, 600, 1439))) % 1440)


def _minute(zone: str) -> int:
    shown = datetime.fromtimestamp(START // SECOND, ZoneInfo(zone))
    return shown.hour * 60 + shown.minute


def _lasting(rng: random.Random, kind: Kind) -> tuple:
    """A condition that is followed from row to row."""
    dice = rng.random()
    if dice < 0.3:
        return ("missing", rng.choice(kind.signals), rng.choice(kind.durations_s))
    if dice < 0.7:
        dwell_s = rng.choice((None, *kind.durations_s))
        buffer_m = None if dwell_s is None else rng.choice(BUFFERS_M)
        return ("place", rng.choice(("inside", "outside")), "yard", dwell_s, buffer_m)
    counted = _comparison(rng, kind) if rng.random() < 0.6 else _condition(rng, 1, kind)
    while "count" in str(counted):
        counted = _comparison(rng, kind)
    return (
        rng.choice((">=", "==", "<")),
        ("count", counted, rng.choice(kind.windows_s)),
        ("num", rng.choice((1.0, 2.0))),
    )


def _windowed(rng: random.Random, key: str, kind: Kind, op: str) -> tuple:
    window_s = rng.choice(kind.windows_s)
    if rng.random() < 0.3:
        return (op, ("rate", key, window_s), ("num", rng.choice((0.0, 0.5, -1.0, 60.0))))
    value = rng.choice(VALUES[key])
    other = ("sig", key) if rng.random() < 0.2 else ("num", float4(value) if key not in FLOAT8 else value)
    return (op, ("win", rng.choice(("min", "max", "mean")), key, window_s), other)


def _comparison(rng: random.Random, kind: Kind) -> tuple:
    op = rng.choice(("<", "<=", ">", ">=", "<", ">", "==", "!="))
    key = rng.choice(kind.signals)
    if kind.windows and rng.random() < 0.7:
        return _windowed(rng, key, kind, op)
    return _compared(rng, key, kind, op)


def _compared(rng: random.Random, key: str, kind: Kind, op: str) -> tuple:
    dice = rng.random()
    if dice < 0.45:
        sides = [("sig", key), ("limit",) if rng.random() < 0.15 else ("num", rng.choice(VALUES[key]))]
        if rng.random() < 0.2:
            sides.reverse()
        return (op, *sides)
    if dice < 0.62:
        return _windowed(rng, key, kind, op)
    if dice < 0.77:
        difference = ("delta", key, rng.choice(kind.windows_s))
        if not kind.brisk and rng.random() < 0.3:
            difference = ("-", ("delta", key, 660), ("delta", key, 600))
        if rng.random() < 0.3:
            difference = ("abs", difference)
        change = rng.choice((0.0, -5.0, 5.0, float4(55.0) - float4(50.4), -300.0, 0.05))
        return (op, difference, ("num", change))
    if dice < 0.85:
        return (op, ("/", ("sig", "battery_voltage_v"), ("const",)), ("num", rng.choice((0.95, 1.1, 1.25))))
    arithmetic = rng.choice(("+", "-", "*", "/"))
    other = rng.choice(kind.signals) if arithmetic in "*/" else key
    return (op, (arithmetic, ("sig", key), ("neg", ("sig", other))), ("num", rng.choice((0.0, -1.0, 600.0))))


def text_of(node: tuple) -> str:
    """A condition in the rule language, with all its parentheses."""
    kind = node[0]
    if kind in _WRITTEN:
        return _WRITTEN[kind](*node[1:])
    parts = [text_of(part) for part in node[1:]]
    if kind in ("abs", "neg", "not"):
        return {"abs": "abs(%s)", "neg": "-(%s)", "not": "not (%s)"}[kind] % parts[0]
    return "(" + f" {kind} ".join(parts) + ")"


def _place_text(side: str, fence: str, dwell_s: int | None, buffer_m: float | None) -> str:
    parts = [f"'{fence}'", None if dwell_s is None else f"{dwell_s}s", None if buffer_m is None else f"{buffer_m} m"]
    return f"{side}({', '.join(part for part in parts if part)})"


def _hour(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


_WRITTEN = {
    "num": repr,
    "sig": str,
    "const": lambda: "nominal_voltage_v",
    "limit": lambda: "own",
    "delta": lambda key, window_s: f"delta({key}, {window_s}s)",
    "rate": lambda key, window_s: f"rate({key}, {window_s}s)",
    "missing": lambda key, duration_s: f"missing({key}, {duration_s}s)",
    "win": lambda kind, key, window_s: f"{kind}({key}, {window_s}s)",
    "count": lambda condition, window_s: f"count({text_of(condition)}, {window_s}s)",
    "place": _place_text,
    "clock": lambda begin, end: f"clock({_hour(begin)}, {_hour(end)})",
    "working": lambda: "working_hours()",
    "dtc": lambda spn, fmi: f"dtc({spn})" if fmi is None else f"dtc({spn}, {fmi})",
}


def _steps(rng: random.Random, kind: Kind) -> tuple[float, ...]:
    small: tuple[float, ...] = tuple(step for step in STEPS_S if step <= 10)
    if kind.brisk:
        return small * 4 + rng.choice(((), (61, 90), (600, 3601)))
    return STEPS_S if rng.random() < 0.6 else small


def _stream(rng: random.Random, kind: Kind) -> Stream:
    stream = Stream(nominal_voltage_v=rng.choice((12.0, 24.0, 0.0, None)))
    keys = rng.sample(kind.signals, rng.randint(2, len(kind.signals)))
    erring, faulty = rng.choice((0.0, 0.1)), rng.choice((0.0, 0.4))
    steps, codes = _steps(rng, kind), CODES if rng.random() < 0.3 else CODES[:1] + rng.choice(CASCADING)
    now = START + rng.randint(0, 20) * SECOND // 2
    present = {key: rng.choice(VALUES[key]) for key in keys}
    for _ in range(rng.randint(60, 120) if kind.brisk else rng.randint(5, 60)):
        present = {key: rng.choice(VALUES[key]) if rng.random() < 0.25 else value for key, value in present.items()}
        told = {key: _stored(key, value) for key, value in present.items() if rng.random() < 0.7}
        if told and rng.random() < 0.9:
            stream.rows[now] = told
        if rng.random() < erring:
            stream.errors.add((now, rng.choice(keys)))
        if rng.random() < faulty:
            _tell_faults(rng, stream, now, codes)
        now += int(rng.choice(steps) * SECOND)
    return stream


def _stored(key: str, value: float) -> float:
    return value if key in FLOAT8 else float4(value)


def _tell_faults(rng: random.Random, stream: Stream, now: int, codes: tuple[tuple[int, int], ...]) -> None:
    native = rng.random() < 0.3
    address = rng.choice(ADDRESSES)
    told = [code for code in codes if rng.random() < 0.4] or [(0, 0)]
    for spn, fmi in told:
        stream.faults.add((now, address, spn, fmi, native))
