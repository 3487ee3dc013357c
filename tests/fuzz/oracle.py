"""The rules judged row by row in plain Python, written from docs/rule-language.md and from nothing in diagnosis/.

Conditions are nested tuples: ("num", 3.0), ("sig", key), ("const",), ("delta", key, seconds), ("neg", a), ("abs", a),
("+", a, b) ..., ("<", a, b) ..., ("not", a), ("and", a, b, ...), ("or", a, b, ...), ("dtc", spn, fmi or None),
("rate", key, seconds), ("win", "min" or "max" or "mean", key, seconds), ("count", condition, seconds),
("missing", key, seconds), ("place", "inside" or "outside", fence, dwell seconds or None, buffer m or None),
("limit",): the rule's one limit, ("clock", from, to) in minutes since midnight, ("working",).
Unknown is None. Times are microseconds.
"""

import math
import operator
import struct
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

SECOND = 1_000_000
FORGET = 3600 * SECOND
SILENT = 5 * SECOND
NEAR = 600 * SECOND
OWN_BUFFER_DEG, DEG_A_METRE = 0.002, 1e-5


@dataclass
class Stream:
    """Everything known of one machine in the end: rows by instant, sensor errors, and fault rows."""

    rows: dict[int, dict[str, float]] = field(default_factory=dict)
    errors: set[tuple[int, str]] = field(default_factory=set)
    faults: set[tuple[int, int, int, int, bool]] = field(default_factory=set)  # at, address, spn, fmi, native
    nominal_voltage_v: float | None = None
    kind: str = ""
    reports: frozenset[str] = frozenset()  # signals that the machine has
    border_deg: float | None = None  # its fence is everything south of this latitude
    overrides: dict[str, "OracleOverride"] = field(default_factory=dict)  # by rule
    zone: str | None = None  # of its site
    hours: tuple[tuple[int, int], ...] | None = None  # of its site's calendar, minutes since midnight
    workdays: frozenset[int] = frozenset()  # on which they begin; 0 is Monday


@dataclass(frozen=True)
class OracleOverride:
    limit: float | None  # None: the rule is off
    until: int


@dataclass(frozen=True)
class OracleRule:
    key: str
    when: tuple
    clear: tuple | None
    for_us: int
    max_gap_us: int
    limit: float = 0.0
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class SignalFacts:
    hold_us: int
    float4: bool
    step: float  # of the mean


Found = tuple[str, str, int, int, int | None]  # kind, key, from, held, to


def float4(value: float) -> float:
    return struct.unpack("f", struct.pack("f", value))[0]


