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
            raise self.error(node.column, "rule_number_no_condition")
        return node

    def number(self, node: Node) -> NumericNode:
        """The node as a number."""
        if isinstance(node, TruthNode):
            raise self.error(node.column, "rule_condition_no_number")
        return node

    def call(self, name: Token) -> Node:
        """What follows a function's name."""
        if name.text not in USAGE:
            hint = did_you_mean(name.text, USAGE)
            raise self.error(name.column, "rule_unknown_function", found=name.text, hint=hint)
        self.advance()
        self.deeper(name.column)
        node = self._arguments(name)
        self.depth -= 1
        self.expect(")", "rule_call_not_closed", name=name.text, usage=USAGE[name.text])
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
        self.expect(",", "rule_comma_after_signal", usage=USAGE[function])
        return signal.text, self.window()

    def _count(self, column: int) -> Node:
        condition = self.truth(self.expression())
        inner = next((node for node in walk(condition) if isinstance(node, Count)), None)
        if inner is not None:
            raise self.error(inner.column, "rule_count_in_count")
        self.expect(",", "rule_comma_after_condition", usage=USAGE["count"])
        return Count(condition, self.window(), column)

    def _missing(self, column: int) -> Node:
        signal = self.signal()
        self.expect(",", "rule_comma_after_signal", usage=USAGE["missing"])
        return Lasting(Not(Reported(signal.text, column), column), self.duration()[1], column)

    def _place(self, function: Literal["inside", "outside"], column: int) -> Node:
        token = self.advance()
        if token.kind is not TokenKind.TEXT or not token.text[1:-1].strip():
            raise self.error(token.column, "rule_fence_expected", usage=USAGE[function])
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
            raise self.error(self.token.column, "rule_buffer_expected", found=self.found())
        quantity = self.quantity()
        unit = unit_of(quantity.unit or "m")
        if unit is None or not unit.alike(UNITS["m"]):
            raise self.error(quantity.column, "rule_buffer_no_length", unit=quantity.unit)
        buffer_m = float(quantity.value * conversion(unit, UNITS["m"])[0])
        if not 0 <= buffer_m <= MAX_BUFFER_M:
            raise self.error(quantity.column, "rule_buffer_span", most=MAX_BUFFER_M)
        return buffer_m

    def _clock(self, column: int) -> Node:
        begin = self.token
        from_min = self.minute(24 * 60 - 1)
        self.expect(",", "rule_comma_after_time", usage=USAGE["clock"])
        to_min = self.minute(24 * 60)
        if from_min == to_min:
            raise self.error(begin.column, "rule_clock_whole_day")
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
            raise self.error(token.column, "rule_whole_expected", what=what, most=largest, usage=USAGE["dtc"])
        return int(token.text)
