"""The functions of the language: what stands between their parentheses."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Literal, cast

from diagnosis.cursor import USAGE, Cursor, did_you_mean
from diagnosis.syntax import (
    Absolute,
    ActiveCode,
    Clock,
    Count,
    Delta,
    Inside,
    Lasting,
    Node,
    Not,
    Number,
    NumericNode,
    Rate,
    Reported,
    TruthNode,
    Window,
    WindowKind,
    WorkingHours,
    walk,
)
from diagnosis.tokens import Token, TokenKind
from diagnosis.units import UNITS, conversion, unit_of

MAX_BUFFER_M = 10_000.0


class Calls(Cursor):
    """Parses calls; what stands around them is the parser's."""

    @abstractmethod
    def expression(self) -> Node:
        """A condition or a number."""

    @abstractmethod
    def sum(self) -> Node:
        """A number without parentheses around it."""

    @abstractmethod
    def quantity(self) -> Number:
        """A number with or without a unit."""

    def truth(self, node: Node) -> TruthNode:
        """The node as a condition."""
        if not isinstance(node, TruthNode):
            raise self.error(node.column, "a number is no condition: compare it with something (<, <=, >, >=, ==, !=)")
        return node

    def number(self, node: Node) -> NumericNode:
        """The node as a number."""
        if isinstance(node, TruthNode):
            raise self.error(node.column, "a condition cannot be used as a number")
        return node

    def call(self, name: Token) -> Node:
        """What follows a function's name."""
        if name.text not in USAGE:
            raise self.error(name.column, f"unknown function {name.text!r}" + did_you_mean(name.text, USAGE))
        self.advance()
        self.deeper(name.column)
        node = self._arguments(name)
        self.depth -= 1
        self.expect(")", f"to close {name.text}(: {USAGE[name.text]}")
        return node

    def _arguments(self, name: Token) -> Node:
        arguments: dict[str, Callable[[int], Node]] = {
            "abs": lambda column: Absolute(self.number(self.sum()), column),
            "delta": lambda column: Delta(*self._signal_and_window("delta"), column),
            "rate": lambda column: Rate(*self._signal_and_window("rate"), column),
            "count": self._count,
            "missing": self._missing,
            "inside": lambda column: self._place("inside", column),
            "outside": lambda column: self._place("outside", column),
            "clock": self._clock,
            "working_hours": WorkingHours,
            "dtc": self._active_code,
        }
        if name.text in ("min", "max", "mean"):
            kind = cast(WindowKind, name.text)
            return Window(kind, *self._signal_and_window(kind), name.column)
        return arguments[name.text](name.column)

    def _signal_and_window(self, function: str) -> tuple[str, int]:
        signal = self.signal()
        self.expect(",", f"after the signal: {USAGE[function]}")
        return signal.text, self.window()

    def _count(self, column: int) -> Node:
        condition = self.truth(self.expression())
        inner = next((node for node in walk(condition) if isinstance(node, Count)), None)
        if inner is not None:
            raise self.error(inner.column, "count() cannot stand inside count()")
        self.expect(",", f"after the condition: {USAGE['count']}")
        return Count(condition, self.window(), column)

    def _missing(self, column: int) -> Node:
        signal = self.signal()
        self.expect(",", f"after the signal: {USAGE['missing']}")
        return Lasting(Not(Reported(signal.text, column), column), self.duration()[1], column)

    def _place(self, function: Literal["inside", "outside"], column: int) -> Node:
        token = self.advance()
        if token.kind is not TokenKind.TEXT or not token.text[1:-1].strip():
            raise self.error(token.column, f"expected a geofence's name in quotes: {USAGE[function]}")
        dwell_us, buffer_m = None, None
        if self.at(","):
            self.advance()
            dwell_us = self.duration()[1]
            if self.at(","):
                self.advance()
                buffer_m = self._buffer()
        inside = Inside(token.text[1:-1].strip(), buffer_m, column)
        node: TruthNode = inside if function == "inside" else Not(inside, column)
        return node if dwell_us is None else Lasting(node, dwell_us, column)

    def _buffer(self) -> float:
        if self.token.kind not in (TokenKind.NUMBER, TokenKind.DURATION):
            raise self.error(self.token.column, f"expected a buffer such as 20 m, found {self.found()}")
        quantity = self.quantity()
        unit = unit_of(quantity.unit or "m")
        if unit is None or not unit.alike(UNITS["m"]):
            raise self.error(quantity.column, f"a buffer is a length, not a number of {quantity.unit}")
        buffer_m = float(quantity.value * conversion(unit, UNITS["m"])[0])
        if not 0 <= buffer_m <= MAX_BUFFER_M:
            raise self.error(quantity.column, f"a buffer is from 0 to {MAX_BUFFER_M:.0f} m")
        return buffer_m

    def _clock(self, column: int) -> Node:
        begin = self.token
        from_min = self.minute(24 * 60 - 1)
        self.expect(",", f"after the time: {USAGE['clock']}")
        to_min = self.minute(24 * 60)
        if from_min == to_min:
            raise self.error(begin.column, "from and to are one time: the whole day needs no clock()")
        return Clock(from_min, to_min, column)

    def _active_code(self, column: int) -> Node:
        spn = self._whole("SPN", 524_287)
        fmi = None
        if self.at(","):
            self.advance()
            fmi = self._whole("FMI", 31)
        return ActiveCode(spn, fmi, column)

    def _whole(self, what: str, largest: int) -> int:
        token = self.advance()
        if token.kind is not TokenKind.NUMBER or not token.text.isdecimal() or int(token.text) > largest:
            raise self.error(token.column, f"expected an {what} from 0 to {largest}: {USAGE['dtc']}")
        return int(token.text)
