"""The rule language: what parses, what it means, and how mistakes are shown."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnosis.errors import ExpressionError
from diagnosis.parser import parse_condition, read_condition
from diagnosis.syntax import (
    Absolute,
    ActiveCode,
    Arithmetic,
    Compare,
    Constant,
    Delta,
    Every,
    Limit,
    Not,
    Number,
    Reading,
    Some,
    Window,
    deltas_of,
    signals_of,
)
from diagnosis.tokens import duration_us, tokenise
from diagnosis.unit_check import UnitCheck
from diagnosis.units import unit_of
from fleet.signals import packaged_catalogue

CATALOGUE = packaged_catalogue()
SIGNALS = CATALOGUE.keys
OIL, SPEED, FUEL = "engine_oil_pressure_kpa", "engine_speed_rpm", "fuel_level_pct"


COOLANT = "engine_coolant_temp_degc"


def parsed(text: str):
    return parse_condition(text, SIGNALS)


def read(text: str):
    return read_condition(text, CATALOGUE)


def oil(column: int = 1) -> Reading:
    return Reading(OIL, column)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        pytest.param(f"{OIL} < 100", Compare("<", oil(), Number(100, 1), 1), id="comparison"),
        pytest.param(f"100 >= {OIL}", Compare(">=", Number(100, 1), oil(), 1), id="the number may come first"),
        pytest.param(f"{OIL} != -1.5e2", Compare("!=", oil(), Number(-150, 1), 1), id="negative literal"),
        pytest.param(
            f"{OIL} / nominal_voltage_v > .5",
            Compare(">", Arithmetic("/", oil(), Constant("nominal_voltage_v", 1), 1), Number(0.5, 1), 1),
            id="machine constant",
        ),
        pytest.param(
            f"1 + 2 * {OIL} - 3 < 4",
            Compare(
                "<",
                Arithmetic(
                    "-",
                    Arithmetic("+", Number(1, 1), Arithmetic("*", Number(2, 1), oil(), 1), 1),
                    Number(3, 1),
                    1,
                ),
                Number(4, 1),
                1,
            ),
            id="times binds before plus, plus and minus from the left",
        ),
        pytest.param(
            f"abs(delta({FUEL}, 10min)) <= 5",
            Compare("<=", Absolute(Delta(FUEL, 600, 1), 1), Number(5, 1), 1),
            id="delta with a window",
        ),
        pytest.param("dtc(100, 1)", ActiveCode(100, 1, 1), id="a code"),
        pytest.param("dtc(100)", ActiveCode(100, None, 1), id="a code with any FMI"),
        pytest.param(
            f"not dtc(1) and {OIL} < 1 or {OIL} > 2",
            Some(
                (
                    Every((Not(ActiveCode(1, None, 1), 1), Compare("<", oil(), Number(1, 1), 1)), 1),
                    Compare(">", oil(), Number(2, 1), 1),
                ),
                1,
            ),
            id="not before and before or",
        ),
        pytest.param(
            f"({OIL} < 1 or dtc(1)) and (({OIL}) > (1 + 1))",
            Every(
                (
                    Some((Compare("<", oil(), Number(1, 1), 1), ActiveCode(1, None, 1)), 1),
                    Compare(">", oil(), Arithmetic("+", Number(1, 1), Number(1, 1), 1), 1),
                ),
                1,
            ),
            id="parentheses",
        ),
    ],
)
def test_an_expression_becomes_its_tree(text: str, tree: object):
    assert parsed(text) == tree


@pytest.mark.parametrize(
    ("text", "column", "problem"),
    [
        pytest.param("engine_oil_presure_kpa < 1", 1, f"did you mean {OIL}?", id="a misspelt signal"),
        pytest.param(f"{SPEED} > 1 and fuel_lvl_pct < 1", 26, "did you mean fuel_level_pct?", id="further on"),
        pytest.param("delat(fuel_level_pct, 1min) < 1", 1, "did you mean delta?", id="a misspelt function"),
        pytest.param(f"{OIL}", 1, "a number is no condition", id="a bare number"),
        pytest.param(f"{OIL} < 1 + dtc(1)", 31, "a condition cannot be used as a number", id="a condition in a sum"),
        pytest.param(f"1 < {OIL} < 2", 29, "cannot be chained", id="a chain"),
        pytest.param(f"{OIL} = 2", 25, "use == to compare", id="one equals sign"),
        pytest.param(f"{OIL} < 2 && dtc(1)", 29, "write and", id="C's and"),
        pytest.param(f"{OIL} < 2 dtc(1)", 29, "write 'and' or 'or'", id="nothing between conditions"),
        pytest.param(f"{OIL} < ", 27, "found the end", id="an end too soon"),
        pytest.param(f"({OIL} < 1", 29, "to close the parenthesis", id="an open parenthesis"),
        pytest.param(f"{OIL} < 10s", 27, "10 s cannot be compared with engine_oil_pressure_kpa", id="s with kPa"),
        pytest.param(f"{OIL} < 10kpa", 29, "unknown unit 'kpa'; did you mean kPa?", id="a misspelt unit"),
        pytest.param(f"{OIL} < 10 L/hour", 32, "unknown signal 'hour'", id="a unit over no unit"),
        pytest.param(f"{OIL} < 1.5x3", 30, "unknown unit 'x3'", id="no unit"),
        pytest.param(f"{OIL} < {SPEED}", 27, f"{SPEED} (rpm) cannot be compared with {OIL} (kPa)", id="rpm with kPa"),
        pytest.param(f"{OIL} + {SPEED} < 5", 27, "cannot be added to", id="kPa plus rpm"),
        pytest.param(f"{COOLANT} < 80 kPa", 28, "80 kPa cannot be compared with", id="a quantity of another kind"),
        pytest.param(f"{COOLANT} < {OIL}", 28, f"{OIL} (kPa) cannot be compared with {COOLANT} (degC)", id="degC"),
        pytest.param(f"{COOLANT} * 2 > 5", 1, "degC has no true zero", id="twice a temperature"),
        pytest.param(f"{COOLANT} + ambient_temp_degc > 5", 28, "the sum of two temperatures", id="degC plus degC"),
        pytest.param(f"{COOLANT} - ambient_temp_degc > 5 degC", 48, "difference of temperatures is in K", id="not K"),
        pytest.param(f"delta({COOLANT}, 1min) > 5 degC", 41, "difference of temperatures is in K", id="K of a delta"),
        pytest.param(f"5 K - {COOLANT} < 5", 7, "cannot be subtracted from", id="K less degC"),
        pytest.param(f"{COOLANT} + 5 kPa < 5", 28, "only K can", id="degC plus kPa"),
        pytest.param(f"rate({OIL}, 1min) < 5 kPa", 39, "cannot be compared with a number in kPa/s", id="a rate"),
        pytest.param(f"{FUEL} > water_in_fuel", 18, "water_in_fuel (1) cannot", id="% is no number"),
        pytest.param(f"min({FUEL}) > 5", 19, "min(signal, 10min)", id="a least value without a window"),
        pytest.param(f"min({FUEL}, 10min", 26, "to close min(", id="an open call"),
        pytest.param("count(count(dtc(1), 1h) > 1, 1h) > 1", 7, "cannot stand inside", id="a count in a count"),
        pytest.param(f"count({FUEL}, 1h) > 1", 7, "a number is no condition", id="the count of a number"),
        pytest.param("count(dtc(1), 90ms) > 1", 15, "whole seconds", id="a count over ms"),
        pytest.param("missing(dtc(1), 1h)", 9, "unknown signal 'dtc'", id="a code missing"),
        pytest.param("inside(yard)", 8, "a geofence's name in quotes", id="a name without quotes"),
        pytest.param("inside('')", 8, "a geofence's name in quotes", id="an empty name"),
        pytest.param("inside('yard', 5)", 16, "expected a window", id="a dwell without a unit"),
        pytest.param("inside('yard', 5s, 5 kPa)", 20, "a buffer is a length", id="a buffer in kPa"),
        pytest.param(
            "inside('yard', 5s, -5 m)", 20, "expected a buffer such as 20 m, found '-'", id="a buffer below 0"
        ),
        pytest.param("inside('yard', 5s, )", 20, "expected a buffer such as 20 m, found ')'", id="a buffer forgotten"),
        pytest.param("inside('yard', 5s,", 19, "expected a buffer such as 20 m, found the end", id="nothing after it"),
        pytest.param("inside('yard', 5s, 20 km)", 20, "from 0 to 10000 m", id="a buffer too wide"),
        pytest.param("inside('yard) and dtc(1)", 8, "ends at its own kind of quote", id="an open quote"),
        pytest.param("insid('yard')", 1, "did you mean inside?", id="a misspelt fence function"),
        pytest.param(f"{OIL} < 1e999", 27, "too large a number", id="a number too large"),
        pytest.param(f"delta({FUEL}, 25h) < 1", 23, "at most 24h", id="a window too long"),
        pytest.param(f"delta({FUEL}, 0s) < 1", 23, "longer than 0", id="an empty window"),
        pytest.param(f"delta({FUEL}, 65s) < 1", 23, "tens of seconds", id="a window between panes"),
        pytest.param(f"delta({FUEL}, 1500ms) < 1", 23, "whole seconds", id="a window of 1.5 s"),
        pytest.param(f"delta({FUEL}, 5) < 1", 23, "expected a window such as", id="a window without a unit"),
        pytest.param(f"delta({FUEL}) < 1", 21, "delta(signal, 10min)", id="a window forgotten"),
        pytest.param("delta(nominal_voltage_v, 10s) < 1", 7, "unknown signal", id="the delta of a constant"),
        pytest.param("delta", 1, "needs parentheses", id="a function without parentheses"),
        pytest.param("dtc(600000)", 5, "from 0 to 524287", id="no SPN"),
        pytest.param("dtc(100, 32)", 10, "from 0 to 31", id="no FMI"),
        pytest.param("dtc(1.5)", 5, "from 0 to", id="half an SPN"),
        pytest.param("", 1, "found the end", id="nothing"),
        pytest.param("and", 1, "expected a signal", id="a word alone"),
        pytest.param(f"{OIL} < 1 and\uff08dtc(1)\uff09", 32, "full-width parenthesis", id="a full-width parenthesis"),
        pytest.param("(" * 60, 51, "nested deeper", id="too deep"),
        pytest.param("dtc(1) or " * 250, 2001, "longer than 2000 characters", id="too long"),
        pytest.param("-" * 500 + "1 < 2", 401, "longer than 400 words", id="too many words"),
    ],
)
def test_a_mistake_is_shown_where_it_is(text: str, column: int, problem: str):
    with pytest.raises(ExpressionError) as caught:
        read(text)
    assert caught.value.column == column
    assert problem in str(caught.value.problem)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (f"{OIL} < 1 bar", f"{OIL} < 100"),
        (f"{OIL} < 0.1MPa", f"{OIL} < 100"),
        (f"1 bar > {OIL}", f"100 > {OIL}"),
        (f"{OIL} > -14.5 psi", f"{OIL} > -99.973980750936"),
        (f"{COOLANT} > 212 degF", f"{COOLANT} > 100"),
        (f"{COOLANT} > 25 degC", f"{COOLANT} > 25"),
        (f"{COOLANT} - ambient_temp_degc > 60 K", f"{COOLANT} - ambient_temp_degc > 60"),
        (f"{COOLANT} + 5 K > ambient_temp_degc", f"{COOLANT} + 5 > ambient_temp_degc"),
        (f"delta({COOLANT}, 1min) > 5 K", f"delta({COOLANT}, 1min) > 5"),
        (f"rate({OIL}, 1min) > 6 kPa/min", f"rate({OIL}, 1min) > 0.1"),
        ("engine_hours_h > 0.5 h", "engine_hours_h > 0.5"),
        ("engine_hours_h > 30min", "engine_hours_h > 0.5"),
        ("fuel_rate_lph * 30min > 5 L", "fuel_rate_lph * 30 > 300"),
        (f"{SPEED} > 10 Hz", f"{SPEED} > 600"),
        (f"{FUEL} < 50 %", f"{FUEL} < 50"),
        (f"mean({OIL}, 10min) < 1 bar + 5", f"mean({OIL}, 10min) < (1 + 5) * 100"),
        (f"count({OIL} < 1 bar, 1h) > 3", f"count({OIL} < 100, 1h) > 3"),
        ("outside('yard', 5min, 0.02 km)", "outside('yard', 5min, 20)"),
        ("nominal_voltage_v > 12000 mV", "nominal_voltage_v > 12"),
        ("battery_voltage_v / nominal_voltage_v < 0.9", "battery_voltage_v / nominal_voltage_v < .9"),
    ],
)
def test_quantities_are_converted_to_what_they_meet(text: str, plain: str):
    assert read(text) == read(plain)


def test_a_name_behind_a_slash_is_a_unit_only_where_it_stands_for_nothing_else():
    limits = {"h": unit_of("km/h")}
    assert read_condition("wheel_speed_kmh > 5 km / h", CATALOGUE) == read("wheel_speed_kmh > 5")
    limited = read_condition("2 km / h > 5", CATALOGUE, limits)
    assert limited == Compare(">", Arithmetic("/", Number(2, 1), Limit("", "h", 8), 1), Number(5, 12), 1)
    called = read("5 rpm / min(engine_speed_rpm, 10min) > 1")
    assert called == Compare(">", Arithmetic("/", Number(5, 1), Window("min", SPEED, 600, 9), 1), Number(1, 43), 1)


def test_a_difference_of_degf_is_no_k():
    """Of a site's own signals: 18 degF apart are 10 K."""
    site = {"oil_f": unit_of("degF"), "air_f": unit_of("degF")}
    text = "oil_f - air_f > 10 K and delta(oil_f, 1min) > 5 K"
    tree = UnitCheck(text, site, {}).condition(parse_condition(text, site))
    assert [term.right for term in tree.terms] == [Number(18.0, 17), Number(9.0, 46)]