class Oracle:
    def __init__(self, stream: Stream, signals: dict[str, SignalFacts]) -> None:
        self.stream = stream
        self.signals = signals
        self.instants = sorted(stream.rows)
        self.codes = code_episodes(stream)
        self.known: dict[tuple[int, tuple], bool | None] = {}
        self.rule: OracleRule | None = None

    def reported(self, at: int, key: str) -> float | None:
        """A value at the instant of a sensor error does not count."""
        return None if (at, key) in self.stream.errors else self.stream.rows[at].get(key)

    def held(self, index: int, key: str) -> float | None:
        now = self.instants[index]
        for back in range(index, -1, -1):
            at = self.instants[back]
            if now - at > self.signals[key].hold_us:
                return None
            value = self.reported(at, key)
            if value is not None:
                ended = any(at < error <= now for error, signal in self.stream.errors if signal == key)
                return None if ended else value
        return None

    def before(self, index: int, key: str, window_s: int) -> tuple[float, float] | None:
        """The value a window ago, and how many seconds ago its pane was."""
        pane = (1 if window_s < 60 else 10) * SECOND
        target = self.instants[index] // pane - window_s * SECOND // pane
        for back in range(index, -1, -1):
            number = self.instants[back] // pane
            if number < target - 60 * SECOND // pane:
                return None
            value = self.reported(self.instants[back], key)
            if number <= target and value is not None:
                return value, (self.instants[index] // pane - number) * pane / SECOND
        return None

    def window(self, index: int, window_s: int) -> list[int]:
        """The rows of the panes of a window that ends at this row, newest first."""
        pane = (1 if window_s < 60 else 10) * SECOND
        oldest = self.instants[index] // pane - window_s * SECOND // pane + 1
        return [back for back in range(index, -1, -1) if self.instants[back] // pane >= oldest]

    def over_window(self, index: int, kind: str, key: str, window_s: int) -> float | None:
        told = [self.reported(self.instants[back], key) for back in self.window(index, window_s)]
        values = [value for value in told if value is not None]
        if not values:
            return None
        if kind == "mean":
            step = self.signals[key].step
            return float(sum(round(value / step) for value in values)) / len(values) * step
        return min(values) if kind == "min" else max(values)

    def became(self, index: int, node: tuple) -> bool:
        """Whether a condition became true at a row: the known row before it, not too long ago, was false."""
        if self.truth(index, node) is not True:
            return False
        before = self.known_before(index, node)
        return before is not None and self.truth(before, node) is False

    def known_before(self, index: int, node: tuple) -> int | None:
        for back in range(index - 1, -1, -1):
            if self.instants[index] - self.instants[back] > NEAR:
                return None
            if self.truth(back, node) is not None:
                return back
        return None

    def lasting(self, index: int, node: tuple, us: int) -> bool | None:
        now = self.truth(index, node)
        if now is not True:
            return now
        start: int = index
        while (before := self.known_before(start, node)) is not None and self.truth(before, node):
            start = before
        if self.instants[index] - self.instants[start] >= us:
            return True
        return None if before is None else False

    def place(self, index: int, side: str, buffer_m: float | None) -> bool | None:
        latitude, longitude = self.held(index, "latitude_deg"), self.held(index, "longitude_deg")
        border = self.stream.border_deg
        if border is None or latitude is None or longitude is None:
            return None
        ring = OWN_BUFFER_DEG if buffer_m is None else buffer_m * DEG_A_METRE
        inside = True if latitude <= border else None if latitude <= border + ring else False
        return inside if side == "inside" or inside is None else not inside

    def shown(self, index: int) -> datetime | None:
        """What the clocks of its site show."""
        if self.stream.zone is None:
            return None
        return datetime.fromtimestamp(self.instants[index] // SECOND, ZoneInfo(self.stream.zone))

    def clock(self, index: int, begin: int, end: int) -> bool | None:
        shown = self.shown(index)
        if shown is None:
            return None
        minute = shown.hour * 60 + shown.minute
        return begin <= minute < end if begin < end else minute >= begin or minute < end

    def working(self, index: int) -> bool | None:
        shown = self.shown(index)
        if shown is None or self.stream.hours is None:
            return None
        minute, today = shown.hour * 60 + shown.minute, shown.weekday()
        for begin, end in self.stream.hours:
            last = end if begin < end else end + 1440
            if today in self.stream.workdays and begin <= minute < last:
                return True
            if (today - 1) % 7 in self.stream.workdays and begin <= minute + 1440 < last:
                return True
        return False

    def limit(self, index: int) -> float:
        assert self.rule is not None
        override = self.stream.overrides.get(self.rule.key)
        if override is None or override.limit is None or self.instants[index] >= override.until:
            return self.rule.limit
        return override.limit

    def for_machine(self, index: int, rule: OracleRule) -> bool:
        """Whether a rule is for the machine and not switched off."""
        override = self.stream.overrides.get(rule.key)
        off = override is not None and override.limit is None and self.instants[index] < override.until
        return not off and (not rule.kinds or self.stream.kind in rule.kinds)

    def number(self, index: int, node: tuple) -> float | None:
        kind = node[0]
        if kind in _READ:
            return _READ[kind](self, index, *node[1:])
        parts = [self.number(index, part) for part in node[1:]]
        if None in parts:
            return None
        return _calculate(kind, parts)

    def change(self, index: int, key: str, window_s: int) -> tuple[float, float] | None:
        """The change over a window and the seconds it took."""
        now, then = self.held(index, key), self.before(index, key, window_s)
        return None if now is None or then is None else (now - then[0], then[1])

    def delta(self, index: int, key: str, window_s: int) -> float | None:
        change = self.change(index, key, window_s)
        return None if change is None else change[0]

    def rate(self, index: int, key: str, window_s: int) -> float | None:
        change = self.change(index, key, window_s)
        return None if change is None else change[0] / change[1]

    def count(self, index: int, condition: tuple, window_s: int) -> float:
        return float(sum(self.became(back, condition) for back in self.window(index, window_s)))

    def compared(self, index: int, node: tuple) -> bool | None:
        op, left, right = node
        sides = []
        for mine, other in ((left, right), (right, left)):
            value = self.number(index, mine)
            if mine[0] in ("num", "limit") and other[0] == "sig" and self.signals[other[1]].float4:
                value = float4(value)
            sides.append(value)
        if None in sides or any(math.isnan(side) for side in sides):
            return None
        return _COMPARE[op](*sides)

    def truth(self, index: int, node: tuple) -> bool | None:
        if (index, node) not in self.known:
            self.known[index, node] = self.judged(index, node)
        return self.known[index, node]

    def judged(self, index: int, node: tuple) -> bool | None:
        kind = node[0]
        if kind in _TOLD:
            return _TOLD[kind](self, index, *node[1:])
        if kind == "not":
            value = self.truth(index, node[1])
            return None if value is None else not value
        if kind not in ("and", "or"):
            return self.compared(index, node)
        values = [self.truth(index, part) for part in node[1:]]
        decisive = kind == "or"
        if decisive in values:
            return decisive
        return None if None in values else not decisive

    def missing(self, index: int, key: str, duration_s: int) -> bool | None:
        return self.lasting(index, ("unreported", key), duration_s * SECOND)

    def unreported(self, index: int, key: str) -> bool | None:
        told = self.reported(self.instants[index], key)
        return None if key not in self.stream.reports else told is None

    def placed(self, index: int, side: str, fence: str, dwell_s: int | None, buffer_m: float | None) -> bool | None:
        if dwell_s is None:
            return self.place(index, side, buffer_m)
        return self.lasting(index, ("place", side, fence, None, buffer_m), dwell_s * SECOND)

    def told_code(self, index: int, spn: int, fmi: int | None) -> bool:
        return self.code_active(self.instants[index], spn, fmi)

    def code_active(self, now: int, spn: int, fmi: int | None) -> bool:
        return any(
            code[1] == spn and fmi in (None, code[2]) and start <= now and (end is None or now < end)
            for code, start, end in self.codes
        )

    def when_and_clear(self, index: int, rule: OracleRule) -> tuple[bool | None, bool | None]:
        if not self.for_machine(index, rule):
            return False, True
        when = self.truth(index, rule.when)
        return when, self.truth(index, rule.clear if rule.clear else ("not", rule.when))

    def findings(self, rule: OracleRule) -> list[Found]:
        found: list[Found] = []
        run: tuple[int, int, int] | None = None  # start, held, last known row
        active: tuple[int, int] | None = None
        self.rule, self.known = rule, {}
        for index, now in enumerate(self.instants):
            when, clear = self.when_and_clear(index, rule)
            if when is True and clear is not True:
                if run is None or now - run[2] > FORGET:
                    run = (now, 0, now)
                else:
                    run = (run[0], run[1] + min(now - run[2], rule.max_gap_us), now)
                if active is None and run[1] >= rule.for_us:
                    active = (run[0], now)
            elif when is False or clear is True:
                run = None
            if clear is True and active is not None:
                found.append(("rule", rule.key, *active, now))
                active = None
        if active is not None:
            found.append(("rule", rule.key, *active, None))
        return found


_READ = {
    "num": lambda oracle, index, value: value,
    "sig": Oracle.held,
    "const": lambda oracle, index: oracle.stream.nominal_voltage_v,
    "limit": Oracle.limit,
    "delta": Oracle.delta,
    "rate": Oracle.rate,
    "win": Oracle.over_window,
    "count": Oracle.count,
}
_TOLD = {
    "missing": Oracle.missing,
    "unreported": Oracle.unreported,
    "place": Oracle.placed,
    "clock": Oracle.clock,
    "working": Oracle.working,
    "dtc": Oracle.told_code,
}


def _calculate(op: str, parts: list[float]) -> float | None:
    if op == "neg":
        return -parts[0]
    if op == "abs":
        return abs(parts[0])
    if op == "/":
        return None if parts[1] == 0 else parts[0] / parts[1]
    return {"+": operator.add, "-": operator.sub, "*": operator.mul}[op](*parts)


_COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}

Code = tuple[int, int, int]  # address, spn, fmi


class CodeWalk:
    """Fault codes followed by walking every instant of a machine once."""

    def __init__(self) -> None:
        self.open_since: dict[Code, int] = {}
        self.told: dict[int, tuple[int, bool]] = {}  # address -> last snapshot, from the terminal's list
        self.done: list[tuple[Code, int, int | None]] = []

    def addresses(self) -> set[int]:
        return {code[0] for code in self.open_since}

    def replace(self, address: int, now: int, native: bool, codes: set[Code]) -> None:
        for code in [code for code in self.open_since if code[0] == address and code not in codes]:
            self.done.append((code, self.open_since.pop(code), now))
        for code in codes:
            self.open_since.setdefault(code, now)
        self.told[address] = (now, native)

    def step(self, now: int, here: list[tuple[int, int, int, int, bool]]) -> None:
        listed = any(native for *_, native in here)
        on_can = {address for _, address, _, _, native in here if not native}
        for address in self.addresses():
            last, native = self.told[address]
            if not native and now - last > SILENT and not listed and address not in on_can:
                self.replace(address, now, native, set())
        if listed:
            for address in (self.addresses() | {fault[1] for fault in here if fault[4]}) - on_can:
                self.replace(address, now, True, _codes(here, address, native=True))
        for address in on_can:
            self.replace(address, now, False, _codes(here, address, native=False))


def code_episodes(stream: Stream) -> list[tuple[Code, int, int | None]]:
    """(code, from, to) of every time a code was active."""
    walk = CodeWalk()
    for now in sorted({at for at, *_ in stream.faults} | {at for at, _ in stream.errors} | set(stream.rows)):
        walk.step(now, [fault for fault in stream.faults if fault[0] == now])
    return walk.done + [(code, since, None) for code, since in walk.open_since.items()]


def _codes(here: list[tuple[int, int, int, int, bool]], address: int, *, native: bool) -> set[Code]:
    return {(a, spn, fmi) for _, a, spn, fmi, n in here if a == address and n == native and (spn or fmi)}
