"""Units of measure: which belong together, and by what exact factor."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction

from fleet.reasons import Reason, Said, reason

_AXES = ("m", "kg", "s", "A", "K", "%", "deg", "dBm")
Dimension = tuple[int, ...]
"""Powers of the base units _AXES."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its dimension, and a number of it in base units: number * factor + offset.

    point: a reading on a scale whose zero is not 'nothing' (degC), of which only differences are quantities.
    """

    text: str
    dimension: Dimension
    factor: Fraction
    offset: Fraction = Fraction(0)
    point: bool = False

    def alike(self, other: "Unit") -> bool:
        """Whether numbers of both can be compared."""
        return self.dimension == other.dimension and self.point == other.point

    def times(self, other: "Unit") -> "Unit":
        """The unit of a product."""
        powers = tuple(a + b for a, b in zip(self.dimension, other.dimension, strict=True))
        return Unit(f"{self.text} * {other.text}", powers, self.factor * other.factor)

    def over(self, other: "Unit") -> "Unit":
        """The unit of a quotient."""
        powers = tuple(a - b for a, b in zip(self.dimension, other.dimension, strict=True))
        return Unit(f"{self.text}/{other.text}", powers, self.factor / other.factor)

    def difference(self) -> "Unit":
        """The unit of a difference of two: K, or for degF the degree that is 5/9 of it."""
        if not self.point:
            return self
        return UNITS["K"] if self.factor == 1 else Unit(f"difference of {self.text}", self.dimension, self.factor)


def _dimension(**powers: int) -> Dimension:
    return tuple(powers.get(axis, 0) for axis in _AXES)


_NONE = _dimension()
_PRESSURE = _dimension(kg=1, m=-1, s=-2)
_TIME, _LENGTH, _MASS, _VOLUME = _dimension(s=1), _dimension(m=1), _dimension(kg=1), _dimension(m=3)
_VOLTAGE, _CURRENT, _POWER = _dimension(kg=1, m=2, s=-3, A=-1), _dimension(A=1), _dimension(kg=1, m=2, s=-3)
_TURNS, _HEAT = _dimension(s=-1), _dimension(K=1)
_KELVIN_OF_0_C = Fraction("273.15")
_LINEAR: Mapping[str, tuple[Dimension, str]] = {
    "Pa": (_PRESSURE, "1"),
    "kPa": (_PRESSURE, "1000"),
    "MPa": (_PRESSURE, "1000000"),
    "mbar": (_PRESSURE, "100"),
    "bar": (_PRESSURE, "100000"),
    "psi": (_PRESSURE, "6894.757293168"),
    "K": (_HEAT, "1"),
    "ms": (_TIME, "0.001"),
    "s": (_TIME, "1"),
    "min": (_TIME, "60"),
    "h": (_TIME, "3600"),
    "d": (_TIME, "86400"),
    "rpm": (_TURNS, "1/60"),
    "Hz": (_TURNS, "1"),
    "mm": (_LENGTH, "0.001"),
    "cm": (_LENGTH, "0.01"),
    "m": (_LENGTH, "1"),
    "km": (_LENGTH, "1000"),
    "mL": (_VOLUME, "0.000001"),
    "L": (_VOLUME, "0.001"),
    "m3": (_VOLUME, "1"),
    "g": (_MASS, "0.001"),
    "kg": (_MASS, "1"),
    "t": (_MASS, "1000"),
    "mV": (_VOLTAGE, "0.001"),
    "V": (_VOLTAGE, "1"),
    "mA": (_CURRENT, "0.001"),
    "A": (_CURRENT, "1"),
    "W": (_POWER, "1"),
    "kW": (_POWER, "1000"),
    "%": (_dimension(**{"%": 1}), "1"),
    "deg": (_dimension(deg=1), "1"),
    "dBm": (_dimension(dBm=1), "1"),
    "1": (_NONE, "1"),
}
UNITS: Mapping[str, Unit] = {
    **{text: Unit(text, dimension, Fraction(factor)) for text, (dimension, factor) in _LINEAR.items()},
    "degC": Unit("degC", _HEAT, Fraction(1), _KELVIN_OF_0_C, True),
    "degF": Unit("degF", _HEAT, Fraction(5, 9), _KELVIN_OF_0_C - Fraction(160, 9), True),
}
_PER_SECOND = UNITS["s"]


def unit_of(text: str) -> Unit | None:
    """The unit of "kPa" or "L/h"; None when it is not one."""
    known = UNITS.get(text)
    if known is not None:
        return known
    over, slash, under = text.partition("/")
    top, bottom = UNITS.get(over), UNITS.get(under)
    if not slash or top is None or bottom is None or top.point or bottom.point:
        return None
    quotient = top.over(bottom)
    return Unit(text, quotient.dimension, quotient.factor)


def per_second(unit: Unit) -> Unit:
    """The unit of a rate of change."""
    return unit.difference().over(_PER_SECOND)


def conversion(unit: Unit, into: Unit) -> tuple[Fraction, Fraction]:
    """(factor, offset): a number of `unit` times factor plus offset is the same of `into`, which is alike."""
    return unit.factor / into.factor, (unit.offset - into.offset) / into.factor


def nearest_unit(text: str) -> Reason | Said:
    """A hint at the unit that was meant; empty when none is near."""
    by_letters = {name.lower(): name for name in UNITS}
    names = text.lower().split("/")
    close = [get_close_matches(name, sorted(by_letters), n=1, cutoff=0.5) for name in names]
    if not all(close):
        return Said("")
    return reason("rule_meant", near=Said("/".join(by_letters[found[0]] for found in close)))