def test_a_side_in_another_unit_is_multiplied():
    assert read("altitude_m > distance_total_km") == Compare(
        ">", Reading("altitude_m", 1), Arithmetic("*", Reading("distance_total_km", 1), Number(1000.0, 1), 1), 1
    )


def test_the_message_has_the_line_and_a_caret():
    with pytest.raises(ExpressionError) as caught:
        parsed(f"{SPEED} > 600\nand engine_oil_presure_kpa < 1")
    assert str(caught.value).splitlines()[1:] == ["  and engine_oil_presure_kpa < 1", "      ^"]


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("10s", 10_000_000),
        ("5min", 300_000_000),
        ("1.5h", 5_400_000_000),
        ("500ms", 500_000),
        ("1d", 86_400_000_000),
        ("0s", 0),
        ("0.1s", 100_000),
        ("10", None),
        ("s", None),
        ("-1s", None),
        ("1 week", None),
        ("１s", None),
    ],
)
def test_durations(text: str, us: int | None):
    assert duration_us(text) == us


def test_equal_conditions_are_equal_wherever_they_stand():
    first, second = parsed(f"{OIL} < 1"), parsed(f"   {OIL}   <   1.0")
    assert first == second
    assert hash(first) == hash(second)


def test_an_expression_names_its_signals_and_windows():
    tree = parsed(f"{OIL} < 1 and (abs(delta({FUEL}, 11min) - delta({FUEL}, 10min)) < 1 or not {SPEED} > 2)")
    assert signals_of(tree) == {OIL, FUEL, SPEED}
    assert {delta.window_s for delta in deltas_of(tree)} == {600, 660}


_WORDS = [OIL, FUEL, "nominal_voltage_v", "abs", "delta", "dtc", "and", "or", "not", "(", ")", ",", "<", ">=", "+", "-"]
_WORDS += ["*", "/", "10min", "5s", "1", "2.5", "100", "1e3", "==", "!="]


@given(st.one_of(st.text(max_size=80), st.lists(st.sampled_from(_WORDS), max_size=40).map(" ".join)))
def test_any_text_parses_or_says_where_it_does_not(text: str):
    mistake = None
    try:
        parsed(text)
    except ExpressionError as error:
        mistake = error
    assert mistake is None or (mistake.problem and 1 <= mistake.column <= len(text) + 1)


@given(st.lists(st.sampled_from(_WORDS), max_size=40).map(" ".join))
def test_tokens_cover_the_text(text: str):
    tokens = tokenise(text)
    assert [token.text for token in tokens[:-1]] == text.split()
    assert all(text[token.column - 1 :].startswith(token.text) for token in tokens)


def test_the_grammar_in_the_document_names_what_the_parser_knows():
    page = (Path(__file__).parents[2] / "docs" / "rule-language.md").read_text(encoding="utf-8")
    grammar = page.split("```ebnf")[1].split("```")[0]
    quoted = set(re.findall(r'"([^"]+)"', grammar))
    assert {"and", "or", "not", "abs", "delta", "dtc", "nominal_voltage_v", "==", "!=", "min", "ms"} <= quoted
